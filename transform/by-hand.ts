/**
 * Promises made by hand, from what calls back: the promise's value is recorded, the call within its function is not.
 *
 * Owns:      how such calls are recognised, and the warning HF139.
 */
import {
  type CallExpression,
  enclosingFunction,
  type FunctionNode,
  isFunction,
  type Node,
  propertyName,
  unwrap,
} from "./ast.ts";
import { isExecutor } from "./captures.ts";
import { isInStep } from "./ours.ts";
import { isPlain, type Place, report, type Work } from "./work.ts";

/** They only listen, wait or go through something: made in each pass they do nothing twice. */
const HARMLESS = new Set([
  ...["on", "once", "off", "addListener", "prependListener", "removeListener", "addEventListener"],
  ...["setTimeout", "setInterval", "setImmediate", "queueMicrotask", "nextTick", "requestAnimationFrame"],
  ...[
    "then",
    "catch",
    "finally",
    "forEach",
    "map",
    "flatMap",
    "filter",
    "find",
    "some",
    "every",
    "reduce",
    "sort",
  ],
  ...["listen", "close", "end", "destroy", "push", "add", "set", "unshift"],
]);

/** Looks at a call of a function. */
export function warnAboutByHand(work: Work, call: CallExpression, place: Place): void {
  const executor = enclosingFunction(call);
  if (executor === null || isPlain(place) || !isExecutor(executor)) return;
  // What stands outside of functions runs when the file is loaded.
  if (enclosingFunction(executor) === null) return;
  if (HARMLESS.has(nameOf(call)) || !handsBack(call, executor) || isInStep(work, call)) return;
  report(
    work,
    "HF139",
    call,
    "This call is made again in each pass, after a crash or a wait, also where the value of its promise is recorded: what stands in the function of `new Promise` has no record of its own.",
    'Make it one unit: `await promisify(fn)(…)` (`node:util`), or `await step("call", () => new Promise(…))`.',
  );
}

/** The last name of what is called. */
function nameOf({ callee }: CallExpression): string {
  const plain = unwrap(callee);
  if (plain.type === "Identifier") return plain.name;
  return plain.type === "MemberExpression" ? (propertyName(plain.property, plain.computed) ?? "") : "";
}

/** Is it given something to call back: a function, or one of the two that settle the promise? `resolve(…)` itself is not. */
function handsBack(call: CallExpression, executor: FunctionNode): boolean {
  const settling = executor.params.map((param) => ("name" in param ? String(param.name) : ""));
  const isSettling = (node: Node): boolean => node.type === "Identifier" && settling.includes(node.name);
  return call.arguments.some((arg) => isFunction(unwrap(arg)) || isSettling(unwrap(arg)));
}
