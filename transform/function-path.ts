/**
 * What a function is called by the place it stands in.
 *
 * Owns:      one function's name within its enclosing function: `order.run`, `items.map(0)`, `Cart.total`.
 * Invariant: no lines and no block structure in it, so that wrapping code in `try` or `if` changes no name.
 */
import { climb, type FunctionNode, type Node, propertyName, readableName } from "./ast.ts";

/** The name of a function within the function around it. */
export function functionName(fn: FunctionNode): string {
  if (fn.id !== null) return fn.id.name;
  return nameFromPlace(fn);
}

function nameFromPlace(node: Node): string {
  const { parent, child } = climb(node);
  if (parent === null) return "fn";
  switch (parent.type) {
    case "VariableDeclarator":
      return parent.id.type === "Identifier" ? parent.id.name : "fn";
    case "AssignmentExpression":
      return readableName(parent.left);
    case "AssignmentPattern":
      return readableName(parent.left);
    case "Property":
      return joined(objectName(parent.parent ?? null), propertyName(parent.key, parent.computed) ?? "[…]");
    case "MethodDefinition":
    case "PropertyDefinition":
    case "AccessorProperty":
      return memberName(parent, propertyName(parent.key, parent.computed) ?? "[…]");
    case "CallExpression":
    case "NewExpression": {
      const index = parent.arguments.indexOf(child as (typeof parent.arguments)[number]);
      return index < 0 ? "fn" : `${readableName(parent.callee)}(${index})`;
    }
    case "ExportDefaultDeclaration":
      return "default";
    case "AwaitExpression":
    case "ConditionalExpression":
    case "LogicalExpression":
      return nameFromPlace(parent);
    default:
      return "fn";
  }
}

/** Name of an object literal: of the variable it ends in, or of the call it is given to. */
function objectName(object: Node | null): string {
  if (object === null) return "";
  const { parent, child } = climb(object);
  if (parent?.type === "CallExpression" && parent.arguments.includes(child as never)) {
    const outer = climb(parent).parent;
    if (outer?.type === "VariableDeclarator" && outer.id.type === "Identifier") return outer.id.name;
    return readableName(parent.callee);
  }
  const name = nameFromPlace(object);
  return name === "fn" ? "" : name;
}

function memberName(member: Node & { kind?: string; static?: boolean }, key: string): string {
  const owner = member.parent?.parent ?? null;
  const accessor = member.kind === "get" || member.kind === "set" ? `${member.kind} ` : "";
  if (owner === null || (owner.type !== "ClassDeclaration" && owner.type !== "ClassExpression")) return key;
  const className = owner.id?.name ?? nameFromPlace(owner);
  return joined(className, `${member.static ? "static " : ""}${accessor}${key}`);
}

function joined(owner: string, key: string): string {
  return owner === "" ? key : `${owner}.${key}`;
}
