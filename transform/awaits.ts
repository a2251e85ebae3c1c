/**
 * `await`: what is recorded at the call and what at the await itself.
 *
 * Owns:      joins, and the marks of calls whose value is awaited on the spot.
 * Invariant: every await of a function is a wrapped call, a join, or of something that never needs a record
 *            (a literal, `import()`, an operand marked with the comment `holdfast:inline`).
 */
import {
  type AwaitExpression,
  type CallExpression,
  type Comment,
  forEachChild,
  type Node,
  readableName,
  unwrap,
} from "./ast.ts";
import { wrappedCall } from "./chains.ts";
import { isPromiseCombinator } from "./globals.ts";
import { skipTrivia, spaced } from "./text.ts";
import { addSite, frameAt, isPlain, type Place, siteAt, type Work } from "./work.ts";

/** Offsets of the operands behind a comment `holdfast:inline`: directly, or with the `await` between. */
export function inlinedOffsets(source: string, comments: readonly Comment[]): ReadonlySet<number> {
  const offsets = new Set<number>();
  for (const comment of comments) {
    if (comment.value.trim() !== "holdfast:inline") continue;
    const next = skipTrivia(source, comment.end);
    offsets.add(next);
    if (/^await\b/.test(source.slice(next, next + 6))) offsets.add(skipTrivia(source, next + 5));
  }
  return offsets;
}

/** Writes an await. */
export function emitAwait(work: Work, node: AwaitExpression, place: Place): void {
  emitOperand(work, node, node.argument, place);
}

/** Writes an expression that `node` waits for: that of an `await`, or what an async generator yields or returns. */
export function emitOperand(work: Work, node: Node, argument: Node, place: Place): void {
  const operand = unwrap(argument);
  if (place.frame !== null) place.frame.needed = true;
  const inline = work.inlined.has(argument.start);
  if (inline) work.inlineOperands.add(operand);
  if (operand.type === "ImportExpression") {
    forEachChild(operand, (child) => work.visit(child, place));
    return;
  }
  if (isPlain(place) || inline || needsNoRecord(operand)) {
    work.visit(argument, place);
    return;
  }
  const chain = wrappedCall(work, operand);
  if (chain !== undefined) {
    const last = chain.groups.at(-1);
    if (last !== undefined) last.awaited = true;
    if (operand.type === "CallExpression") markElements(work, operand);
    work.visit(argument, place);
    return;
  }
  const site = addSite(work, place, {
    text: `await ${work.normaliser.text(operand)}`,
    name: readableName(operand),
    offset: node.start,
  });
  work.siteOf.set(node, { site, place });
  const { start, end, type } = argument;
  const isList = type === "SequenceExpression";
  const isRead = isPlainRead(operand);
  const [frame, at] = [frameAt(work, place), siteAt(work, site)];
  const read = isRead ? `${work.names.runtime}.read(${frame}, ${at}, () => (` : "";
  const open = `${work.names.runtime}.join(${frame}, ${at}, ${read}${isList ? "(" : ""}`;
  work.out.appendRight(start, spaced(work.source, start, open));
  work.visit(argument, place);
  work.out.appendLeft(end, isRead ? ")))" : isList ? "))" : ")");
}

/** `this.ready`, `client.session.user`: may be a getter of the author's, which is his code like a method. */
function isPlainRead(node: Node): boolean {
  if (node.type !== "MemberExpression" || node.computed || node.optional) return false;
  const object = unwrap(node.object);
  return object.type === "Identifier" || object.type === "ThisExpression" || isPlainRead(object);
}

function needsNoRecord(operand: Node): boolean {
  switch (operand.type) {
    case "Literal":
    case "AwaitExpression":
      return true;
    case "TemplateLiteral":
      return operand.expressions.length === 0;
    default:
      return false;
  }
}

/** The calls in `await Promise.all([f(), g()])` are awaited right there. */
function markElements(work: Work, combinator: CallExpression): void {
  for (const element of combinatorElements(work, combinator)) {
    const last = element === null ? undefined : wrappedCall(work, element)?.groups.at(-1);
    if (last !== undefined) last.awaited = true;
  }
}

/** The elements of the array literal given to a promise combinator; none if it is given something else. */
export function combinatorElements(work: Work, call: CallExpression): readonly (Node | null)[] {
  const [first] = call.arguments;
  const array = first === undefined ? undefined : unwrap(first);
  return array?.type === "ArrayExpression" && isPromiseCombinator(call, work.scopes) ? array.elements : [];
}
