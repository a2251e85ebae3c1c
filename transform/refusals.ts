/**
 * What the transform cannot make durable, and says so.
 *
 * Owns:      the errors HF105, HF107, HF108, HF113 and HF117: each is a construct that would otherwise run unrecorded.
 * Invariant: code outside of functions is not refused: it runs when the file is loaded, outside of every run.
 */
import {
  type CallExpression,
  dottedPath,
  type FunctionNode,
  isFunction,
  type NewExpression,
  type Node,
  unwrap,
} from "./ast.ts";
import { isInStep } from "./ours.ts";
import { isPlain, type Place, report, type Work } from "./work.ts";

/** Refuses generators that have no place for their frame. */
export function checkFunction(work: Work, fn: FunctionNode): void {
  if (!fn.generator || isInStep(work, fn)) return;
  if (fn.params.at(-1)?.type === "RestElement" || hasDirective(fn)) {
    report(
      work,
      "HF105",
      headOf(fn),
      "A generator with a rest parameter or a directive has no place to keep its frame in.",
      "Take an array instead of the rest parameter: `function* (items)` for `function* (...items)`.",
    );
  }
}

function headOf(fn: FunctionNode): { start: number; end: number } {
  return { start: fn.start, end: fn.body?.start ?? fn.end };
}

function hasDirective(fn: FunctionNode): boolean {
  const first = fn.body?.type === "BlockStatement" ? fn.body.body[0] : undefined;
  return first !== undefined && "directive" in first && typeof first.directive === "string";
}

/** Refuses `with`. */
export function refuseWith(work: Work, node: Node & { type: "WithStatement" }): void {
  report(
    work,
    "HF107",
    { start: node.start, end: node.object.end },
    "What a name means inside `with` is not known before it runs.",
    "Name the object: write `config.port` instead of `with (config) { port }`.",
  );
}

/** Refuses an await that runs while a class is being set up. */
export function checkAwaitInClass(work: Work, node: Node): void {
  for (let at = node.parent ?? null; at !== null && !isFunction(at); at = at.parent ?? null) {
    if (at.type !== "StaticBlock" && at.type !== "PropertyDefinition" && at.type !== "AccessorProperty")
      continue;
    const fix = "Await before the class, and use the value in it.";
    report(work, "HF113", node, "A static block or a field initialiser cannot wait.", fix);
    return;
  }
}

/** Refuses code made from text, and ids that come out otherwise in each pass. */
export function checkCall(work: Work, call: CallExpression | NewExpression, place: Place): void {
  const callee = unwrap(call.callee);
  if (
    callee.type === "Identifier" &&
    isTextCode(call, callee.name) &&
    work.scopes.isGlobal(callee.name, callee)
  ) {
    const fix = "Write the code as a function of a module.";
    report(work, "HF108", call, `\`${callee.name}\` runs code that the build never sees.`, fix);
    return;
  }
  if (isPlain(place) || isInStep(work, call)) return;
  const maker = idMaker(work, call);
  if (maker !== undefined) refuseIds(work, call, maker);
}

/**
 * Functions that make ids out of a pool of random bytes or a counter that all runs share: nothing can seed them. The other
 * functions of these packages ask for chance in small portions, which is the run's own (design: time and chance).
 */
const ID_MAKERS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["nanoid", new Set(["nanoid", "customAlphabet", "random"])],
  ["uuid", new Set(["v1", "v6", "v7"])],
  ["ulid", new Set(["monotonicFactory"])],
  ["@paralleldrive/cuid2", new Set(["createId", "init"])],
]);

function idMaker(work: Work, call: CallExpression | NewExpression): string | undefined {
  const [root = "", member = ""] = dottedPath(call.callee) ?? [];
  const binding = work.scopes.resolve(root, call);
  const from = binding?.from;
  if (from === undefined) {
    // `const short = customAlphabet(…)`: what it gave back draws from the same pool.
    const made = binding?.values.map(({ expression }) => unwrap(expression)) ?? [];
    const maker = made.find((value) => value.type === "CallExpression" && value !== call);
    return maker?.type === "CallExpression" ? idMaker(work, maker) : undefined;
  }
  const name = from.name === "*" || from.name === "default" ? member : from.name;
  return ID_MAKERS.get(from.module)?.has(name) ? `${from.module}'s ${name}` : undefined;
}

function refuseIds(work: Work, call: Node, maker: string): void {
  report(
    work,
    "HF117",
    call,
    `After a crash or a wait ${maker} gives another id than before, and what was done under the first one is lost.`,
    'Use `crypto.randomUUID()`, which comes out the same, or record the id: `await step("id", () => …)`.',
  );
}

function isTextCode(call: CallExpression | NewExpression, name: string): boolean {
  return name === "Function" || (name === "eval" && call.type === "CallExpression");
}
