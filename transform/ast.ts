/**
 * The syntax tree's shared vocabulary: which children count, what a function is, what is only a wrapper.
 *
 * Owns:      how the tree is walked. Types, decorators and declarations without code are never children.
 * Never:     looks at scopes or writes code.
 * Invariant: `forEachChild` visits the executable children of a node, each once.
 */
import {
  type ArrowFunctionExpression,
  type CallExpression,
  type Function as FunctionSyntax,
  type MemberExpression,
  type NewExpression,
  type Node,
  visitorKeys,
} from "oxc-parser";

export type {
  AwaitExpression,
  CallExpression,
  Class,
  ClassElement,
  Comment,
  MemberExpression,
  NewExpression,
  Node,
  ObjectExpression,
  Program,
  TaggedTemplateExpression,
  ThrowStatement,
  TryStatement,
} from "oxc-parser";

/** A function with a body: declaration, expression, method or arrow. */
export type FunctionNode = FunctionSyntax | ArrowFunctionExpression;

const TYPE_KEYS = new Set([
  "typeAnnotation",
  "returnType",
  "typeParameters",
  "typeArguments",
  "superTypeArguments",
  "implements",
  "decorators",
]);

/** TypeScript nodes that hold code which runs. Every other `TS…` node is a type. */
const TYPESCRIPT_CODE = new Set([
  "TSAsExpression",
  "TSSatisfiesExpression",
  "TSTypeAssertion",
  "TSNonNullExpression",
  "TSInstantiationExpression",
  "TSEnumDeclaration",
  "TSEnumBody",
  "TSEnumMember",
  "TSModuleDeclaration",
  "TSModuleBlock",
  "TSExportAssignment",
  "TSParameterProperty",
  "TSImportEqualsDeclaration",
]);

/** Where a name stands that is no expression, unless it is computed. */
const NAME_KEYS: Readonly<Record<string, string>> = {
  MemberExpression: "property",
  Property: "key",
  MethodDefinition: "key",
  PropertyDefinition: "key",
  AccessorProperty: "key",
};

/** The fields of a node type that hold children. */
interface ChildKeys {
  readonly all: readonly string[];
  /** Without the name, for nodes that are not computed. */
  readonly unnamed: readonly string[];
}

const childKeys: ReadonlyMap<string, ChildKeys> = new Map(
  Object.entries(visitorKeys).map(([type, keys]) => {
    const isType = /^(TS|JSDoc)/.test(type) && !TYPESCRIPT_CODE.has(type);
    const all = isType ? [] : keys.filter((key) => !TYPE_KEYS.has(key));
    const name = NAME_KEYS[type];
    return [type, { all, unnamed: name === undefined ? all : all.filter((key) => key !== name) }];
  }),
);

type Fields = Readonly<Record<string, Node | readonly (Node | null)[] | null | undefined>>;

/** Calls `visit` for each executable child of `node`, in the order of the node's fields. */
export function forEachChild(node: Node, visit: (child: Node) => void): void {
  const keys = childKeys.get(node.type);
  if (keys === undefined || isDeclaredOnly(node)) return;
  const fields = node as unknown as Fields;
  const isNamed = keys.all !== keys.unnamed && "computed" in node && !node.computed;
  for (const key of isNamed ? keys.unnamed : keys.all) {
    const value = fields[key];
    if (isList(value)) visitList(value, visit);
    else if (value !== null && value !== undefined) visit(value);
  }
}

/** True for `declare` of TypeScript: nothing of it runs. */
function isDeclaredOnly(node: Node): boolean {
  switch (node.type) {
    case "VariableDeclaration":
    case "ClassDeclaration":
    case "PropertyDefinition":
    case "TSEnumDeclaration":
    case "TSModuleDeclaration":
      return node.declare === true;
    default:
      return false;
  }
}

function isList(value: Fields[string]): value is readonly (Node | null)[] {
  return Array.isArray(value);
}

function visitList(nodes: readonly (Node | null)[], visit: (child: Node) => void): void {
  for (const node of nodes) if (node !== null) visit(node);
}

/** True for functions that have a body. */
export function isFunction(node: Node): node is FunctionNode {
  switch (node.type) {
    case "ArrowFunctionExpression":
      return true;
    case "FunctionDeclaration":
    case "FunctionExpression":
      return node.body !== null;
    default:
      return false;
  }
}

/** True if a chain of members has a call or a tagged template in it: `a.b()` and `a().b`, but not `a.b`. */
export function hasCall(member: Node): boolean {
  let node = member;
  for (;;) {
    if (node.type === "MemberExpression") node = node.object;
    else if (node.type === "TSNonNullExpression" || node.type === "ChainExpression") node = node.expression;
    else return node.type === "CallExpression" || node.type === "TaggedTemplateExpression";
  }
}

/** The expression without the parentheses and type syntax around it. */
export function unwrap(node: Node): Node {
  let current = node;
  for (;;) {
    switch (current.type) {
      case "ParenthesizedExpression":
      case "TSAsExpression":
      case "TSSatisfiesExpression":
      case "TSTypeAssertion":
      case "TSNonNullExpression":
      case "TSInstantiationExpression":
        current = current.expression;
        break;
      default:
        return current;
    }
  }
}

/** The nearest ancestor that is not a parenthesis or type syntax, and the child of it that leads back. */
export function climb(node: Node): { parent: Node | null; child: Node } {
  let child = node;
  let parent: Node | null = node.parent ?? null;
  while (parent !== null && parent !== unwrap(parent) && parent.type !== "Program") {
    child = parent;
    parent = parent.parent ?? null;
  }
  return { parent, child };
}

/** The function around a node, or null at module level. The node itself does not count. */
export function enclosingFunction(node: Node): FunctionNode | null {
  for (let at = node.parent ?? null; at !== null; at = at.parent ?? null) if (isFunction(at)) return at;
  return null;
}

/** Name of a property as written: `x` of `a.x`, `a["x"]` and `{ x: 1 }`; undefined if it is computed. */
export function propertyName(key: Node, computed: boolean): string | undefined {
  if (key.type === "Identifier" && !computed) return key.name;
  if (key.type === "PrivateIdentifier") return `#${key.name}`;
  return stringValue(key);
}

/** The value of a string literal or of a template without expressions. */
export function stringValue(node: Node): string | undefined {
  const plain = unwrap(node);
  if (plain.type === "Literal") return typeof plain.value === "string" ? plain.value : undefined;
  if (plain.type !== "TemplateLiteral" || plain.expressions.length > 0) return undefined;
  return plain.quasis[0]?.value.cooked ?? undefined;
}

/** The member that a call is made on (`a.b` of `a.b()`), through parentheses and type syntax. */
export function calleeMember(call: CallExpression | NewExpression): MemberExpression | undefined {
  const callee = unwrap(call.callee);
  return callee.type === "MemberExpression" ? callee : undefined;
}

/** The dotted path of an expression made of identifiers and plain members only: `["crypto", "subtle"]`. */
export function dottedPath(node: Node): string[] | undefined {
  const plain = unwrap(node);
  if (plain.type === "Identifier") return [plain.name];
  if (plain.type !== "MemberExpression") return undefined;
  const name = propertyName(plain.property, plain.computed);
  const path = name === undefined ? undefined : dottedPath(plain.object);
  if (path !== undefined && name !== undefined) path.push(name);
  return path;
}

const LONGEST_NAME = 60;

/** The readable name of what a call calls: `stripe.charges.create`. */
export function calleeName(call: Node): string {
  if (call.type === "CallExpression") return readableName(call.callee);
  return call.type === "TaggedTemplateExpression" ? readableName(call.tag) : readableName(call);
}

/** A short readable name of an expression: `stripe.charges.create`, `fetch().json`. */
export function readableName(node: Node): string {
  const text = nameOf(node);
  return text.length > LONGEST_NAME ? `…${text.slice(1 - LONGEST_NAME)}` : text;
}

function nameOf(node: Node): string {
  const plain = unwrap(node);
  switch (plain.type) {
    case "Identifier":
      return plain.name;
    case "ThisExpression":
      return "this";
    case "Super":
      return "super";
    case "MemberExpression":
      return `${nameOf(plain.object)}${memberName(plain)}`;
    case "CallExpression":
      return `${nameOf(plain.callee)}()`;
    case "ChainExpression":
      return nameOf(plain.expression);
    case "AwaitExpression":
      return nameOf(plain.argument);
    case "NewExpression":
      return `new ${nameOf(plain.callee)}`;
    case "TaggedTemplateExpression":
      return nameOf(plain.tag);
    case "MetaProperty":
      return `${plain.meta.name}.${plain.property.name}`;
    default:
      return isFunction(plain) ? "(function)" : "(value)";
  }
}

function memberName(member: MemberExpression): string {
  const name = propertyName(member.property, member.computed);
  return name === undefined ? "[…]" : `.${name}`;
}
