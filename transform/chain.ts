/**
 * A chain such as `db.select().from(t).where(eq(a, b))?.first()`: its links, and which calls of it belong together.
 *
 * Owns:      the division of a chain into groups. A group is one wrapped call and the links behind it (its tail)
 *            that can be handed over as data; it is one unit at most.
 * Never:     writes code.
 * Invariant: every call of a chain is in exactly one group, or inert, or of a chain marked as inline.
 */
import {
  type CallExpression,
  type MemberExpression,
  type Node,
  propertyName,
  type TaggedTemplateExpression,
  unwrap,
} from "./ast.ts";
import { isInertCall } from "./globals.ts";
import { areInert, isInert, type Mentioned, mentionedNames } from "./inert.ts";
import type { Scopes } from "./scope.ts";

/** One step of a chain. */
export type Link =
  | { readonly kind: "member"; readonly node: MemberExpression; readonly object: Node }
  | { readonly kind: "call"; readonly node: CallExpression; readonly object: Node }
  | { readonly kind: "tag"; readonly node: TaggedTemplateExpression; readonly object: Node };

/** A wrapped call with its tail. Indexes are into the chain's links. */
export interface Group {
  readonly chain: Chain;
  /** The call that is wrapped. */
  readonly head: number;
  /** The last link of the tail; the head if there is none. */
  readonly last: number;
  /** The outermost call or tag: the site is named after it. */
  readonly outer: number;
  awaited: boolean;
  /** `for await` goes through its value, and nobody else has it. */
  iterated: boolean;
  /** Site number and place, once written. */
  written: { readonly site: number; readonly frame: string; readonly owner: object | null } | undefined;
}

/** A chain taken apart. */
export interface Chain {
  readonly top: Node;
  readonly base: Node;
  readonly links: readonly Link[];
  readonly groups: Group[];
  /** Optional links stand before a wrapped call: the chain becomes a conditional expression. */
  readonly lowered: boolean;
}

/** Chains whose last member is assigned to, or which the author wants left alone, are planned differently. */
export interface ChainOptions {
  readonly target: boolean;
  readonly inline: boolean;
  /** Calls that are replaced as a whole, such as `idempotencyKey()`. */
  readonly isReplaced: (call: CallExpression) => boolean;
}

/** True for the nodes that a chain is made of. */
export function isChainPart(node: Node): boolean {
  switch (node.type) {
    case "CallExpression":
    case "MemberExpression":
    case "TaggedTemplateExpression":
    case "ChainExpression":
      return true;
    default:
      return false;
  }
}

/** Takes the chain that ends at `top` apart. */
export function planChain(top: Node, scopes: Scopes, options: ChainOptions): Chain {
  const { base, links } = flatten(top);
  const groups: Group[] = [];
  const chain: Chain = { top, base, links, groups, lowered: false };
  if (!options.inline) group(chain, scopes, options);
  const firstOptional = links.findIndex(({ node }) => "optional" in node && node.optional);
  const lowered = firstOptional >= 0 && groups.some(({ outer }) => outer >= firstOptional);
  return Object.assign(chain, { lowered });
}

/** True if the value of the chain is the value of its last wrapped call. */
export function endsInCall(chain: Chain): boolean {
  return chain.groups.at(-1)?.last === chain.links.length - 1;
}

/** True for an optional link. */
export function isOptional(link: Link): boolean {
  return link.kind !== "tag" && link.node.optional;
}

function flatten(top: Node): { base: Node; links: Link[] } {
  const links: Link[] = [];
  let node: Node = top.type === "ChainExpression" ? top.expression : top;
  for (;;) {
    switch (node.type) {
      case "TSNonNullExpression":
        node = node.expression;
        continue;
      case "MemberExpression":
        links.unshift({ kind: "member", node, object: node.object });
        node = node.object;
        continue;
      case "CallExpression":
        links.unshift({ kind: "call", node, object: node.callee });
        node = node.callee;
        continue;
      case "TaggedTemplateExpression":
        links.unshift({ kind: "tag", node, object: node.tag });
        node = node.tag;
        continue;
      default:
        return { base: node, links };
    }
  }
}

function group(chain: Chain, scopes: Scopes, options: ChainOptions): void {
  const { links, groups } = chain;
  let index = 0;
  while (index < links.length) {
    const link = links[index];
    if (link === undefined || !isWrapped(link, scopes, options)) {
      index += 1;
      continue;
    }
    const tail = new Tail(chain, index, scopes, options.target);
    groups.push({
      chain,
      head: index,
      last: tail.last,
      outer: tail.outer,
      awaited: false,
      iterated: false,
      written: undefined,
    });
    index = tail.last + 1;
  }
}

function isWrapped(link: Link, scopes: Scopes, options: ChainOptions): boolean {
  if (link.kind === "call") return !isInertCall(link.node, scopes) && !options.isReplaced(link.node);
  if (link.kind === "member") return false;
  const tag = unwrap(link.node.tag);
  const isRaw = tag.type === "MemberExpression" && unwrap(tag.object).type === "Identifier";
  return !(isRaw && propertyName(tag.property, tag.computed) === "raw" && isGlobalString(tag, scopes));
}

function isGlobalString(tag: MemberExpression, scopes: Scopes): boolean {
  const object = unwrap(tag.object);
  return object.type === "Identifier" && object.name === "String" && scopes.isGlobal("String", tag);
}

/** Follow-up calls of promises are wrapped calls of their own, with the promise as their receiver. */
const PROMISE_METHODS = new Set(["then", "catch", "finally"]);

/** Finds how far the links behind a wrapped call can be handed over as data. */
class Tail implements Mentioned {
  last: number;
  outer: number;
  readonly #chain: Chain;
  readonly #scopes: Scopes;
  readonly #end: number;
  #mentioned: Set<string> | undefined;

  constructor(chain: Chain, head: number, scopes: Scopes, target: boolean) {
    this.last = head;
    this.outer = head;
    this.#chain = chain;
    this.#scopes = scopes;
    this.#end = target ? chain.links.length - 1 : chain.links.length;
    while (this.#extend());
  }

  #extend(): boolean {
    const next = this.#at(this.last + 1);
    if (next === undefined || isOptional(next) || next.kind === "tag") return false;
    if (next.kind === "call") return this.#takeCall(next, 1);
    if (!this.#isPlainMember(next.node)) return false;
    const after = this.#at(this.last + 2);
    if (after?.kind === "call") return !isOptional(after) && this.#takeCall(after, 2);
    if (after?.kind === "tag") return false;
    this.last += 1;
    return true;
  }

  #takeCall(link: Link & { kind: "call" }, length: number): boolean {
    if (!areInert(link.node.arguments, this.#scopes, this)) return false;
    this.last += length;
    this.outer = this.last;
    this.#mentioned = undefined;
    return true;
  }

  #isPlainMember(node: MemberExpression): boolean {
    const name = propertyName(node.property, node.computed);
    if (name === undefined) return isInert(node.property, this.#scopes, this);
    return !name.startsWith("#") && !PROMISE_METHODS.has(name);
  }

  /** True if the chain so far mentions a name: then its calls may change what that name holds. */
  has(name: string): boolean {
    this.#mentioned ??= mentionedNames(this.#chain.links[this.last]?.node ?? this.#chain.base);
    return this.#mentioned.has(name);
  }

  #at(index: number): Link | undefined {
    return index < this.#end ? this.#chain.links[index] : undefined;
  }
}
