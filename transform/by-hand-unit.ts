/**
 * Which promises that are made by hand can be one unit: `await new Promise((resolve) => api.charge(7, resolve))`.
 *
 * Owns:      the rule, as far as the source tells: nothing but what the function itself calls settles the promise, and what
 *            its functions change is known. What only a run can tell the engine finds out (`engine/by-hand.ts`).
 * Invariant: what is no such unit is written as before: its function runs in each pass.
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
  stringValue,
  unwrap,
} from "./ast.ts";
import { type Binding, rootOf } from "./binding.ts";
import { isChanging, isExecutor } from "./captures.ts";
import { isInertCall, isInertConstruction } from "./globals.ts";
import { isHarmless, isListening } from "./harmless.ts";
import type { Work } from "./work.ts";

/** What such a unit has to do with the variables around it, by name. */
export interface ByHand {
  readonly executor: FunctionNode;
  /** Are given another value. */
  readonly assigned: readonly string[];
  /** Hold what is changed in place. */
  readonly changed: readonly string[];
  /** Are only read. */
  readonly read: readonly string[];
}

/** What opens, closes or moves a live value on is made in each pass: so is the promise around it. */
const ON_LIVE_VALUES = new Set(
  `connect $connect open init initialize login authenticate ready start launch listen waitUntilReady
   close end destroy release disconnect quit terminate shutdown stop dispose kill $disconnect logout
   begin beginTransaction startTransaction commit rollback write read`.split(/\s+/),
);

const TRANSACTION_TEXT = /^\s*(?:begin|start\s+transaction|commit|rollback|end|savepoint|release)\b/i;

/** The promise as one unit; undefined where it has to stay as it is. */
export function byHandUnit(work: Work, node: NewExpression): ByHand | undefined {
  const known = work.byHand.get(node);
  if (known !== undefined) return known ?? undefined;
  const found = lookAt(work, node);
  work.byHand.set(node, found ?? null);
  return found;
}

function lookAt(work: Work, node: NewExpression): ByHand | undefined {
  const [first] = node.arguments;
  const executor = first === undefined ? undefined : unwrap(first);
  if (executor === undefined || !isFunction(executor) || !isExecutor(executor)) return undefined;
  if (node.arguments.length !== 1 || !work.scopes.isGlobal("Promise", node)) return undefined;
  if (!executor.params.every((param) => param.type === "Identifier") || !isHandedOn(node)) return undefined;
  const looked = new Looked(work, node, executor);
  looked.look(executor);
  return looked.found();
}

/** Is it awaited, or returned, right where it is made? */
function isHandedOn(node: NewExpression): boolean {
  const { parent, child } = climb(node);
  if (parent === null) return false;
  const fn = enclosingFunction(node);
  if (fn === null || fn.generator) return false;
  if (parent.type === "AwaitExpression" || parent.type === "ReturnStatement") return true;
  return parent.type === "ArrowFunctionExpression" && parent.body === child;
}

/** What is found in the function of one promise. */
class Looked {
  readonly #work: Work;
  readonly #node: NewExpression;
  readonly #executor: FunctionNode;
  readonly #owner: FunctionNode | null;
  readonly #assigned = new Set<string>();
  readonly #changed = new Set<string>();
  readonly #read = new Set<string>();
  #isOne = true;
  /** It calls what does something: a promise around a timer or a listener is better off as it is. */
  #does = false;

  constructor(work: Work, node: NewExpression, executor: FunctionNode) {
    this.#work = work;
    this.#node = node;
    this.#executor = executor;
    this.#owner = enclosingFunction(node);
  }

  found(): ByHand | undefined {
    if (!this.#isOne || !this.#does) return undefined;
    const assigned = [...this.#assigned];
    const changed = [...this.#changed].filter((name) => !this.#assigned.has(name));
    const read = [...this.#read].filter((name) => !this.#assigned.has(name) && !this.#changed.has(name));
    return { executor: this.#executor, assigned, changed, read };
  }

  look(node: Node): void {
    if (isFunction(node) && (node.async || node.generator)) this.#isOne = false;
    switch (node.type) {
      case "AwaitExpression":
      case "YieldExpression":
      case "ClassDeclaration":
      case "ClassExpression":
      case "VariableDeclaration":
        if (node.type !== "VariableDeclaration" || /using/.test(node.kind)) this.#isOne = false;
        break;
      case "Identifier":
        this.#name(node);
        break;
      case "ThisExpression":
        this.#this(node);
        break;
      case "CallExpression":
        this.#call(node);
        break;
      case "NewExpression":
        if (!isInertConstruction(node, this.#work.scopes)) this.#does = true;
        break;
      case "AssignmentExpression":
        this.#target(node.left);
        this.#given(node.left, node.right);
        break;
      case "UpdateExpression":
        this.#target(node.argument);
        break;
      case "UnaryExpression":
        if (node.operator === "delete") this.#target(node.argument);
        break;
      case "ForInStatement":
      case "ForOfStatement":
        if (node.left.type !== "VariableDeclaration") this.#target(node.left);
        break;
      default:
    }
    forEachChild(node, (child) => this.look(child));
  }

  #name(node: Node & { type: "Identifier"; name: string }): void {
    const binding = this.#work.scopes.resolve(node.name, node);
    if (binding === undefined) return;
    if (binding.owner === this.#executor && binding.kind === "param") {
      if (binding.node !== node && !isHandedToCall(node)) this.#isOne = false;
    } else if (this.#isAround(binding) && this.#isThere(binding)) this.#read.add(node.name);
  }

  #this(node: Node): void {
    const owner = ownerOfThis(node);
    if (owner === null || !isWithin(owner, this.#executor)) this.#read.add("this");
  }

  /** A variable of a function around this one. */
  #isAround = ({ owner }: Binding): boolean => owner !== null && !isWithin(owner, this.#executor);

  /** It has been declared when the promise is made. */
  #isThere({ kind, node, owner }: Binding): boolean {
    if (kind === "function" || owner !== this.#owner) return true;
    const declaration = node.parent?.type === "VariableDeclarator" ? node.parent : node;
    return declaration.end <= this.#node.start;
  }

  #call(call: CallExpression): void {
    const { scopes } = this.#work;
    const member = calleeMember(call);
    const name = member && propertyName(member.property, member.computed);
    const plain = unwrap(call.callee);
    const isSettling = plain.type === "Identifier" && this.#settles(plain);
    if (!isSettling && !isInertCall(call, scopes) && !isHarmless(call)) this.#does = true;
    if (member === undefined || name === undefined) return;
    const text = call.arguments[0] && stringValue(call.arguments[0]);
    const isLive = ON_LIVE_VALUES.has(name) || (text !== undefined && TRANSACTION_TEXT.test(text));
    if ((isListening(name) || isLive) && this.#isOutside(member.object)) this.#isOne = false;
    if (isChanging(name) && !call.arguments.some((arg) => this.#callsBack(arg))) this.#target(member);
  }

  #settles(node: Node & { type: "Identifier"; name: string }): boolean {
    const binding = this.#work.scopes.resolve(node.name, node);
    return binding?.kind === "param" && binding.owner === this.#executor;
  }

  /** A function, or what settles the promise: the call hands it to somebody who calls it later. */
  #callsBack(arg: Node): boolean {
    const plain = unwrap(arg);
    return isFunction(plain) || (plain.type === "Identifier" && this.#settles(plain));
  }

  /** Did the object come from outside of the promise's function? What a call in it gives did not. */
  #isOutside(object: Node, depth = 8): boolean {
    const plain = unwrap(object);
    if (plain.type === "MemberExpression") return this.#isOutside(plain.object, depth);
    if (plain.type === "ThisExpression") return true;
    if (plain.type === "CallExpression") {
      const member = calleeMember(plain);
      const name = member && propertyName(member.property, member.computed);
      return (
        member !== undefined && name !== undefined && isListening(name) && this.#isOutside(member.object)
      );
    }
    if (plain.type !== "Identifier") return false;
    const binding = this.#work.scopes.resolve(plain.name, plain);
    if (binding === undefined || binding.owner === null || this.#isAround(binding)) return true;
    return depth > 0 && binding.values.some(({ expression }) => this.#isOutside(expression, depth - 1));
  }

  /** Something is assigned to, or changed in place. */
  #target(target: Node): void {
    const plain = unwrap(target);
    if (plain.type === "ArrayPattern" || plain.type === "ObjectPattern") {
      // What is taken apart into variables around is rare, and not looked into.
      this.#isOne = false;
      return;
    }
    const root = rootOf(plain);
    if (root.type === "ThisExpression") this.#isOne = false;
    if (root.type !== "Identifier") return;
    const binding = this.#work.scopes.resolve(root.name, root);
    if (binding !== undefined && isWithin(binding.owner, this.#executor)) return;
    const isMember = root !== plain;
    if (binding === undefined || binding.owner === null) {
      // Of the module, or of the process: nobody records that.
      this.#isOne = false;
    } else if (binding.owner !== this.#owner || !this.#isThere(binding)) this.#isOne = false;
    else (isMember ? this.#changed : this.#assigned).add(root.name);
  }

  /** A function of the promise's that is put where the rest of the program finds it. */
  #given(target: Node, value: Node): void {
    const root = rootOf(target);
    const binding = root.type === "Identifier" ? this.#work.scopes.resolve(root.name, root) : undefined;
    if (binding !== undefined && isWithin(binding.owner, this.#executor)) return;
    const plain = unwrap(value);
    const own = plain.type === "Identifier" ? this.#work.scopes.resolve(plain.name, plain) : undefined;
    const isOwn = own !== undefined && isWithin(own.owner, this.#executor);
    if (this.#callsBack(plain) || (isOwn && mayBeFunction(own))) this.#isOne = false;
  }
}

const mayBeFunction = ({ kind, values }: Binding): boolean =>
  kind === "function" || values.some(({ expression }) => isFunction(unwrap(expression)));

const isWithin = (inner: FunctionNode | null, outer: FunctionNode): boolean =>
  inner !== null && inner.start >= outer.start && inner.end <= outer.end;

/** The function whose `this` it is. */
function ownerOfThis(node: Node): FunctionNode | null {
  let fn = enclosingFunction(node);
  while (fn?.type === "ArrowFunctionExpression") fn = enclosingFunction(fn);
  return fn;
}

/** Does `resolve` stand where it is called, or among what a call is given? Everywhere else others could get hold of it. */
function isHandedToCall(node: Node): boolean {
  for (let at: Node = node; ; ) {
    const { parent, child } = climb(at);
    switch (parent?.type) {
      case "CallExpression":
      case "NewExpression":
        return true;
      case "Property":
      case "ObjectExpression":
      case "ArrayExpression":
      case "ConditionalExpression":
      case "LogicalExpression":
        at = parent;
        continue;
      case "AssignmentExpression":
        // `request.onload = resolve`: of an object that is made in here, as `#given` knows.
        return parent.right === child;
      default:
        return false;
    }
  }
}
