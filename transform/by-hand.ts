/**
 * Promises made by hand, from what calls back. Most are one unit (`by-hand-unit.ts`). Of the others the promise's value is
 * recorded, and the call within its function is not.
 *
 * Owns:      how such promises are written, how those calls are recognised, and the warning HF139.
 */
import {
  type CallExpression,
  calleeMember,
  climb,
  enclosingFunction,
  type FunctionNode,
  forEachChild,
  isFunction,
  type NewExpression,
  type Node,
  propertyName,
  readableName,
  unwrap,
} from "./ast.ts";
import { type ByHand, byHandUnit } from "./by-hand-unit.ts";
import { isHarmless } from "./harmless.ts";
import { isInStep } from "./ours.ts";
import { addSite, frameAt, isPlain, type Place, report, siteAt, type Work } from "./work.ts";

/** Looks at a call of a function. */
export function warnAboutByHand(work: Work, call: CallExpression, place: Place): void {
  if (isPlain(place) || isHarmless(call) || isInStep(work, call)) return;
  const executor = executorAround(work, call);
  if (executor === undefined) {
    if (call.arguments.some((arg) => isOfDeferred(work, arg))) tell(work, call);
    return;
  }
  // What stands outside of functions runs when the file is loaded.
  if (enclosingFunction(executor) === null && !isInField(executor)) return;
  const made = madeWith(executor);
  if (
    !(handsBack(call, executor) || isSending(call)) ||
    (made !== undefined && byHandUnit(work, made) !== undefined)
  )
    return;
  tell(work, call);
}

/** Looks at `new Promise(begin)`, whose function stands elsewhere. */
export function warnAboutNamedExecutor(work: Work, node: NewExpression, place: Place): void {
  const [first] = node.arguments;
  if (isPlain(place) || first === undefined || !isPromiseClass(work, node.callee)) return;
  const given = unwrap(first);
  const bound = given.type === "CallExpression" ? calleeMember(given) : undefined;
  const executor = functionOf(work, bound === undefined ? given : unwrap(bound.object));
  if (executor === undefined) return;
  const look = (at: Node): void => {
    if (at.type === "CallExpression" && !isHarmless(at) && handsBack(at, executor)) tell(work, at);
    forEachChild(at, look);
  };
  look(executor);
}

function tell(work: Work, call: CallExpression): void {
  const { line, column } = work.lines.at(call.start);
  if (work.problems.some((one) => one.code === "HF139" && one.line === line && one.column === column)) return;
  report(
    work,
    "HF139",
    call,
    "This call is made again in each pass, after a crash or a wait, also where the value of its promise is recorded: what stands in the function of `new Promise` has no record of its own.",
    'Make it one unit: `await promisify(fn)(…)` (`node:util`), or `await step("call", () => new Promise(…))`.',
  );
}

/** The function of a promise in which the call is made: its own, or one that a timer or a listener in it calls. */
function executorAround(work: Work, call: CallExpression): FunctionNode | undefined {
  let fn = enclosingFunction(call);
  while (fn !== null) {
    const made = madeWith(fn);
    if (made !== undefined && isPromiseClass(work, made.callee)) return fn;
    const { parent } = climb(fn);
    if (parent?.type !== "CallExpression" || !isHarmless(parent)) return undefined;
    fn = enclosingFunction(fn);
  }
  return undefined;
}

/** The `new` that is given this function. */
function madeWith(fn: FunctionNode): NewExpression | undefined {
  const { parent, child } = climb(fn);
  return parent?.type === "NewExpression" && parent.arguments[0] === child ? parent : undefined;
}

/** `Promise`, `globalThis.Promise`, or a class below it. */
function isPromiseClass(work: Work, callee: Node): boolean {
  const plain = unwrap(callee);
  if (plain.type === "MemberExpression") return readableName(plain) === "globalThis.Promise";
  if (plain.type !== "Identifier") return false;
  const binding = work.scopes.resolve(plain.name, plain);
  if (binding === undefined) return plain.name === "Promise";
  const { node } = binding;
  return (
    node.type === "ClassDeclaration" && node.superClass !== null && isPromiseClass(work, node.superClass)
  );
}

/** Fields are set in whoever makes the instance. */
function isInField(node: Node): boolean {
  for (let at = node.parent; at; at = at.parent) if (at.type === "PropertyDefinition") return !at.static;
  return false;
}

/** The function that a name stands for. */
function functionOf(work: Work, name: Node): FunctionNode | undefined {
  if (name.type !== "Identifier") return undefined;
  const binding = work.scopes.resolve(name.name, name);
  if (binding !== undefined && isFunction(binding.node)) return binding.node;
  const [value] = binding?.values ?? [];
  const plain = value === undefined ? undefined : unwrap(value.expression);
  return plain !== undefined && isFunction(plain) ? plain : undefined;
}

/**
 * `resolve` of `Promise.withResolvers()` or of a function of that kind: by the name of the call that gave it, by that of the member
 * (`later.resolve`), or as it was taken out together with its promise (`const { promise, yes } = future()`).
 */
function isOfDeferred(work: Work, arg: Node): boolean {
  const plain = unwrap(arg);
  const isMember = plain.type === "MemberExpression";
  const name = isMember ? unwrap(plain.object) : plain;
  if (name.type !== "Identifier") return false;
  if (isMember && !/^(?:resolve|reject)$/.test(propertyName(plain.property, plain.computed) ?? ""))
    return false;
  const binding = work.scopes.resolve(name.name, name);
  let at: Node | null | undefined = binding?.node.parent;
  while (at && at.type !== "VariableDeclarator" && !isFunction(at)) at = at.parent;
  if (at?.type !== "VariableDeclarator" || at.init === null || (at.id.type === "Identifier") !== isMember)
    return false;
  const made = unwrap(at.init);
  if (made.type !== "CallExpression") return false;
  return (
    isMember || givesPromise(at.id) || /(?:withResolvers|deferred|defer)$/i.test(readableName(made.callee))
  );
}

/** Is a promise taken out of it by its name? */
const givesPromise = (pattern: Node): boolean =>
  pattern.type === "ObjectPattern" &&
  pattern.properties.some(
    (each) => each.type === "Property" && propertyName(each.key, each.computed) === "promise",
  );

/** Is it given something to call back: a function, or one of the two that settle the promise? `resolve(…)` itself is not. */
function handsBack(call: CallExpression, executor: FunctionNode): boolean {
  const settling = new Set<string>();
  const note = (node: Node): void => {
    if (node.type === "Identifier") settling.add(node.name);
    forEachChild(node, note);
  };
  executor.params.forEach(note);
  const isSettling = (node: Node): boolean => node.type === "Identifier" && settling.has(node.name);
  return call.arguments.some((arg) => isFunction(unwrap(arg)) || isSettling(unwrap(arg)));
}

/** Does it send something to what is listened to: `socket.send(order)`, `worker.postMessage(job)`? */
function isSending(call: CallExpression): boolean {
  const member = calleeMember(call);
  if (member === undefined || readableName(member.object).startsWith("process.")) return false;
  return /^(?:send|postMessage|publish|write)$/.test(propertyName(member.property, member.computed) ?? "");
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
