/**
 * Writes a chain: wraps its calls, hands its tails over as data, turns optional chains into conditions.
 *
 * Owns:      everything written between the links of a chain.
 * Invariant: each receiver is evaluated once and before its method is read, arguments after both, exactly as in the
 *            plain chain; a temporary variable is read before any of the author's code can write it again.
 */
import type { CallExpression, Node } from "./ast.ts";
import { calleeName, unwrap } from "./ast.ts";
import { type Chain, type Group, isOptional, type Link } from "./chain.ts";
import { emitTailLink } from "./emit-tail.ts";
import { emitKey, isIdempotencyKey } from "./keys.ts";
import { escapes } from "./leaving.ts";
import { quietFlag } from "./quiet.ts";
import { parenthesisedCallee, receiverText, stableReceiver } from "./receiver.ts";
import { openParen, spaced, startsStatement } from "./text.ts";
import { addSite, frameAt, isPlain, newTemp, type Place, report, siteAt, type Work } from "./work.ts";

/** Writes the whole chain. */
export function emitChain(work: Work, chain: Chain, place: Place): void {
  if (chain.groups.length === 0 || isPlain(place)) {
    emitPlain(work, chain, place);
    return;
  }
  new ChainWriter(work, chain, place).write();
}

function emitPlain(work: Work, chain: Chain, place: Place): void {
  work.visit(chain.base, place);
  for (const link of chain.links) {
    if (link.kind === "member") {
      if (link.node.computed) work.visit(link.node.property, place);
    } else if (link.kind === "tag") visitAll(work, link.node.quasi.expressions, place);
    else if (isIdempotencyKey(work, link.node)) emitKey(work, link.node, place);
    else visitAll(work, link.node.arguments, place);
  }
}

function visitAll(work: Work, nodes: readonly Node[], place: Place): void {
  for (const node of nodes) work.visit(node, place);
}

class ChainWriter {
  readonly #work: Work;
  readonly #chain: Chain;
  readonly #place: Place;
  /** Text of the value that the current segment starts with; null for the base, which stands in the source. */
  #head: string | null = null;
  /** First link of the current segment. */
  #start = 0;
  /** Receivers waiting for `, $t` behind their last link: link index to temporary variable. */
  readonly #receivers = new Map<number, string>();
  /** Text that closes the current segment before the next condition. */
  #segmentEnd = "";
  /** Link index behind which a captured receiver's parenthesis closes. */
  #captureEnd = -2;
  /** Receiver of an optional call at the start of the next segment. */
  #callReceiver: string | undefined;

  constructor(work: Work, chain: Chain, place: Place) {
    this.#work = work;
    this.#chain = chain;
    this.#place = place;
  }

  write(): void {
    const { base, links, lowered } = this.#chain;
    const first = this.#openSegment(0);
    const open = lowered ? `${startsStatement(this.#work.source, this.#chain.top) ? "void 0, " : ""}(` : "";
    this.#work.out.appendRight(base.start, spaced(this.#work.source, base.start, `${open}${first}`));
    this.#writeBase();
    for (let index = 0; index < links.length; index++) this.#writeLink(index);
    const end = links.at(-1)?.node.end;
    if (lowered && end !== undefined) this.#work.out.appendLeft(end, ")");
  }

  #writeBase(): void {
    const { base } = this.#chain;
    const callee = this.#isHead(0) ? parenthesisedCallee(base) : undefined;
    const temp = this.#receivers.get(-1);
    if (callee === undefined || temp === undefined) {
      this.#work.visit(base, this.#place);
      this.#afterLink(-1, base.end);
      return;
    }
    // `(foo().bar as T)(x)`: the receiver stands inside the parentheses, which have to go.
    const { out } = this.#work;
    if (base.start < callee.start) out.update(base.start, callee.start, " ");
    this.#work.visit(callee.object, this.#place);
    out.appendLeft(callee.object.end, `, ${temp}`);
    if (callee.computed) this.#work.visit(callee.property, this.#place);
    if (callee.end < base.end) out.update(callee.end, base.end, " ");
  }

  #writeLink(index: number): void {
    const link = this.#chain.links[index];
    if (link === undefined) return;
    const starts = this.#chain.lowered && isOptional(link);
    if (starts) this.#startSegment(index, link);
    const group = this.#groupAt(index);
    if (group !== undefined && index > group.head) emitTailLink(this.#work, group, index, this.#place);
    else if (link.kind === "member") {
      if (link.node.computed) this.#work.visit(link.node.property, this.#place);
    } else if (link.kind === "tag") this.#writeTag(link.node.quasi, link);
    else if (isIdempotencyKey(this.#work, link.node)) emitKey(this.#work, link.node, this.#place);
    else this.#writeCall(link.node, group !== undefined, starts);
    if (group?.last === index) this.#work.out.appendLeft(link.node.end, group.last > group.head ? "])" : ")");
    this.#afterLink(index, link.node.end);
  }

  #writeCall(call: CallExpression, isHead: boolean, starts: boolean): void {
    const { out, source } = this.#work;
    if (isHead && !starts) {
      const from = call.callee.end;
      out.update(from, openParen(source, call.typeArguments?.end ?? from) + 1, ", [");
    }
    visitAll(this.#work, call.arguments, this.#place);
    if (isHead) out.update(call.end - 1, call.end, "]");
  }

  #writeTag(quasi: Node & { type: "TemplateLiteral" }, link: Link): void {
    const { out, names } = this.#work;
    if (this.#groupAt(this.#chain.links.indexOf(link)) !== undefined) {
      const text = `, ${names.runtime}.template`;
      if (link.object.end === quasi.start) out.appendLeft(quasi.start, text);
      else out.update(link.object.end, quasi.start, text);
    }
    visitAll(this.#work, quasi.expressions, this.#place);
  }

  /** What stands behind a link: the receiver's variable, or the end of a captured receiver. */
  #afterLink(index: number, end: number): void {
    const next = this.#chain.links[index + 1];
    const at = next?.object.end ?? end;
    if (this.#captureEnd === index) this.#work.out.appendLeft(at, ")");
    const temp = this.#receivers.get(index);
    if (temp !== undefined) this.#work.out.appendLeft(at, `, ${temp}`);
  }

  /** Replaces `?.` by the condition and what opens the rest of the chain. */
  #startSegment(index: number, link: Link): void {
    const { out, source } = this.#work;
    const condition = `${this.#segmentEnd} == null ? void 0 : `;
    const callReceiver = this.#callReceiver;
    this.#head = this.#nextHead;
    this.#start = index;
    const prefix = this.#openSegment(index, callReceiver);
    const from = link.object.end;
    if (link.kind === "call") {
      const paren = openParen(source, link.node.typeArguments?.end ?? from);
      out.update(from, paren + 1, `${condition}${prefix}${this.#head}, [`);
    } else if (link.kind === "member") {
      const { property, computed } = link.node;
      out.update(from, property.start, `${condition}${prefix}${this.#head}${computed ? "[" : "."}`);
    }
  }

  #nextHead = "";

  /** Text in front of a segment: the variable for its value, a captured receiver, and its wrapped calls. */
  #openSegment(from: number, callReceiver?: string): string {
    const to = this.#segmentLimit(from);
    let text = "";
    this.#segmentEnd = "";
    this.#callReceiver = undefined;
    if (to < this.#chain.links.length) text += this.#nameSegment(from, to);
    const groups = this.#chain.groups.filter(({ head }) => head >= from && head < to);
    for (const group of groups.reverse()) text += this.#openGroup(group, callReceiver);
    return text;
  }

  /** Prepares the condition behind this segment; `to` is the optional link that starts the next one. */
  #nameSegment(from: number, to: number): string {
    const isBare = to === from && this.#head === null;
    if (isBare) this.#callReceiver = this.#parenthesisedReceiver(this.#chain.links[to]);
    const simple = isBare ? receiverText(this.#chain.base) : undefined;
    if (simple !== undefined) {
      this.#nextHead = simple;
      return "";
    }
    this.#nextHead = newTemp(this.#work, this.#place);
    this.#segmentEnd = ")";
    let text = `(${this.#nextHead} = `;
    const last = this.#chain.links[to - 1];
    if (this.#chain.links[to]?.kind === "call" && last?.kind === "member")
      text += this.#captureReceiver(to - 1, from);
    return text;
  }

  /** `R` of `R.m?.(x)` is needed again when `m` has been read. */
  #captureReceiver(member: number, from: number): string {
    const link = this.#chain.links[member];
    const isHead = member === from;
    const stable = isHead ? (this.#head ?? stableReceiver(this.#work.scopes, this.#chain.base)) : undefined;
    if (stable !== undefined) {
      this.#callReceiver = stable;
      return "";
    }
    if (this.#place.frame === null || this.#place.peek) this.#refuse(link?.node ?? this.#chain.top);
    const temp = newTemp(this.#work, this.#place);
    this.#callReceiver = temp;
    // Behind the optional member that starts this segment its object is already a variable.
    this.#captureEnd = member - 1;
    return `(${temp} = `;
  }

  /** The member in parentheses that the chain's first link calls, if any. */
  #calleeOfBase(): Node | undefined {
    const plain = unwrap(this.#chain.base);
    if (plain.type !== "ChainExpression") return parenthesisedCallee(this.#chain.base);
    const member = unwrap(plain.expression);
    if (member.type === "MemberExpression" && receiverText(member.object) === undefined) this.#refuse(plain);
    return member;
  }

  /** `a` of `(a.b as T)?.(x)`. */
  #parenthesisedReceiver(link: Link | undefined): string | undefined {
    const callee = link?.kind === "call" ? parenthesisedCallee(this.#chain.base) : undefined;
    if (callee === undefined) return undefined;
    const stable = stableReceiver(this.#work.scopes, callee.object);
    if (stable === undefined) this.#refuse(callee);
    return stable;
  }

  #refuse(node: Node): void {
    report(
      this.#work,
      "HF112",
      node,
      "The receiver of this call cannot be kept here: it is computed in parentheses, a parameter default or a class field.",
      "Put the receiver into a variable of its own in the function's body, and call the method on that.",
    );
  }

  #openGroup(group: Group, callReceiver: string | undefined): string {
    const frame = frameAt(this.#work, this.#place);
    const outer = this.#chain.links[group.outer]?.node ?? this.#chain.top;
    const site = addSite(this.#work, this.#place, {
      text: this.#work.normaliser.text(outer),
      name: calleeName(outer),
      offset: siteOffset(outer),
      awaited: group.awaited,
      iterated: group.iterated,
      escapes: escapes(this.#work, group),
      quiet: quietFlag(this.#work, group),
    });
    group.written = { site, frame, owner: this.#place.peek ? null : this.#place.frame };
    const receiver = this.#receiver(group.head, callReceiver);
    return `${this.#work.names.runtime}.call(${frame}, ${siteAt(this.#work, site)}, ${receiver}`;
  }

  /** `thisArg, ` of a group, or `$t = ` where the receiver has to be kept. */
  #receiver(head: number, callReceiver: string | undefined): string {
    if (head === this.#start && this.#head !== null) return `${callReceiver ?? "undefined"}, `;
    const callee = head === 0 ? this.#calleeOfBase() : this.#chain.links[head - 1]?.node;
    if (callee?.type !== "MemberExpression") return "undefined, ";
    const startsSegment = this.#head !== null && head - 1 === this.#start;
    const simple = startsSegment ? (this.#head ?? undefined) : receiverText(callee.object);
    if (simple !== undefined) return `${simple}, `;
    const temp = newTemp(this.#work, this.#place);
    this.#receivers.set(head === 0 ? -1 : head - 2, temp);
    return `${temp} = `;
  }

  #segmentLimit(from: number): number {
    const { links, lowered } = this.#chain;
    if (!lowered) return links.length;
    const first = this.#head === null ? from : from + 1;
    const next = links.findIndex((link, index) => index >= first && isOptional(link));
    return next < 0 ? links.length : next;
  }

  #isHead(index: number): boolean {
    return this.#chain.groups.some(({ head }) => head === index);
  }

  #groupAt(index: number): Group | undefined {
    return this.#chain.groups.find(({ head, last }) => index >= head && index <= last);
  }
}

function siteOffset(node: Node): number {
  const callee = node.type === "CallExpression" ? unwrap(node.callee) : node;
  return callee.type === "MemberExpression" ? callee.property.start : node.start;
}
