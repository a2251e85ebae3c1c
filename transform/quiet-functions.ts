/**
 * Functions that are written within another one, for the question what comes behind an await (`quiet.ts`).
 *
 * Owns:      the answer, whether such a function shares variables that change.
 * Invariant: F1 one that shares none sees of the function around it only what has its last value where the inner one begins to be
 *            there: parameters, and what was declared in front of it. So it does not matter when it is called. What is not
 *            known counts as shared.
 */
import { type FunctionNode, forEachChild, type Node } from "./ast.ts";
import type { Binding } from "./binding.ts";
import type { Work } from "./work.ts";

/** Does `inner` see variables of `outer`, around it, that may still change, or change them itself? */
export function sharesVariables(work: Work, outer: FunctionNode, inner: FunctionNode): boolean {
  const shares = (node: Node): boolean => {
    if (node.type === "Identifier" && isOpenName(work, outer, inner, node)) return true;
    return childrenOf(node).some(shares);
  };
  return childrenOf(inner).some(shares);
}

/** Names of members and of properties are no variables. */
function childrenOf(node: Node): Node[] {
  const children: Node[] = [];
  forEachChild(node, (child) => {
    const isName =
      (node.type === "MemberExpression" && !node.computed && child === node.property) ||
      (node.type === "Property" && !node.computed && !node.shorthand && child === node.key);
    if (!isName) children.push(child);
  });
  return children;
}

function isOpenName(
  work: Work,
  outer: FunctionNode,
  inner: FunctionNode,
  node: Node & { type: "Identifier"; name: string },
): boolean {
  const binding = work.scopes.resolve(node.name, node);
  if (binding === undefined) return node.name === "arguments" || node.name === "eval";
  if (binding.owner !== outer) return false;
  if (binding.writers.length > 0) return !isOwnOfEachRound(work, binding, inner);
  if (binding.kind === "param" || binding.kind === "function") return false;
  const isDeclared = binding.kind === "const" || binding.kind === "let";
  return !isDeclared || inner.type === "FunctionDeclaration" || declarationOf(binding).end > inner.start;
}

function declarationOf({ node }: Binding): Node {
  let at = node;
  while (at.type !== "VariableDeclarator" && at.parent) at = at.parent;
  return at;
}

/** `i` of `for (let i = 0; i < n; i++)`: each round has one of its own, and `i++` changes the next one's. */
function isOwnOfEachRound(work: Work, binding: Binding, inner: FunctionNode): boolean {
  const declaration = declarationOf(binding).parent;
  const loop = declaration?.parent;
  if (declaration?.type !== "VariableDeclaration" || declaration.kind !== "let") return false;
  if (loop?.type !== "ForStatement" || loop.init !== declaration) return false;
  const isInBody = loop.body.start <= inner.start && inner.end <= loop.body.end;
  return isInBody && inner.type !== "FunctionDeclaration" && !isWritten(work, binding, loop.body);
}

/** Is the variable assigned to in this part of the source? */
function isWritten(work: Work, binding: Binding, part: Node): boolean {
  const isIt = (node: Node): boolean =>
    (node.type === "Identifier" && work.scopes.resolve(node.name, node) === binding) ||
    childrenOf(node).some(isIt);
  const target =
    part.type === "AssignmentExpression" || part.type === "ForInStatement" || part.type === "ForOfStatement"
      ? part.left
      : part.type === "UpdateExpression"
        ? part.argument
        : undefined;
  if (target !== undefined && isIt(target)) return true;
  return childrenOf(part).some((child) => isWritten(work, binding, child));
}
