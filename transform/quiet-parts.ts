/**
 * The parts of a function's body that somebody might see, for the question what comes behind an await (`quiet.ts`).
 *
 * Owns:      which node of the source does nothing by itself, which does nothing if it works on plain data, and which may do
 *            anything: every one that is not named here.
 */
import {
  type AwaitExpression,
  type CallExpression,
  type FunctionNode,
  forEachChild,
  isFunction,
  type Node,
  unwrap,
} from "./ast.ts";
import { isInertCall } from "./globals.ts";
import { isIdempotencyKey } from "./keys.ts";
import { holdfastName } from "./ours.ts";
import { sharesVariables } from "./quiet-functions.ts";
import type { Work } from "./work.ts";

/** Something that happens at a node. `plain`: nobody sees it if `node` is plain data; `returned`: if that is no thenable; `seen`: anybody may. */
export interface Part {
  readonly kind: "seen" | "plain" | "returned";
  readonly at: Node;
  readonly node: Node;
}

/** What a function is made of. */
interface Parts {
  readonly all: readonly Part[];
  readonly loops: readonly Node[];
}

const known = new WeakMap<FunctionNode, Parts | null>();

/** The parts of a function; undefined: others see its variables, or nobody knows what they are. */
export function partsOf(work: Work, fn: FunctionNode): Parts | undefined {
  const there = known.get(fn);
  if (there !== undefined) return there ?? undefined;
  const walk = new Walk(work, fn);
  const parts = walk.isOpen ? null : walk;
  known.set(fn, parts);
  return parts ?? undefined;
}

/** These do nothing but what stands in them. */
const still = new Set([
  "ArrayExpression",
  "ArrayPattern",
  "BlockStatement",
  "BreakStatement",
  "ChainExpression",
  "ConditionalExpression",
  "ContinueStatement",
  "EmptyStatement",
  "ExpressionStatement",
  "Identifier",
  "IfStatement",
  "LabeledStatement",
  "Literal",
  "LogicalExpression",
  "ObjectExpression",
  "ObjectPattern",
  "ParenthesizedExpression",
  "RestElement",
  "SequenceExpression",
  "SwitchCase",
  "SwitchStatement",
  "TSAsExpression",
  "TSNonNullExpression",
  "TSSatisfiesExpression",
  "TSTypeAssertion",
  "ThisExpression",
]);

const comparing = new Set(["===", "!=="]);
const asking = new Set(["in", "instanceof"]);
const harmless = new Set(["typeof", "!", "void"]);

class Walk implements Parts {
  readonly all: Part[] = [];
  readonly loops: Node[] = [];
  /** Another function sees its variables change, or what its variables are is not to be told. */
  isOpen = false;
  readonly #work: Work;
  readonly #fn: FunctionNode;

  constructor(work: Work, fn: FunctionNode) {
    this.#work = work;
    this.#fn = fn;
    for (const param of fn.params) this.#visit(param);
    const { body } = fn;
    if (body === null) return;
    if (body.type !== "BlockStatement" && fn.async) this.#note("returned", body, body);
    this.#visit(body);
  }

  #note(kind: Part["kind"], at: Node, node: Node | null): void {
    if (node !== null) this.all.push({ kind, at, node });
  }

  #children(node: Node): void {
    forEachChild(node, (child) => this.#visit(child));
  }

  #visit(node: Node): void {
    if (isFunction(node)) {
      if (sharesVariables(this.#work, this.#fn, node)) this.isOpen = true;
      return;
    }
    if (node.type === "ClassExpression" || node.type === "ClassDeclaration") {
      this.isOpen = true;
      return;
    }
    if (node.type === "AwaitExpression") return this.#await(node);
    if (node.type === "CallExpression") return this.#call(node);
    this.#look(node);
    this.#children(node);
  }

  #look(node: Node): void {
    if (still.has(node.type)) return;
    switch (node.type) {
      case "TemplateLiteral":
        for (const each of node.expressions) this.#note("plain", node, each);
        return;
      case "TemplateElement":
        return;
      case "SpreadElement":
        return this.#note("plain", node, node.argument);
      case "MemberExpression":
        this.#note("plain", node, node.object);
        if (node.computed) this.#note("plain", node, node.property);
        return;
      case "Property":
        if (node.computed) this.#note("plain", node, node.key);
        return;
      case "ReturnStatement":
        if (this.#fn.async) this.#note("returned", node, node.argument);
        return;
      case "VariableDeclaration":
        // What is disposed of is called where its block ends.
        if (node.kind !== "const" && node.kind !== "let" && node.kind !== "var") this.isOpen = true;
        return;
      case "VariableDeclarator":
        if (node.id.type !== "Identifier") this.#note("plain", node, node.init);
        return;
      default:
        this.#lookAtWork(node);
    }
  }

  #lookAtWork(node: Node): void {
    switch (node.type) {
      case "UnaryExpression":
        if (node.operator === "delete") this.#note("seen", node, node);
        else if (!harmless.has(node.operator)) this.#note("plain", node, node.argument);
        return;
      case "BinaryExpression":
        if (asking.has(node.operator)) this.#note("seen", node, node);
        if (comparing.has(node.operator)) return;
        this.#note("plain", node, node.left);
        return this.#note("plain", node, node.right);
      case "UpdateExpression":
        return this.#note(this.#isOwn(node.argument) ? "plain" : "seen", node, node.argument);
      case "AssignmentExpression":
        return this.#lookAtAssignment(node);
      case "AssignmentPattern":
        // What a name is that is given a default, nobody follows.
        if (unwrap(node.right).type !== "Literal") this.isOpen = true;
        return;
      default:
        this.#lookAtLoop(node);
    }
  }

  #lookAtAssignment(node: Node & { type: "AssignmentExpression" }): void {
    const { left, right, operator } = node;
    if (!this.#isOwn(left)) return this.#note("seen", node, node);
    if (/^(?:\|\||&&|\?\?)=$/.test(operator)) this.isOpen = true;
    if (operator === "=") return;
    this.#note("plain", node, left);
    this.#note("plain", node, right);
  }

  #lookAtLoop(node: Node): void {
    switch (node.type) {
      case "ForStatement":
      case "WhileStatement":
      case "DoWhileStatement":
        this.loops.push(node);
        return;
      case "ForOfStatement":
      case "ForInStatement":
        this.loops.push(node);
        if (node.left.type !== "VariableDeclaration") this.isOpen = true;
        if (node.type === "ForOfStatement" && node.await) this.#note("seen", node, node);
        return this.#note("plain", node, node.right);
      default:
        this.#note("seen", node, node);
    }
  }

  /** A variable of the function itself. */
  #isOwn(target: Node): boolean {
    const plain = unwrap(target);
    if (plain.type !== "Identifier") return false;
    return this.#work.scopes.resolve(plain.name, plain)?.owner === this.#fn;
  }

  /** A call that is awaited on the spot waits until what was delivered is durable: only its arguments come before that. */
  #await(node: AwaitExpression): void {
    const call = unwrap(node.argument);
    const waits =
      call.type === "CallExpression" &&
      !call.optional &&
      !this.#work.inlined.has(node.argument.start) &&
      !isInertCall(call, this.#work.scopes) &&
      !isIdempotencyKey(this.#work, call);
    if (!waits) {
      this.#note("seen", node, node);
      return this.#children(node);
    }
    const callee = unwrap(call.callee);
    const isNamed = callee.type === "Identifier" || callee.type === "MemberExpression";
    if (!isNamed) this.#note("seen", node, node);
    if (holdfastName(this.#work, callee) === undefined) this.#visit(callee);
    for (const each of call.arguments) this.#visit(each);
  }

  #call(node: CallExpression): void {
    if (isIdempotencyKey(this.#work, node)) return;
    const callee = unwrap(node.callee);
    const isLoading = callee.type === "Identifier" && callee.name === "require";
    if (isLoading || !isInertCall(node, this.#work.scopes)) {
      this.#note("seen", node, node);
      return this.#children(node);
    }
    for (const each of node.arguments) {
      this.#note("plain", node, each);
      this.#visit(each);
    }
  }
}
