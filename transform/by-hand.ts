/**
 * Promises made by hand, from what calls back. Most are one unit (`by-hand-unit.ts`). Of the others the promise's value is
 * recorded, and the call within its function is not.
 *
 * Owns:      how such promises are written, how those calls are recognised, and the warning HF139.
 */
import {
  type CallExpression,
  climb,
  enclosingFunction,
  type FunctionNode,
  isFunction,
  type NewExpression,
  type Node,
  readableName,
  unwrap,
} from "./ast.ts";
import { type ByHand, byHandUnit } from "./by-hand-unit.ts";
import { isExecutor } from "./captures.ts";
import { isHarmless } from "./harmless.ts";
import { isInStep } from "./ours.ts";
import { addSite, frameAt, isPlain, type Place, report, siteAt, type Work } from "./work.ts";

/** Looks at a call of a function. */
export function warnAboutByHand(work: Work, call: CallExpression, place: Place): void {
  const executor = enclosingFunction(call);
  if (executor === null || isPlain(place) || !isExecutor(executor)) return;
  // What stands outside of functions runs when the file is loaded.
  if (enclosingFunction(executor) === null) return;
  if (isHarmless(call) || !handsBack(call, executor) || isInStep(work, call)) return;
  const { parent } = executor;
  if (parent?.type === "NewExpression" && byHandUnit(work, parent) !== undefined) return;
  report(
    work,
    "HF139",
    call,
    "This call is made again in each pass, after a crash or a wait, also where the value of its promise is recorded: what stands in the function of `new Promise` has no record of its own.",
    'Make it one unit: `await promisify(fn)(…)` (`node:util`), or `await step("call", () => new Promise(…))`.',
  );
}

/** Is it given something to call back: a function, or one of the two that settle the promise? `resolve(…)` itself is not. */
function handsBack(call: CallExpression, executor: FunctionNode): boolean {
  const settling = executor.params.map((param) => ("name" in param ? String(param.name) : ""));
  const isSettling = (node: Node): boolean => node.type === "Identifier" && settling.includes(node.name);
  return call.arguments.some((arg) => isFunction(unwrap(arg)) || isSettling(unwrap(arg)));
}

/** Writes a promise that is one unit: its function, and how what that changes is recorded and comes back. */
export function emitByHand(work: Work, node: NewExpression, unit: ByHand, place: Place): void {
  const site = addSite(work, place, {
    text: work.normaliser.text(node),
    name: readableName(node),
    offset: node.start,
  });
  work.siteOf.set(node, { site, place });
  // A `throw` that judges the awaited value judges this unit.
  const { parent } = climb(node);
  if (parent?.type === "AwaitExpression") work.siteOf.set(parent, { site, place });
  const { out, names } = work;
  const { executor, assigned, changed, read } = unit;
  out.update(
    node.start,
    executor.start,
    `${names.runtime}.promise(${frameAt(work, place)}, ${siteAt(work, site)}, `,
  );
  work.visit(executor, place);
  // Read by the engine: a name may not have been declared yet when the function around is called.
  const lists = `() => [[${changed.join(", ")}], [${read.join(", ")}]]`;
  const taken = work.names.temp(++work.tempCount);
  const list = assigned.join(", ");
  const variables = assigned.length === 0 ? "" : `, () => [${list}], (${taken}) => { [${list}] = ${taken}; }`;
  out.update(executor.end, node.end, `, ${lists}${variables})`);
}
