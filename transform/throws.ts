/**
 * `throw` with blame: which awaits an explicit `throw` holds against.
 *
 * Owns:      the trail from a `throw` back to the calls whose results its guard or its value reads.
 * Never:     decides whether such an await is made again: the engine does.
 * Invariant: only calls whose frame variable is visible at the `throw` are named.
 */
import {
  climb,
  enclosingFunction,
  forEachChild,
  isFunction,
  type Node,
  type ThrowStatement,
  unwrap,
} from "./ast.ts";
import { combinatorElements } from "./awaits.ts";
import type { Binding, GivenValue } from "./binding.ts";
import type { Chain, Group } from "./chain.ts";
import { chainOf, wrappedCall } from "./chains.ts";
import { spaced } from "./text.ts";
import type { FunctionFrame, PendingThrow, Work } from "./work.ts";
import { siteAt } from "./work.ts";

/** A call or join whose result is read. */
type Source = { readonly group: Group } | { readonly join: Node };

/** Writes the blame of every `throw`, when all sites are known. */
export function emitBlame(work: Work): void {
  for (const pending of work.throws) {
    const pairs = blamePairs(work, pending);
    if (pairs.length === 0) continue;
    const { argument } = pending.node;
    const open = spaced(work.source, argument.start, `${work.names.runtime}.blame(`);
    work.out.prependRight(argument.start, open);
    work.out.appendLeft(argument.end, `, [${pairs.join(", ")}])`);
  }
}

function blamePairs(work: Work, { node, place }: PendingThrow): string[] {
  if (isRethrow(work, node)) return [];
  const trail = new Trail(work);
  for (const read of [...guardsOf(node), node.argument]) trail.readsOf(read);
  const pairs = new Set<string>();
  for (const source of trail.sources) {
    const written = "group" in source ? source.group.written : joinOf(work, source.join);
    if (written === undefined || !isVisible(written.owner, place.frame)) continue;
    pairs.add(`[${written.frame}, ${siteAt(work, written.site)}]`);
  }
  return [...pairs];
}

function joinOf(work: Work, node: Node): Group["written"] {
  const known = work.siteOf.get(node);
  const frame = known?.place.frame ?? null;
  if (known === undefined || frame === null || known.place.peek) return undefined;
  return { site: known.site, frame: frame.variable, owner: frame };
}

function isVisible(owner: object | null, from: FunctionFrame | null): boolean {
  for (let at = from; at !== null; at = at.parent) if (at === owner) return true;
  return false;
}

/** `throw e` of the `e` that was caught: not the author's judgement of a result. */
function isRethrow(work: Work, node: ThrowStatement): boolean {
  const value = unwrap(node.argument);
  return value.type === "Identifier" && work.scopes.resolve(value.name, value)?.kind === "catch";
}

/** The conditions around a statement, up to its function. */
function guardsOf(node: Node): Node[] {
  const guards: Node[] = [];
  for (let at = node.parent ?? null; at !== null && !isFunction(at); at = at.parent ?? null) {
    switch (at.type) {
      case "IfStatement":
      case "WhileStatement":
      case "DoWhileStatement":
      case "ConditionalExpression":
        guards.push(at.test);
        break;
      case "ForStatement":
      case "SwitchCase":
        if (at.test !== null) guards.push(at.test);
        break;
      case "SwitchStatement":
        guards.push(at.discriminant);
        break;
      default:
    }
  }
  return guards;
}

/** Collects the calls whose results an expression depends on. */
class Trail {
  readonly sources = new Set<Source>();
  readonly #work: Work;
  readonly #seen = new Set<Node | Binding>();
  readonly #groups = new Set<Group>();

  constructor(work: Work) {
    this.#work = work;
  }

  /** Everything the expression reads: variables and awaits, functions in it left out. */
  readsOf(node: Node): void {
    if (isFunction(node)) return;
    if (node.type === "AwaitExpression") this.#awaited(node);
    else if (node.type === "Identifier") this.#variable(node);
    else if (node.type === "MemberExpression" && !node.computed) this.readsOf(node.object);
    else if (node.type === "Property" && !node.computed) this.readsOf(node.value);
    else forEachChild(node, (child) => this.readsOf(child));
  }

  #variable(node: Node & { type: "Identifier"; name: string }): void {
    const binding = this.#work.scopes.resolve(node.name, node);
    if (binding === undefined || this.#seen.has(binding)) return;
    this.#seen.add(binding);
    if (binding.kind === "param") this.#thenParameter(binding);
    for (const value of binding.values) this.#given(value);
  }

  /** A value that a variable was given: what it comes from, not what was passed to the calls that made it. */
  #given({ expression, index }: GivenValue): void {
    const plain = unwrap(expression);
    if (this.#seen.has(plain) && index === undefined) return;
    this.#seen.add(plain);
    switch (plain.type) {
      case "AwaitExpression":
        this.#awaited(plain, index);
        return;
      case "Identifier":
        this.#variable(plain);
        return;
      case "CallExpression":
      case "MemberExpression":
      case "ChainExpression":
        this.#receiverOf(plain);
        return;
      case "UnaryExpression":
      case "BinaryExpression":
      case "LogicalExpression":
      case "ConditionalExpression":
      case "TemplateLiteral":
        forEachChild(plain, (child) => this.#given({ expression: child }));
        return;
      default:
    }
  }

  /** What a chain starts from: `res` of `res.items.filter(f)`, and the await in `(await f()).data`. */
  #receiverOf(node: Node): void {
    const base = chainOf(this.#work, node)?.base;
    if (base !== undefined) this.#given({ expression: base });
  }

  #awaited(node: Node & { type: "AwaitExpression" }, index?: number): void {
    const operand = unwrap(node.argument);
    const chain = wrappedCall(this.#work, operand);
    if (chain === undefined) {
      this.sources.add({ join: node });
      this.#promise(operand);
      return;
    }
    this.#called(chain, operand, index);
  }

  #called(chain: Chain, operand: Node, index?: number): void {
    const elements = operand.type === "CallExpression" ? combinatorElements(this.#work, operand) : [];
    if (elements.length > 0) {
      const chosen = index === undefined ? elements : elements.slice(index, index + 1);
      for (const element of chosen) if (element !== null) this.#promise(unwrap(element));
      return;
    }
    for (const group of chain.groups) this.#add(group);
    this.#receiverOf(operand);
  }

  /** An expression that holds a promise: the calls that gave it. */
  #promise(node: Node): void {
    const chain = wrappedCall(this.#work, node);
    if (chain !== undefined) this.#called(chain, node);
    else if (node.type === "Identifier") {
      for (const { expression } of this.#work.scopes.resolve(node.name, node)?.values ?? []) {
        const plain = unwrap(expression);
        if (this.#seen.has(plain)) continue;
        this.#seen.add(plain);
        this.#promise(plain);
      }
    }
  }

  /** The parameter of a `.then` callback holds the result of the calls in front of `.then`. */
  #thenParameter(binding: Binding): void {
    if (binding.index !== 0 || binding.owner === null) return;
    const { parent, child } = climb(binding.owner);
    if (parent?.type !== "CallExpression" || parent.arguments[0] !== child) return;
    const callee = unwrap(parent.callee);
    if (callee.type !== "MemberExpression" || callee.computed) return;
    if (callee.property.type !== "Identifier" || callee.property.name !== "then") return;
    const group = this.#work.groupOf.get(parent);
    for (const earlier of group?.chain.groups ?? []) {
      if (earlier === group) break;
      this.#add(earlier);
    }
    if (group !== undefined && group.chain.groups[0] === group) this.#promise(unwrap(group.chain.base));
  }

  #add(group: Group): void {
    if (this.#groups.has(group)) return;
    this.#groups.add(group);
    this.sources.add({ group });
  }
}

/** Notes a `throw` for later. */
export function noteThrow(work: Work, pending: PendingThrow): void {
  if (enclosingFunction(pending.node) !== null) work.throws.push(pending);
}
