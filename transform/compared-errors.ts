/**
 * A caught error that is compared with an object of a package's: what an awaited call fails with is a copy of it.
 *
 * Owns:      how such a comparison is recognised, and the warning HF141.
 */
import { forEachChild, isFunction, type Node, unwrap } from "./ast.ts";
import { rootOf } from "./binding.ts";
import { isInStep } from "./ours.ts";
import { isPlain, type Place, report, type Work } from "./work.ts";

const EQUAL = new Set(["===", "!==", "==", "!="]);

/** Looks at any node: `error === lib.E_TIMEOUT` in a `catch`. */
export function warnAboutComparedError(work: Work, node: Node, place: Place): void {
  if (node.type !== "BinaryExpression" || !EQUAL.has(node.operator) || isPlain(place)) return;
  const { left, right } = node;
  const isCompared =
    (isCaught(work, left) && isOfPackage(work, right)) || (isCaught(work, right) && isOfPackage(work, left));
  if (!isCompared || isInStep(work, node)) return;
  report(
    work,
    "HF141",
    node,
    "What an awaited call fails with is read from the journal, in the first pass, too: it is a copy, and never this object.",
    "Compare what it says (`error.name`, `error.code`, `error.message`), or ask with `instanceof`.",
  );
}

/** Is it what a `catch` has caught behind a `try` that awaits something? */
function isCaught(work: Work, node: Node): boolean {
  const value = unwrap(node);
  if (value.type !== "Identifier") return false;
  const binding = work.scopes.resolve(value.name, value);
  if (binding?.kind !== "catch") return false;
  let at: Node | null | undefined = binding.node;
  while (at && at.type !== "TryStatement") at = at.parent;
  return at?.type === "TryStatement" && awaits(at.block);
}

function awaits(node: Node): boolean {
  if (node.type === "AwaitExpression" || (node.type === "ForOfStatement" && node.await)) return true;
  if (isFunction(node)) return false;
  let found = false;
  forEachChild(node, (child) => {
    found ||= awaits(child);
  });
  return found;
}

/** Is it, or does it lie in, what a package exports? Errors of one's own files may be thrown without a call of a package's. */
function isOfPackage(work: Work, node: Node): boolean {
  const root = rootOf(node);
  if (root.type !== "Identifier") return false;
  const module = work.scopes.resolve(root.name, root)?.from?.module;
  return module !== undefined && !/^[./]/.test(module);
}
