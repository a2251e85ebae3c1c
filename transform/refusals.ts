/**
 * What the transform cannot make durable, and says so.
 *
 * Owns:      the errors HF105, HF107, HF108 and HF113: each is a construct that would otherwise run unrecorded.
 * Invariant: code outside of functions is not refused: it runs when the file is loaded, outside of every run.
 */
import {
  type CallExpression,
  type FunctionNode,
  isFunction,
  type NewExpression,
  type Node,
  unwrap,
} from "./ast.ts";
import { isInStep } from "./ours.ts";
import { report, type Work } from "./work.ts";

/** Refuses generators that have no place for their frame. */
export function checkFunction(work: Work, fn: FunctionNode): void {
  if (!fn.generator || isInStep(work, fn)) return;
  const last = fn.params.at(-1);
  const isPattern = last?.type === "RestElement" && last.argument.type !== "Identifier";
  if (!isPattern && !hasDirective(fn)) return;
  report(
    work,
    "HF105",
    headOf(fn),
    "A generator with a pattern as its rest parameter, or with a directive, has no place to keep its frame in.",
    "Name the rest parameter, and take it apart in the body: `function* (...all) { const [first] = all; … }`.",
  );
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

/** Refuses code made from text. */
export function checkCall(work: Work, call: CallExpression | NewExpression): void {
  const callee = unwrap(call.callee);
  if (
    callee.type === "Identifier" &&
    isTextCode(call, callee.name) &&
    work.scopes.isGlobal(callee.name, callee)
  ) {
    const fix = "Write the code as a function of a module.";
    report(work, "HF108", call, `\`${callee.name}\` runs code that the build never sees.`, fix);
  }
}

function isTextCode(call: CallExpression | NewExpression, name: string): boolean {
  return name === "Function" || (name === "eval" && call.type === "CallExpression");
}
