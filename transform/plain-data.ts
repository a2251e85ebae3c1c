/**
 * Which expressions are plain data for certain: to read a member of it, to add it to something or to make a text of it calls nobody.
 *
 * Owns:      the answer, as far as the source tells; what nobody knows is none.
 */
import { type CallExpression, type FunctionNode, type Node, unwrap } from "./ast.ts";
import type { Binding } from "./binding.ts";
import { isInertCall } from "./globals.ts";
import type { Work } from "./work.ts";

/** What may be taken for granted. */
export interface Given {
  readonly work: Work;
  /** The function whose variables are asked about: none that is written in it changes them. */
  readonly fn: FunctionNode;
  /** The await whose value has just come out of the journal. */
  readonly anchor: Node;
  /** What the function is given is a payload. */
  readonly hasPayload: boolean;
}

/** Is the value of this expression plain data? */
export function isPlainData(given: Given, node: Node, seen: ReadonlySet<Node> = new Set()): boolean {
  const plain = unwrap(node);
  if (seen.has(plain)) return true;
  const inside = new Set([...seen, plain]);
  const is = (each: Node | null): boolean => each === null || isPlainData(given, each, inside);
  switch (plain.type) {
    case "Literal":
    case "TemplateLiteral":
    case "UnaryExpression":
    case "UpdateExpression":
    case "BinaryExpression":
      return true;
    case "AwaitExpression":
      return plain === given.anchor;
    case "ChainExpression":
      return is(plain.expression);
    case "MemberExpression":
      return is(plain.object);
    case "CallExpression":
      return isInertOfData(given, plain, is);
    case "ConditionalExpression":
      return is(plain.consequent) && is(plain.alternate);
    case "LogicalExpression":
      return is(plain.left) && is(plain.right);
    case "ArrayExpression":
      return plain.elements.every((each) => is(each?.type === "SpreadElement" ? each.argument : each));
    case "ObjectExpression":
      return plain.properties.every((each) => is(each.type === "SpreadElement" ? each.argument : each.value));
    case "Identifier":
      return isPlainName(given, plain, is);
    default:
      return false;
  }
}

/** `Math.max(a, b)`, `JSON.stringify(a)`: of plain data they give plain data. `require` loads a module. */
function isInertOfData(
  { work }: Pick<Given, "work">,
  call: CallExpression,
  is: (node: Node) => boolean,
): boolean {
  const callee = unwrap(call.callee);
  const isLoading = callee.type === "Identifier" && callee.name === "require";
  return !isLoading && isInertCall(call, work.scopes) && call.arguments.every((each) => is(each));
}

type Name = Node & { type: "Identifier"; name: string };

function isPlainName({ work, fn, hasPayload }: Given, name: Name, is: (node: Node) => boolean): boolean {
  const binding = work.scopes.resolve(name.name, name);
  if (binding === undefined) return ["undefined", "NaN", "Infinity"].includes(name.name);
  // An object that somebody was given may hold anything by now: the literal that it once was says nothing.
  const isFresh = ({ expression }: Binding["values"][number]): boolean => !isLiteralObject(expression);
  if (binding.memberWriters.length > 0) return false;
  if (binding.owner !== fn)
    return binding.kind === "const" && binding.values.length > 0 && binding.values.every(isText);
  if (binding.kind === "param") return hasPayload && binding.values.every(({ expression }) => is(expression));
  if (binding.kind !== "const" && binding.kind !== "let" && binding.kind !== "var") return false;
  const loop = loopOf(binding.node);
  if (loop !== undefined && !is(loop)) return false;
  return binding.values.every((value) => isFresh(value) && is(value.expression));
}

const isText = ({ expression }: Binding["values"][number]): boolean => {
  const { type } = unwrap(expression);
  return type === "Literal" || type === "TemplateLiteral";
};

const isLiteralObject = (node: Node): boolean => /^(?:Array|Object)Expression$/.test(unwrap(node).type);

/** What the loop goes through that declares a name; undefined: none does. */
function loopOf(name: Node): Node | undefined {
  for (let at: Node | null = name; at !== null; at = at.parent ?? null) {
    const around: Node | null = at.parent ?? null;
    if (at.type !== "VariableDeclaration") continue;
    const isHead = around?.type === "ForOfStatement" || around?.type === "ForInStatement";
    return isHead && around.left === at ? around.right : undefined;
  }
  return undefined;
}

/** May the value have a `then`? An async function that returns it would call that. */
export function hasThenable(given: Given, node: Node): boolean {
  const plain = unwrap(node);
  switch (plain.type) {
    case "AwaitExpression":
    case "ArrayExpression":
      return false;
    case "ObjectExpression":
      return plain.properties.some(
        (each) =>
          each.type === "SpreadElement" ||
          each.computed ||
          (each.key.type === "Identifier"
            ? each.key.name
            : each.key.type === "Literal"
              ? each.key.value
              : "then") === "then",
      );
    default:
      return !isPlainData(given, plain);
  }
}
