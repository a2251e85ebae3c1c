/**
 * Errors on their way out of a function: what could be tidied up or undone too early, before the last attempt.
 *
 * Owns:      which calls pass their error on for certain, and the question in front of `finally`, and of a `catch` that
 *            only undoes something and throws the same error on.
 * Never:     decides whether another attempt follows: the engine does.
 * Invariant: where it is not certain from the source that an error leaves the function, nothing is asked.
 */
import {
  type CallExpression,
  climb,
  forEachChild,
  isFunction,
  type Node,
  type ThrowStatement,
  type TryStatement,
  unwrap,
} from "./ast.ts";
import type { Group } from "./chain.ts";
import { isPromiseCombinator } from "./globals.ts";
import { holdfastName } from "./ours.ts";
import { frameAt, type Place, type Work } from "./work.ts";

/** Does an error of this call, the last of its chain, leave the function in which it stands? */
export function escapes(work: Work, { chain, head }: Group): boolean {
  if (head !== chain.links.length - 1) return false;
  const { parent, child } = climb(chain.top);
  if (parent === null) return false;
  if (parent.type === "ReturnStatement" || isBodyOf(parent, child)) return true;
  if (parent.type === "ForOfStatement" && parent.await && parent.right === child)
    return !isCaught(work, parent);
  const awaited = isElementOfAll(work, parent, child) ?? parent;
  return awaited.type === "AwaitExpression" && !isCaught(work, awaited);
}

const isBodyOf = (parent: Node, child: Node): boolean => isFunction(parent) && parent.body === child;

/** For `f()` in `Promise.all([f()])`, and `list.map(f)` in `Promise.all(list.map(f))`: what stands around it. */
function isElementOfAll(work: Work, parent: Node, child: Node): Node | undefined {
  const list = parent.type === "ArrayExpression" ? climb(parent) : { parent, child };
  const call = list.parent;
  if (call?.type !== "CallExpression" || call.arguments[0] !== list.child) return undefined;
  return isAll(work, call) ? (climb(call).parent ?? undefined) : undefined;
}

function isAll(work: Work, call: CallExpression): boolean {
  const callee = unwrap(call.callee);
  if (!isPromiseCombinator(call, work.scopes) || callee.type !== "MemberExpression") return false;
  return !callee.computed && callee.property.type === "Identifier" && callee.property.name === "all";
}

/** Is there a `catch` around the node, in its function, that may keep its error? */
export function isCaught(work: Work, node: Node): boolean {
  let child = node;
  for (let at = node.parent ?? null; at !== null && !isFunction(at); at = at.parent ?? null) {
    if (at.type === "TryStatement") {
      if (at.finalizer !== child && hasOtherEnd(at.finalizer)) return true;
      if (at.block === child && at.handler !== null && !passesOn(work, at)) return true;
    }
    child = at;
  }
  return false;
}

/** Does its `catch` throw the very error on, whatever happens? */
function passesOn(work: Work, { handler }: TryStatement): boolean {
  const last = handler?.body.body.at(-1);
  if (last === undefined || !isRethrow(work, last)) return false;
  return leavesIn(handler?.body ?? last).every((each) => isRethrow(work, each));
}

function isRethrow(work: Work, node: Node): node is ThrowStatement {
  if (node.type !== "ThrowStatement") return false;
  const value = unwrap(node.argument);
  return value.type === "Identifier" && work.scopes.resolve(value.name, value)?.kind === "catch";
}

/** Does its `catch` wait for something and then throw another error? It is not held back (`emitLeaving`). */
export function throwsAnother(work: Work, node: TryStatement): boolean {
  const { handler } = node;
  const last = handler?.body.body.at(-1);
  if (handler === null || last?.type !== "ThrowStatement" || isRethrow(work, last)) return false;
  return hasAwait(handler.body) && !isCaught(work, node) && !isFinalError(work, last);
}

/** `throw new AbortTaskRunError(…)`: no other attempt follows. */
function isFinalError(work: Work, { argument }: ThrowStatement): boolean {
  const value = unwrap(argument);
  return value.type === "NewExpression" && holdfastName(work, value.callee) === "AbortTaskRunError";
}

/** A `finally` that leaves in a way of its own: the error is forgotten. */
function hasOtherEnd(finalizer: Node | null): boolean {
  return finalizer !== null && leavesIn(finalizer).some(({ type }) => type !== "ThrowStatement");
}

/** The statements with which a block could be left, and those of its inner functions left out. */
function leavesIn(node: Node): Node[] {
  const found: Node[] = [];
  const look = (each: Node): void => {
    if (isFunction(each)) return;
    if (/^(?:Return|Break|Continue|Throw)Statement$/.test(each.type)) found.push(each);
    forEachChild(each, look);
  };
  look(node);
  return found;
}

function hasAwait(node: Node): boolean {
  let found = false;
  const look = (each: Node): void => {
    if (each.type === "AwaitExpression") found = true;
    if (!found && !isFunction(each)) forEachChild(each, look);
  };
  look(node);
  return found;
}

/** Puts the question in front of what a `try` does when an error leaves it. */
export function emitLeaving(work: Work, node: TryStatement, place: Place): void {
  if (place.frame === null || place.peek || !place.frame.node.async || isCaught(work, node)) return;
  const { block, handler, finalizer } = node;
  if (handler !== null && passesOn(work, node) && hasAwait(handler.body)) {
    const { param } = handler;
    if (param?.type === "Identifier") {
      work.out.appendLeft(handler.body.start + 1, ` ${question(work, place, param.name)}`);
      if (finalizer === null) return;
    }
  }
  if (finalizer === null || hasOtherEnd(finalizer)) return;
  work.tempCount += 1;
  const error = work.names.temp(work.tempCount);
  const asks = ` catch (${error}) { ${question(work, place, error)} throw ${error}; }`;
  if (handler === null) work.out.appendLeft(block.end, asks);
  else {
    work.out.prependRight(block.start, "{ try ");
    work.out.appendLeft(handler.end, ` }${asks}`);
  }
}

function question(work: Work, place: Place, error: string): string {
  const { runtime } = work.names;
  return `if (${runtime}.leaving(${frameAt(work, place)}, ${error})) await ${runtime}.never();`;
}
