/**
 * `for await`, and what an async generator yields, delegates to or returns.
 *
 * Owns:      what stands around the iterable of a loop and around its body.
 * Invariant: the body is left by the same statements, with the same errors, as in the loop as written.
 */
import {
  climb,
  enclosingFunction,
  forEachChild,
  isFunction,
  type Node,
  readableName,
  unwrap,
} from "./ast.ts";
import { emitOperand } from "./awaits.ts";
import { wrappedCall } from "./chains.ts";
import { isCaught } from "./leaving.ts";
import { spaced } from "./text.ts";
import { addSite, frameAt, isPlain, newTemp, type Place, siteAt, type Work } from "./work.ts";

type ForOf = Node & { type: "ForOfStatement" };
type Yield = Node & { type: "YieldExpression" };

/** Writes `for await (left of right) body`; its left side was written already. */
export function emitForAwait(work: Work, node: ForOf, place: Place): void {
  if (isPlain(place)) {
    work.visit(node.right, place);
    work.visit(node.body, place);
    return;
  }
  const { out, names } = work;
  const items = newTemp(work, place);
  emitIterable(work, node.right, place, `${items} = `);
  const error = nextName(work);
  const isBlock = node.body.type === "BlockStatement";
  out.appendRight(node.body.start, isBlock ? "{ try " : "{ try { ");
  work.visit(node.body, place);
  const frame = isCaught(work, node) ? "null" : frameAt(work, place);
  const question = `if (${names.runtime}.broken(${frame}, ${items}, ${error})) await ${names.runtime}.never();`;
  out.appendLeft(node.body.end, `${isBlock ? "" : " }"} catch (${error}) { ${question} throw ${error}; } }`);
}

function nextName(work: Work): string {
  work.tempCount += 1;
  return work.names.temp(work.tempCount);
}

/** Writes `right` of a loop, or of `yield*`, as something whose items are recorded. */
function emitIterable(work: Work, right: Node, place: Place, before = ""): void {
  const operand = unwrap(right);
  const site = addSite(work, place, {
    text: `for await ${work.normaliser.text(operand)}`,
    name: readableName(operand),
    offset: right.start,
    iterated: isOnlyUse(work, operand),
  });
  const chain = wrappedCall(work, operand)?.groups.at(-1);
  if (chain !== undefined) chain.iterated = true;
  const open = `${before}${work.names.runtime}.iterate(${frameAt(work, place)}, ${siteAt(work, site)}, `;
  work.out.appendRight(right.start, spaced(work.source, right.start, open));
  work.visit(right, place);
  work.out.appendLeft(right.end, ")");
}

/** Writes a `yield`. In an async generator it waits for its operand, and `yield*` goes through an async iterable. */
export function emitYield(work: Work, node: Yield, place: Place): void {
  const { argument } = node;
  if (argument === null) return;
  if (place.frame?.node.async !== true || place.peek) work.visit(argument, place);
  else if (node.delegate) emitIterable(work, argument, place);
  else emitOperand(work, node, argument, place);
}

/** Is this the only place that reads what it names: a value made right there, or a constant used nowhere else? */
function isOnlyUse(work: Work, operand: Node): boolean {
  if (operand.type === "AwaitExpression") return wrappedCall(work, operand.argument) !== undefined;
  if (operand.type !== "Identifier") return wrappedCall(work, operand) !== undefined;
  const binding = work.scopes.resolve(operand.name, operand);
  const owner = enclosingFunction(operand);
  if (binding?.kind !== "const" || owner === null || binding.owner !== owner) return false;
  return countNames(owner, operand.name) === 2 && !isRepeated(operand, binding.node);
}

function countNames(within: Node, name: string): number {
  let count = 0;
  const look = (node: Node): void => {
    if (node.type === "Identifier" && node.name === name) count += 1;
    forEachChild(node, look);
  };
  forEachChild(within, look);
  return count;
}

/** Is there a loop around the use that is not around the declaration? */
function isRepeated(use: Node, declaration: Node): boolean {
  // The loop whose iterable it is does not count.
  const { parent } = climb(use);
  for (let at = parent?.parent ?? null; at !== null && !isFunction(at); at = at.parent ?? null) {
    const isAround = at.start <= declaration.start && declaration.end <= at.end;
    if (isAround) return false;
    if (/^(?:For|While|DoWhile)/.test(at.type)) return true;
  }
  return false;
}
