/**
 * What an expression is in the source: an object or a text that can be read without running anything.
 */
import { type Node, type ObjectExpression, propertyName, stringValue, unwrap } from "./ast.ts";
import type { Work } from "./work.ts";

/** The object literal that an expression is, directly or by a constant of the module. */
export function objectOf(work: Work, node: Node): ObjectExpression | undefined {
  const plain = unwrap(node);
  if (plain.type === "ObjectExpression") return plain;
  const value = constantValue(work, plain);
  return value?.type === "ObjectExpression" ? value : undefined;
}

/** The text that an expression is, directly or by a constant of the module. */
export function textOf(work: Work, node: Node): string | undefined {
  const plain = unwrap(node);
  return stringValue(plain) ?? stringValue(constantValue(work, plain) ?? plain);
}

/** What the name of a constant stands for. */
export function constantValue(work: Work, node: Node): Node | undefined {
  if (node.type !== "Identifier") return undefined;
  const binding = work.scopes.resolve(node.name, node);
  if (binding?.kind !== "const" || binding.values.length !== 1) return undefined;
  const value = binding.values[0];
  return value === undefined || value.index !== undefined ? undefined : unwrap(value.expression);
}

/** A property of an object literal. */
export function property(options: ObjectExpression, name: string): { node: Node; value: Node } | undefined {
  for (const item of options.properties) {
    if (item.type === "Property" && propertyName(item.key, item.computed) === name)
      return { node: item, value: item.value };
  }
  return undefined;
}
