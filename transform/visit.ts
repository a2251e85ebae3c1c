/**
 * The walk through a module: which part of the transform takes which node.
 *
 * Owns:      the dispatch by node type, and what makes a function need a frame.
 */
import {
  type CallExpression,
  forEachChild,
  hasCall,
  isFunction,
  type NewExpression,
  type Node,
  readableName,
  unwrap,
} from "./ast.ts";
import { emitAwait } from "./awaits.ts";
import { emitByHand, warnAboutByHand, warnAboutNamedExecutor } from "./by-hand.ts";
import { byHandUnit } from "./by-hand-unit.ts";
import type { Chain } from "./chain.ts";
import { chainOf } from "./chains.ts";
import { warnAboutComparedError } from "./compared-errors.ts";
import { emitUsing, emitUsingInLoop, isUsing } from "./disposing.ts";
import { emitChain } from "./emit-chain.ts";
import { warnAboutEmptiedStream } from "./emptied-streams.ts";
import { emitClass, emitFunction } from "./functions.ts";
import { isInertConstruction } from "./globals.ts";
import { warnAboutInMemory } from "./in-memory-databases.ts";
import { emitForAwait, emitYield } from "./iterating.ts";
import { isIdempotencyKey } from "./keys.ts";
import { emitLeaving } from "./leaving.ts";
import { refuseLostMethod } from "./lost-methods.ts";
import { warnAboutModelStream } from "./model-streams.ts";
import { checkAwaitInClass, checkCall, refuseWith } from "./refusals.ts";
import { emitReturned } from "./returning.ts";
import { findTask } from "./tasks.ts";
import { openParen } from "./text.ts";
import { noteThrow } from "./throws.ts";
import { warnAboutCall, warnAboutCatch, warnAboutKey, warnAboutModuleState } from "./warnings.ts";
import { findWebhook } from "./webhooks.ts";
import { addSite, frameAt, isPlain, type Place, report, siteAt, type Work } from "./work.ts";

/** Writes a node and everything in it. */
export function visit(work: Work, node: Node, place: Place): void {
  if (isFunction(node)) {
    emitFunction(work, node, place);
    return;
  }
  switch (node.type) {
    case "CallExpression":
    case "MemberExpression":
    case "TaggedTemplateExpression":
    case "ChainExpression":
      visitChain(work, node, place, false);
      return;
    case "NewExpression":
      visitNew(work, node, place);
      return;
    case "AwaitExpression":
      checkAwaitInClass(work, node);
      emitAwait(work, node, place);
      return;
    case "ImportExpression":
      visitImport(work, node, place);
      return;
    case "ClassDeclaration":
    case "ClassExpression":
      emitClass(work, node, place);
      return;
    default:
      visitStatement(work, node, place);
  }
}

function visitStatement(work: Work, node: Node, place: Place): void {
  switch (node.type) {
    case "AssignmentExpression":
      visitTarget(work, node.left, place);
      work.visit(node.right, place);
      return;
    case "UpdateExpression":
      visitTarget(work, node.argument, place);
      return;
    case "UnaryExpression":
      if (node.operator === "delete") visitTarget(work, node.argument, place);
      else work.visit(node.argument, place);
      return;
    case "ForInStatement":
    case "ForOfStatement":
      visitLoopHead(work, node, place);
      if (node.type === "ForOfStatement" && node.await) {
        emitForAwait(work, node, place);
        return;
      }
      work.visit(node.right, place);
      work.visit(node.body, place);
      return;
    case "YieldExpression":
      emitYield(work, node, place);
      return;
    case "ReturnStatement":
      if (node.argument !== null) emitReturned(work, node.argument, place);
      return;
    case "ThrowStatement":
      if (place.frame !== null) place.frame.needed = true;
      noteThrow(work, { node, place });
      work.visit(node.argument, place);
      return;
    case "TryStatement":
      forEachChild(node, (child) => work.visit(child, place));
      emitLeaving(work, node, place);
      warnAboutCatch(work, node, place);
      return;
    case "WithStatement":
      refuseWith(work, node);
      forEachChild(node, (child) => work.visit(child, place));
      return;
    case "VariableDeclaration":
      if (isUsing(node)) emitUsing(work, node, place);
      else forEachChild(node, (child) => work.visit(child, place));
      return;
    default:
      warnAboutComparedError(work, node, place);
      forEachChild(node, (child) => work.visit(child, place));
  }
}

function visitLoopHead(
  work: Work,
  { left, body }: Node & { type: "ForInStatement" | "ForOfStatement" },
  place: Place,
): void {
  if (left.type !== "VariableDeclaration") visitTarget(work, left, place);
  else if (isUsing(left)) emitUsingInLoop(work, left, body, place);
  else work.visit(left, place);
}

/** Writes something that is assigned to. */
function visitTarget(work: Work, target: Node, place: Place): void {
  const plain = unwrap(target);
  switch (plain.type) {
    case "Identifier":
      noteAssignment(work, plain, place);
      return;
    case "MemberExpression":
    case "ChainExpression":
      if (place.frame !== null) place.frame.needed = true;
      visitChain(work, plain, place, true);
      return;
    case "AssignmentPattern":
      visitTarget(work, plain.left, place);
      work.visit(plain.right, place);
      return;
    case "Property":
      if (plain.computed) work.visit(plain.key, place);
      visitTarget(work, plain.value, place);
      return;
    case "ArrayPattern":
    case "ObjectPattern":
    case "RestElement":
      forEachChild(plain, (child) => visitTarget(work, child, place));
      return;
    default:
      work.visit(plain, place);
  }
}

function noteAssignment(work: Work, target: Node & { type: "Identifier"; name: string }, place: Place): void {
  warnAboutModuleState(work, target, place);
  if (place.frame === null) return;
  const binding = work.scopes.resolve(target.name, target);
  if (binding?.owner !== place.frame.node) place.frame.needed = true;
}

function visitChain(work: Work, node: Node, place: Place, target: boolean): void {
  if (!hasCall(node)) {
    forEachChild(node, (child) => work.visit(child, place));
    return;
  }
  const chain = chainOf(work, node, target);
  if (chain === undefined) return;
  checkChain(work, chain, place);
  if (target && chain.lowered && !isPlain(place)) {
    report(
      work,
      "HF112",
      node,
      "`delete` of an optional chain with calls in it cannot be made durable.",
      "Put the object into a variable first, then delete its property.",
    );
    return;
  }
  emitChain(work, chain, place);
}

function checkChain(work: Work, chain: Chain, place: Place): void {
  for (const link of chain.links) {
    if (link.kind === "call") checkLink(work, link.node, place);
  }
}

function checkLink(work: Work, call: CallExpression, place: Place): void {
  checkCall(work, call);
  warnAboutCall(work, call, place);
  warnAboutModelStream(work, call, place);
  warnAboutEmptiedStream(work, call, place);
  warnAboutByHand(work, call, place);
  warnAboutInMemory(work, call);
  refuseLostMethod(work, call, place);
  if (!isIdempotencyKey(work, call)) warnAboutKey(work, call, place);
  findTask(work, call);
  findWebhook(work, call);
}

/** A module is loaded in each pass: its promise is no call's, and what it gives is not recorded. */
function visitImport(work: Work, node: Node & { type: "ImportExpression" }, place: Place): void {
  if (!isPlain(place)) {
    if (place.frame !== null) place.frame.needed = true;
    work.out.appendRight(node.start, `${work.names.runtime}.loading(`);
  }
  forEachChild(node, (child) => work.visit(child, place));
  if (!isPlain(place)) work.out.appendLeft(node.end, ")");
}

function visitNew(work: Work, node: NewExpression, place: Place): void {
  checkCall(work, node);
  warnAboutInMemory(work, node);
  warnAboutNamedExecutor(work, node, place);
  if (isPlain(place) || isInertConstruction(node, work.scopes)) {
    forEachChild(node, (child) => work.visit(child, place));
    return;
  }
  const unit = byHandUnit(work, node);
  if (unit !== undefined) {
    emitByHand(work, node, unit, place);
    return;
  }
  const site = addSite(work, place, {
    text: work.normaliser.text(node),
    name: readableName(node),
    offset: node.start,
  });
  work.siteOf.set(node, { site, place });
  const { out, source, names } = work;
  const frame = frameAt(work, place);
  out.update(node.start, node.callee.start, `${names.runtime}.construct(${frame}, ${siteAt(work, site)}, `);
  work.visit(node.callee, place);
  const from = node.typeArguments?.end ?? node.callee.end;
  if (
    from === node.end ||
    source.charAt(node.end - 1) !== ")" ||
    source.charAt(openParen(source, from)) !== "("
  ) {
    out.appendLeft(node.end, ", [])");
    if (from > node.callee.end) out.update(node.callee.end, from, "");
    return;
  }
  out.update(node.callee.end, openParen(source, from) + 1, ", [");
  for (const argument of node.arguments) work.visit(argument, place);
  out.update(node.end - 1, node.end, "])");
}
