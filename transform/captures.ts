/**
 * What a function has to do with the variables around it: what a callback does in memory belongs to the run, and has to
 * happen again on replay.
 *
 * Owns:      the flags `c` (mentions such a variable) and `w` (changes one) in a function's marker.
 * Never:     counts what belongs to the module, or the `resolve` and `reject` of a promise that is being made.
 */
import {
  calleeMember,
  type FunctionNode,
  forEachChild,
  isFunction,
  type Node,
  propertyName,
  unwrap,
} from "./ast.ts";
import { rootOf } from "./binding.ts";
import type { Work } from "./work.ts";

/** Methods that change the list, map, set or buffer they are called on. */
const changing = new Set(
  "push unshift splice pop shift sort reverse fill set add delete clear append write".split(" "),
);

/** Does a method of this name change what it is called on? */
export const isChanging = (name: string): boolean => changing.has(name);

/** The flags of a plain function. */
export function captureFlags(work: Work, fn: FunctionNode): string {
  let mentions = false;
  let writes = false;
  const isOutside = (node: Node): boolean => node.type === "Identifier" && isCaptured(work, node, fn);
  const isOutsideRoot = (node: Node): boolean => {
    const root = rootOf(node);
    return isOutside(root) || (root.type === "ThisExpression" && fn.type === "ArrowFunctionExpression");
  };
  const look = (node: Node): void => {
    if (isOutside(node) || (node.type === "ThisExpression" && fn.type === "ArrowFunctionExpression"))
      mentions = true;
    const target = targetOf(node);
    if (target !== undefined && isOutsideRoot(target)) writes = true;
    forEachChild(node, look);
  };
  forEachChild(fn, look);
  return `${mentions ? "c" : ""}${writes ? "w" : ""}`;
}

/** What the node changes: the target of an assignment, or the receiver of a changing method. */
function targetOf(node: Node): Node | undefined {
  if (node.type === "AssignmentExpression") return unwrap(node.left);
  if (node.type === "UpdateExpression") return unwrap(node.argument);
  if (node.type !== "CallExpression") return undefined;
  const member = calleeMember(node);
  if (member === undefined) return undefined;
  const name = propertyName(member.property, member.computed);
  return name !== undefined && changing.has(name) ? unwrap(member.object) : undefined;
}

function isCaptured(
  work: Work,
  node: Node & { type: "Identifier"; name: string },
  fn: FunctionNode,
): boolean {
  const binding = work.scopes.resolve(node.name, node);
  const owner = binding?.owner ?? null;
  if (owner === null || (owner.start >= fn.start && owner.end <= fn.end)) return false;
  return !(binding?.kind === "param" && isExecutor(owner));
}

/** The function that `new Promise` is given. */
export function isExecutor(fn: Node): boolean {
  const around = fn.parent;
  if (!isFunction(fn) || around?.type !== "NewExpression") return false;
  const callee = unwrap(around.callee);
  return callee.type === "Identifier" && callee.name === "Promise";
}
