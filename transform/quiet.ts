/**
 * Which awaits have nothing behind them that anybody could see, up to the next await or the end of the function: the engine may
 * deliver what is awaited before it is durable (decision 0060).
 *
 * Owns:      the answer, for each wrapped call that is awaited on the spot or returned.
 * Invariant: Q1 behind such an await stand only literals, names, operators, members of plain data and assignments to the function's
 *            own variables, on each way through it: a loop that the await stands in counts as a whole. Q2 functions that are
 *            written in such a function see only variables that do not change any more (`quiet-functions.ts`). Whatever is not known counts as seen.
 */
import { climb, enclosingFunction, type FunctionNode, isFunction, type Node } from "./ast.ts";
import { endsInCall, type Group } from "./chain.ts";
import { hasThenable, isPlainData } from "./plain-data.ts";
import { type Part, partsOf } from "./quiet-parts.ts";
import type { Work } from "./work.ts";

/** The flag of a site: `q` nothing can be seen; `p` if what the function is given is plain data; none: it can. */
export function quietFlag(work: Work, group: Group): "q" | "p" | "" {
  const { chain } = group;
  const isWhole = !chain.lowered && endsInCall(chain) && chain.groups.at(-1) === group;
  const { parent, child } = climb(chain.top);
  if (!isWhole || parent === null) return "";
  const fn = enclosingFunction(parent.type === "AwaitExpression" ? parent : child);
  if (fn === null || fn.generator) return "";
  if (parent.type === "AwaitExpression") return behindAwait(work, parent, fn);
  const isReturned = parent.type === "ReturnStatement" || (isFunction(parent) && parent.body === child);
  return isReturned && !isTried(parent) ? "q" : "";
}

/** Is there a `try` around it, in its function? */
function isTried(node: Node): boolean {
  for (let at: Node | null = node; at !== null && !isFunction(at); at = at.parent ?? null)
    if (at.type === "TryStatement") return true;
  return false;
}

function behindAwait(work: Work, anchor: Node, fn: FunctionNode): "q" | "p" | "" {
  const parts = partsOf(work, fn);
  if (parts === undefined) return "";
  const loops = parts.loops.filter((loop) => isIn(loop, anchor));
  const comesBehind = ({ at }: Pick<Part, "at">): boolean =>
    at.end > anchor.end ||
    (at.end === anchor.end && at.start < anchor.start) ||
    loops.some((loop) => isIn(loop, at));
  // A loop that never ends would keep the record from being written for ever.
  const isBehind = parts.loops.some((loop) => !loops.includes(loop) && comesBehind({ at: loop }));
  const behind = parts.all.filter(comesBehind);
  if (isBehind || behind.some(({ kind }) => kind === "seen")) return "";
  for (const [flag, hasPayload] of [
    ["q", false],
    ["p", true],
  ] as const) {
    const given = { work, fn, anchor, hasPayload };
    const isFine = ({ kind, node }: Part): boolean =>
      kind === "returned" ? !hasThenable(given, node) : isPlainData(given, node);
    if (behind.every(isFine)) return flag;
  }
  return "";
}

const isIn = (outer: Node, inner: Node): boolean => outer.start <= inner.start && inner.end <= outer.end;
