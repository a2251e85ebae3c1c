/**
 * One declared name: what it was given and who writes to it.
 *
 * Owns:      the record of a binding, and the question whether its value can change under a reader's hands.
 */
import { enclosingFunction, type FunctionNode, type Node, unwrap } from "./ast.ts";

/** A value that a binding is given somewhere: the expression, and the place in it if taken from an array pattern. */
export interface GivenValue {
  readonly expression: Node;
  readonly index?: number;
}

/** One declared name. */
export interface Binding {
  readonly name: string;
  readonly kind: "import" | "param" | "var" | "let" | "const" | "function" | "class" | "catch" | "other";
  /** The function it is declared in; null at module level. */
  readonly owner: FunctionNode | null;
  /** The declaring node: the identifier, or the function or class. */
  readonly node: Node;
  /** For imports: the module and the name there (`*` for the namespace). */
  readonly from?: { readonly module: string; readonly name: string };
  /** For parameters: their place. */
  readonly index?: number;
  readonly values: GivenValue[];
  /** Functions that assign to it after its declaration. */
  readonly writers: (FunctionNode | null)[];
  /** Functions that assign to a member of it. */
  readonly memberWriters: (FunctionNode | null)[];
}

/** A region of the source with its declarations. */
export interface Scope {
  readonly parent: Scope | null;
  readonly owner: FunctionNode | null;
  readonly holdsVar: boolean;
  /** Made with the first declaration: most blocks have none. */
  names: Map<string, Binding> | undefined;
}

/** The expression at the bottom of a chain of members: `a` of `a.b.c`. */
export function rootOf(node: Node): Node {
  let current = unwrap(node);
  while (current.type === "MemberExpression") current = unwrap(current.object);
  return current;
}

/** True if nothing that runs during a call made by `reader` can change what the identifier means there. */
export function isSettled(binding: Binding, reader: Node): boolean {
  if (binding.writers.length === 0) return true;
  if (binding.kind === "import") return false;
  const here = enclosingFunction(reader);
  return binding.writers.every((writer) => writer === binding.owner && writer === here && writer !== null);
}

/** The scope that a `var` here belongs to. */
export function varScope(scope: Scope): Scope {
  let at = scope;
  while (!at.holdsVar && at.parent !== null) at = at.parent;
  return at;
}

/** The kind of binding that a variable declaration makes. */
export function declarationKind(kind: string): Binding["kind"] {
  return kind === "var" || kind === "let" ? kind : "const";
}

/** Adds a declaration to a scope; a repeated `var` counts as an assignment. */
export function declare(
  scope: Scope,
  name: string,
  kind: Binding["kind"],
  node: Node,
  more: { value?: GivenValue; index?: number; from?: { module: string; name: string } } = {},
): void {
  const { value, index, from } = more;
  scope.names ??= new Map();
  const known = scope.names.get(name);
  if (known !== undefined && kind === "var") {
    if (value !== undefined) known.values.push(value);
    known.writers.push(scope.owner);
    return;
  }
  scope.names.set(name, {
    name,
    kind,
    node,
    owner: scope.owner,
    ...(from && { from }),
    ...(index === undefined ? {} : { index }),
    values: value === undefined ? [] : [value],
    writers: [],
    memberWriters: [],
  });
}
