/**
 * Receivers: what `this` is in a call.
 *
 * Owns:      which receivers can be written twice instead of being kept in a variable.
 */
import { type MemberExpression, type Node, unwrap } from "./ast.ts";
import type { Scopes } from "./scope.ts";

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

/** A receiver that means the same object after the author's code has run in between. */
export function stableReceiver(scopes: Scopes, base: Node): string | undefined {
  const text = receiverText(base);
  const plain = unwrap(base);
  if (plain.type !== "Identifier") return text;
  const binding = scopes.resolve(plain.name, plain);
  return binding !== undefined && binding.writers.length === 0 && binding.kind !== "import"
    ? text
    : undefined;
}
