/**
 * What of Holdfast's own exports an expression means.
 *
 * Owns:      the names under which authors import Holdfast, followed through aliases and namespaces.
 */
import { climb, enclosingFunction, type Node, propertyName, unwrap } from "./ast.ts";
import { rootOf } from "./binding.ts";
import type { Work } from "./work.ts";

/** Modules whose exports are Holdfast's. */
const HOLDFAST_MODULES: ReadonlySet<string> = new Set([
  "holdfast",
  "holdfast/v3",
  "@trigger.dev/sdk",
  "@trigger.dev/sdk/v3",
]);

/** The name under which Holdfast exports what an expression means: `task`, `schedules.task`; undefined if it is not ours. */
export function holdfastName(work: Work, node: Node): string | undefined {
  const root = rootOf(node);
  if (root.type !== "Identifier" || !work.scopes.importNames.has(root.name)) return undefined;
  const plain = unwrap(node);
  if (plain.type === "Identifier") {
    const from = work.scopes.resolve(plain.name, plain)?.from;
    return from !== undefined && HOLDFAST_MODULES.has(from.module) ? from.name : undefined;
  }
  if (plain.type !== "MemberExpression") return undefined;
  const owner = holdfastName(work, plain.object);
  const name = propertyName(plain.property, plain.computed);
  if (owner === undefined || name === undefined) return undefined;
  return owner === "*" ? name : `${owner}.${name}`;
}

/** Functions of ours whose callback runs as one unit, unrecorded inside. */
const UNRECORDED = new Set(["step", "live"]);

/** True if a node stands in a function given to `step` or `live`. */
export function isInStep(work: Work, node: Node): boolean {
  for (let fn = enclosingFunction(node); fn !== null; fn = enclosingFunction(fn)) {
    const { parent } = climb(fn);
    if (parent?.type === "CallExpression" && UNRECORDED.has(holdfastName(work, parent.callee) ?? ""))
      return true;
  }
  return false;
}
