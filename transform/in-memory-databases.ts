/**
 * Databases in memory, or in a temporary folder: one that is opened again, after a crash or a wait, is empty.
 *
 * Owns:      how their opening is recognised, and the warning HF140.
 */
import {
  type CallExpression,
  climb,
  dottedPath,
  enclosingFunction,
  forEachChild,
  type NewExpression,
  type Node,
  stringValue,
  unwrap,
} from "./ast.ts";
import { isInStep } from "./ours.ts";
import { report, type Work } from "./work.ts";

/** `:memory:`, `file::memory:?cache=shared`, `sqlite::memory:`, and PGlite's `memory://`. */
const inMemory = /^(?:(?:sqlite:|jdbc:|duckdb:|file:)*(?:\/\/)?:memory:|memory:\/\/)/;

/** What keeps its data in memory where it is not told otherwise, by module. */
const BY_DEFAULT: Readonly<Record<string, ReadonlySet<string>>> = {
  "@electric-sql/pglite": new Set(["PGlite", "PGlite.create"]),
  "@duckdb/node-api": new Set(["DuckDBInstance.create"]),
};

/** Drivers whose calls give no promises: each pass makes those again, so what they put in is there again. */
const SYNCHRONOUS: ReadonlySet<string> = new Set(["better-sqlite3", "node:sqlite", "bun:sqlite"]);

/** What opens a database in a file: the drivers above, and these. */
const FILES: ReadonlySet<string> = new Set(
  "sqlite3 sqlite libsql @libsql/client knex sequelize typeorm @seald-io/nedb nedb-promises level classic-level lmdb".split(
    " ",
  ),
);

/** Where files are that a process leaves behind: another one finds them on the same machine only. */
const temporary: ReadonlySet<string> = new Set(["tmpdir", "mkdtemp", "mkdtempSync"]);

/** So deep in options (`{ connection: { filename: ":memory:" } }`) the name of a database is looked for. */
const depthMax = 2;

/** Looks at a call, or at a `new`. */
export function warnAboutInMemory(work: Work, call: CallExpression | NewExpression): void {
  const module = moduleOf(work, call.callee);
  const isMemory = call.arguments.some((arg) => namesMemory(arg, depthMax)) || isByDefault(call, module);
  if (!isMemory && !isInTemporary(work, call, module)) return;
  if (isInStep(work, call) || (isSynchronous(module) && !isHandedOn(call))) return;
  if (!isMemory) return reportTemporary(work, call);
  report(
    work,
    "HF140",
    call,
    "A database in memory is empty when it is opened again, after a crash or a wait: what awaited calls have put into it is recorded, and is not put there once more.",
    'Give it a file, or do all that concerns it inside one unit: `await step("count", async () => …)`.',
  );
}

function reportTemporary(work: Work, call: Node): void {
  report(
    work,
    "HF140",
    call,
    "A database in a temporary folder is empty when it is opened again where that folder is gone, on another machine or in AWS: what awaited calls have put into it is recorded, and is not put there once more.",
    'Give it a file that stays, or do all that concerns it inside one unit: `await step("count", async () => …)`.',
  );
}

/** Is it a database whose file lies in a folder that `mkdtemp` or `tmpdir` gave? */
function isInTemporary(
  work: Work,
  call: CallExpression | NewExpression,
  module: string | undefined,
): boolean {
  if (module === undefined || !(FILES.has(module) || SYNCHRONOUS.has(module))) return false;
  return call.arguments.some((arg) => mentions(arg, (node) => isTemporary(work, node, depthMax)));
}

/** A call that gives such a folder, or a variable that holds it, or a path in it. */
function isTemporary(work: Work, node: Node, depth: number): boolean {
  if (node.type === "CallExpression") return temporary.has(dottedPath(node.callee)?.at(-1) ?? "");
  if (node.type !== "Identifier" || depth === 0) return false;
  const values = work.scopes.resolve(node.name, node)?.values ?? [];
  return values.some(({ expression }) => mentions(expression, (each) => isTemporary(work, each, depth - 1)));
}

/** The module out of which what is called comes; undefined for what is not imported. */
function moduleOf(work: Work, callee: Node): string | undefined {
  const root = dottedPath(callee)?.[0];
  return root === undefined ? undefined : work.scopes.resolve(root, callee)?.from?.module;
}

const isSynchronous = (module: string | undefined): boolean =>
  module !== undefined && SYNCHRONOUS.has(module);

function namesMemory(node: Node, depth: number): boolean {
  const plain = unwrap(node);
  const text = stringValue(plain);
  if (text !== undefined) return inMemory.test(text);
  if (plain.type !== "ObjectExpression" || depth === 0) return false;
  return plain.properties.some((each) => each.type === "Property" && namesMemory(each.value, depth - 1));
}

/** Is it one of those, and told nothing of a place? Options that are not written here may name one. */
function isByDefault(call: CallExpression | NewExpression, module: string | undefined): boolean {
  const name = dottedPath(call.callee)?.join(".") ?? "";
  return call.arguments.length === 0 && BY_DEFAULT[module ?? ""]?.has(name) === true;
}

/** Does somebody else get the database: an ORM, whose calls give promises? */
function isHandedOn(call: Node): boolean {
  const { parent, child } = climb(call);
  if (parent?.type !== "VariableDeclarator") return isGiven(parent, child);
  const { id } = parent;
  if (id.type !== "Identifier") return true;
  return mentions(enclosingFunction(call) ?? programOf(call), (node) => {
    if (node.type !== "Identifier" || node.name !== id.name) return false;
    const around = climb(node);
    return isGiven(around.parent, around.child);
  });
}

function programOf(node: Node): Node {
  let at = node;
  while (at.parent) at = at.parent;
  return at;
}

/** Is it an argument, or stands in an object or a list? */
const isGiven = (parent: Node | null, child: Node): boolean =>
  ((parent?.type === "CallExpression" || parent?.type === "NewExpression") && parent.callee !== child) ||
  parent?.type === "ArrayExpression" ||
  (parent?.type === "Property" && parent.value === child && parent.parent?.type === "ObjectExpression");

function mentions(node: Node, isMeant: (node: Node) => boolean): boolean {
  if (isMeant(node)) return true;
  let found = false;
  forEachChild(node, (child) => {
    found ||= mentions(child, isMeant);
  });
  return found;
}
