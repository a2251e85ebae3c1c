/**
 * Columns of a run that a subscription leaves out: Trigger.dev's names for them.
 */
import { HoldfastError } from "../engine/errors.ts";
import type { RetrievedRun } from "./run-shape.ts";

/** Which field of a run each stands for; none: a run has no such field here. */
const fields = {
  startedAt: "startedAt",
  delayUntil: "delayedUntil",
  queuedAt: undefined,
  expiredAt: "expiredAt",
  completedAt: "finishedAt",
  number: undefined,
  isTest: "isTest",
  usageDurationMs: "durationMs",
  costInCents: "costInCents",
  baseCostInCents: "baseCostInCents",
  ttl: "ttl",
  payload: "payload",
  payloadType: undefined,
  metadata: "metadata",
  output: "output",
  runTags: "tags",
  error: "error",
} as const;

/** A column that can be left out. */
export type SkipColumn = keyof typeof fields;

/** Makes of a run the same without the columns. @throws HoldfastError HF510 for one that there is not */
export function withoutColumns<Run extends RetrievedRun<unknown, unknown>>(
  columns: readonly SkipColumn[] = [],
): (run: Run) => Run {
  const unknown = columns.find((column) => !Object.hasOwn(fields, column));
  if (unknown !== undefined)
    throw new HoldfastError(
      "HF510",
      `There is no column "${unknown}" to skip.`,
      `There are ${Object.keys(fields).join(", ")}.`,
    );
  const left = new Set<string | undefined>(columns.map((column) => fields[column]));
  if (left.size === 0) return (run) => run;
  return (run) => Object.fromEntries(Object.entries(run).filter(([name]) => !left.has(name))) as Run;
}
