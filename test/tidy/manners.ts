/**
 * How a source file may look: its length, its names, and what shipped code must never do.
 *
 * Invariant: every rule here is shown to fail on a planted violation in `rules.test.ts`.
 */
import { basename } from "node:path";
import { shipped } from "./arrows.ts";
import { folderOf, importsOf, lineAt, type Node, type SourceFile, treeOf, walk } from "./source.ts";

const fileLinesMax = 300;
const functionLinesMax = 60;

const isShipped = (file: SourceFile): boolean => shipped.includes(folderOf(file.path));
const linesOf = (text: string): number => text.trimEnd().split("\n").length;

/** Files of 300 lines and more. */
export function tooLong(file: SourceFile): string[] {
  const lines = linesOf(file.text);
  return lines < fileLinesMax ? [] : [`${file.path} has ${lines} lines; files stay under ${fileLinesMax}.`];
}

const functionTypes = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);

/**
 * Functions of more than 60 lines. A function that only holds others (a factory, a `describe`) is measured without
 * them: what counts is how much one has to read at once.
 */
export function longFunctions(file: SourceFile): string[] {
  const problems: string[] = [];
  walk(treeOf(file), (node) => {
    if (!functionTypes.has(node.type)) return;
    const lines = ownLines(file.text, node);
    if (lines <= functionLinesMax) return;
    const at = `${file.path}:${lineAt(file.text, node.start)}`;
    problems.push(`${at} has a function of ${lines} lines; functions stay within ${functionLinesMax}.`);
  });
  return problems;
}

function ownLines(text: string, node: Node): number {
  const spans = [node];
  const body = node.body as Node | null;
  if (!body) return 0;
  let inner = 0;
  walk(body, (child) => {
    const outermost = !spans.some(
      (span) => span !== node && child.start >= span.start && child.end <= span.end,
    );
    if (!functionTypes.has(child.type) || !outermost) return;
    spans.push(child);
    inner += Math.max(0, linesOf(text.slice(child.start, child.end)) - 2);
  });
  return linesOf(text.slice(node.start, node.end)) - inner;
}

/** The type that switches types off. */
export function anyTypes(file: SourceFile): string[] {
  return places(file, (node) => node.type === "TSAnyKeyword", "says `any`; say what it is, or `unknown`.");
}

/** Notes to oneself. */
export function notes(file: SourceFile): string[] {
  const words = new RegExp(
    `\\b(${["TO", "FIX"].map((start, i) => start + ["DO", "ME"][i]).join("|")})\\b`,
    "g",
  );
  return [...file.text.matchAll(words)].map(
    (match) => `${file.path}:${lineAt(file.text, match.index)} says ${match[0]}; do it, or file an issue.`,
  );
}

const vague = /^(utils?|helpers?|common|misc|shared|lib)(\.|$)/;

/** Folders and files named after nothing, or not in kebab-case. */
export function badNames(path: string): string[] {
  const names = path.split("/");
  const shapeless = names
    .filter((name) => vague.test(name))
    .map((name) => `${path}: "${name}" says nothing; name it after what it holds.`);
  const isCode = /\.(ts|tsx|mjs|cjs|js)$/.test(path);
  const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*$/.test(basename(path));
  return isCode && !kebab ? [...shapeless, `${path} is not in kebab-case.`] : shapeless;
}

/** The environment is read in `config.ts` files alone: one checked value per entry. */
export function strayEnvironment(file: SourceFile): string[] {
  if (!isShipped(file) || basename(file.path) === "config.ts") return [];
  const imported = importsOf(file).some(
    ({ specifier, names }) => /^(node:)?process$/.test(specifier) && names.includes("env"),
  );
  const read = places(
    file,
    (node) =>
      node.type === "MemberExpression" && isName(node.object, "process") && isName(node.property, "env"),
    "reads process.env; only a config.ts does, once, into a checked value.",
  );
  return imported ? [...read, `${file.path} imports env of node:process; only a config.ts does.`] : read;
}

const isName = (node: unknown, name: string): boolean =>
  (node as { type?: string; name?: string })?.type === "Identifier" &&
  (node as { name: string }).name === name;

/** Shipped code runs on macOS and Windows too: no temporary folder by name, and no shell. */
export function unportable(file: SourceFile): string[] {
  if (!isShipped(file)) return [];
  const shells = importsOf(file)
    .filter(({ specifier }) => /^(node:)?child_process$/.test(specifier))
    .flatMap(({ names }) => names.filter((name) => name === "exec" || name === "execSync"))
    .map((name) => `${file.path} imports ${name}, which starts a shell; use spawn or execFile.`);
  const options = places(file, isShellOption, "asks for a shell; shipped code starts none.");
  const folders = places(file, namesTmp, "names a temporary folder; ask os.tmpdir().");
  return [...shells, ...options, ...folders];
}

const isShellOption = (node: Node): boolean =>
  node.type === "Property" && isName(node.key, "shell") && (node.value as Node).value !== false;

function namesTmp(node: Node): boolean {
  const text = node.type === "TemplateElement" ? (node.value as { raw: string }).raw : node.value;
  const isLiteral = node.type === "Literal" || node.type === "TemplateElement";
  return isLiteral && typeof text === "string" && /(^|\s)\/tmp(\/|$)/.test(text);
}

function places(file: SourceFile, wrong: (node: Node) => boolean, what: string): string[] {
  const problems: string[] = [];
  walk(treeOf(file), (node) => {
    if (wrong(node)) problems.push(`${file.path}:${lineAt(file.text, node.start)} ${what}`);
  });
  return problems;
}

/** Paths of the machine on which somebody worked: they make a repository differ from checkout to checkout. */
export function machinePaths(file: SourceFile, root: string): string[] {
  const homes = /(?:^|[\s"'`(=:])(\/(?:work|root|home\/[a-z][\w-]*|Users\/[\w-]+)\/[\w.-]+)/g;
  const found = [...file.text.matchAll(homes)].map((match) => ({ path: match[1] ?? "", at: match.index }));
  const rootAt = file.text.indexOf(root);
  if (rootAt >= 0 && root.length > 1) found.push({ path: root, at: rootAt });
  return found.map(
    ({ path, at }) => `${file.path}:${lineAt(file.text, at)} names ${path}, a path of one machine.`,
  );
}
