/**
 * `idempotencyKey()` among the arguments of a call: the key of that very call.
 *
 * Owns:      which call such a key belongs to.
 * Invariant: it is the first enclosing call that is awaited on the spot, else the outermost one below a promise
 *            combinator, an array, a statement or a function.
 */
import { type CallExpression, calleeMember, climb, isFunction, type Node } from "./ast.ts";
import type { Group } from "./chain.ts";
import { isPromiseCombinator } from "./globals.ts";
import { holdfastName } from "./ours.ts";
import { frameAt, isPlain, type Place, siteAt, type Work } from "./work.ts";

/** True for `idempotencyKey()` of Holdfast inside the arguments of a call. */
export function isIdempotencyKey(work: Work, call: CallExpression): boolean {
  return (
    call.arguments.length === 0 && holdfastName(work, call.callee) === "idempotencyKey" && climbsToCall(call)
  );
}

/** Writes the key of the call that `node` is an argument of. */
export function emitKey(work: Work, node: CallExpression, place: Place): void {
  const site = isPlain(place) ? undefined : owningSite(work, node);
  if (site === undefined) return;
  const key = `${work.names.runtime}.key(${frameAt(work, place)}, ${siteAt(work, site)})`;
  work.out.update(node.start, node.end, key);
}

function climbsToCall(node: Node): boolean {
  return [...enclosingCalls(node)].length > 0;
}

/** The calls and constructions that have `node` among their arguments, inside out, up to the next function. */
function* enclosingCalls(node: Node): Generator<Node> {
  for (let { parent, child } = climb(node); parent !== null; { parent, child } = climb(parent)) {
    if (isFunction(parent) || /Statement$|Declaration$|^Program$/.test(parent.type)) return;
    if (parent.type === "CallExpression" || parent.type === "NewExpression") {
      if (parent.arguments.includes(child as never)) yield parent;
    } else if (parent.type === "TaggedTemplateExpression" && parent.quasi === child) yield parent;
    else if (parent.type === "ArrayExpression") yield parent;
  }
}

function owningSite(work: Work, node: CallExpression): number | undefined {
  let found: number | undefined;
  for (const call of enclosingCalls(node)) {
    if (call.type === "ArrayExpression" || isCombinator(work, call)) {
      if (found !== undefined) return found;
      continue;
    }
    const group: Group | undefined = work.groupOf.get(call);
    found = group?.written?.site ?? work.siteOf.get(call)?.site ?? found;
    if (group?.awaited) return found;
  }
  return found;
}

function isCombinator(work: Work, call: Node): boolean {
  return (
    call.type === "CallExpression" &&
    calleeMember(call) !== undefined &&
    isPromiseCombinator(call, work.scopes)
  );
}
