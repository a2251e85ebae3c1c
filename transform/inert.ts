/**
 * Which arguments may be evaluated ahead of the call in front of them.
 *
 * Owns:      the rule for the tail of a chain: its arguments are evaluated before the chain's first call is made.
 * Invariant: nothing the first call does can change such an argument, as far as the module's text tells: no calls,
 *            no variables that someone else assigns, no members of objects that the chain mentions or that
 *            another function of the module assigns to. Getters are taken to be without effect,
 *            and a member that cannot be read throws before that call instead of after it.
 */
import { enclosingFunction, forEachChild, isFunction, type Node, unwrap } from "./ast.ts";
import { isSettled, rootOf } from "./binding.ts";
import type { Scopes } from "./scope.ts";

/** Names that stand in the part of the chain which is called first. */
export interface Mentioned {
  has(name: string): boolean;
}

/** True if every argument may be evaluated ahead. `mentioned` are the names in the part of the chain before it. */
export function areInert(args: readonly Node[], scopes: Scopes, mentioned: Mentioned): boolean {
  return args.every((arg) => isInert(arg, scopes, mentioned));
}

/** True if the expression may be evaluated ahead. */
export function isInert(node: Node, scopes: Scopes, mentioned: Mentioned): boolean {
  const plain = unwrap(node);
  if (isFunction(plain)) return true;
  switch (plain.type) {
    case "Literal":
    case "ThisExpression":
    case "TemplateElement":
      return true;
    case "Identifier":
      return isSettledName(plain.name, plain, scopes);
    case "MemberExpression":
      return isInertMember(plain, scopes, mentioned);
    case "TemplateLiteral":
    case "ArrayExpression":
    case "ObjectExpression":
    case "ConditionalExpression":
    case "BinaryExpression":
    case "LogicalExpression":
      return childrenAreInert(plain, scopes, mentioned);
    case "SpreadElement":
      return isInertContent(plain.argument, scopes, mentioned);
    case "Property":
      return (
        (!plain.computed || isInert(plain.key, scopes, mentioned)) && isInert(plain.value, scopes, mentioned)
      );
    case "UnaryExpression":
      return plain.operator !== "delete" && isInert(plain.argument, scopes, mentioned);
    default:
      return false;
  }
}

function childrenAreInert(node: Node, scopes: Scopes, mentioned: Mentioned): boolean {
  let inert = true;
  forEachChild(node, (child) => {
    inert &&= isInert(child, scopes, mentioned);
  });
  return inert;
}

function isSettledName(name: string, node: Node, scopes: Scopes): boolean {
  const binding = scopes.resolve(name, node);
  return binding === undefined
    ? name === "undefined" || name === "NaN" || name === "Infinity"
    : isSettled(binding, node);
}

/** Spreading reads what is inside: the same care as for a member. */
function isInertContent(node: Node, scopes: Scopes, mentioned: Mentioned): boolean {
  if (!isInert(node, scopes, mentioned)) return false;
  const root = rootOf(node);
  return root.type !== "Identifier" || isUntouched(root.name, root, scopes, mentioned);
}

function isUntouched(name: string, root: Node, scopes: Scopes, mentioned: Mentioned): boolean {
  if (mentioned.has(name)) return false;
  const binding = scopes.resolve(name, root);
  if (binding === undefined) return name === "process";
  const here = enclosingFunction(root);
  return isSettled(binding, root) && binding.memberWriters.every((writer) => writer === here);
}

function isInertMember(
  node: Node & { type: "MemberExpression" },
  scopes: Scopes,
  mentioned: Mentioned,
): boolean {
  if (node.optional || (node.computed && !isInert(node.property, scopes, mentioned))) return false;
  const object = unwrap(node.object);
  if (object.type === "MemberExpression") return isInertMember(object, scopes, mentioned);
  const root = rootOf(node);
  if (root.type === "ThisExpression") return !mentioned.has("this");
  return root.type === "Identifier" && isUntouched(root.name, root, scopes, mentioned);
}

/** The names that an expression mentions, functions in it included. */
export function mentionedNames(node: Node, into: Set<string> = new Set()): Set<string> {
  if (node.type === "Identifier") into.add(node.name);
  else if (node.type === "ThisExpression") into.add("this");
  forEachChild(node, (child) => mentionedNames(child, into));
  return into;
}
