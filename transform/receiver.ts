/**
 * Receivers: what `this` is in a call.
 *
 * Owns:      which receivers can be written twice instead of being kept in a variable.
 */
import { type MemberExpression, type Node, unwrap } from "./ast.ts";

/** The text of a receiver that may be written twice in a row; undefined if it has to be kept in a variable. */
export function receiverText(node: Node): string | undefined {
  const plain = unwrap(node);
  switch (plain.type) {
    case "Identifier":
      return plain.name;
    case "ThisExpression":
    case "Super":
      return "this";
    case "MetaProperty":
      return `${plain.meta.name}.${plain.property.name}`;
    default:
      return undefined;
  }
}

/** The member inside a callee in parentheses: `(a.b)()` and `(a.b as T)()` are called on `a`, as `a.b()` is. */
export function parenthesisedCallee(base: Node): MemberExpression | undefined {
  const plain = unwrap(base);
  return base !== plain && plain.type === "MemberExpression" ? plain : undefined;
}
