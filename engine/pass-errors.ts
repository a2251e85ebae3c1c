/**
 * The errors with which a pass itself ends a run.
 */
import { HoldfastError } from "./errors.ts";
import type { Execution } from "./execution.ts";
import type { Place } from "./record.ts";
import type { Run } from "./run.ts";

/** Nothing is running and nothing waits, and yet `run` has not settled: its await can never settle. */
export function neverSettles(run: Run): HoldfastError {
  const what = `Run ${run.id} awaits a promise that nothing in it can settle.`;
  return new HoldfastError("HF310", what, "Look for a promise that is never resolved.");
}

/** `run` has rejected, and calls that nobody waits for any more have gone on for too long. */
export function leftGoing({ asked }: Execution, error: unknown): string {
  const going = [...asked.values()].filter(({ isCounted }) => isCounted);
  const places = going.map(({ options: { place } }) => `${place.name} at ${place.at}`).join(", ");
  return `HF332 run has failed (${String(error)}) and is not kept open any longer by ${places || "what it has begun"}`;
}

/**
 * A run with a `ttl` whose first pass comes too late is not started at all: the error, or undefined. What counts is when
 * the first pass came, not which one asks: the first may have died before it could say so.
 */
export function startedLate(run: Run, now: number, taskTtlMs?: number): HoldfastError | undefined {
  const { ttlMs = taskTtlMs, delayedUntil, createdAt, startedAt = now, resumes } = run;
  if (ttlMs === undefined || resumes > 0 || startedAt <= (delayedUntil ?? createdAt) + ttlMs)
    return undefined;
  const what = `Run ${run.id} was not started within its ttl of ${ttlMs} ms.`;
  return new HoldfastError("HF317", what, "Trigger it again, or give it a longer ttl.");
}

/** The code that the run is on does not define its task. */
export function taskMissing(run: Run): HoldfastError {
  const what = `Task "${run.task}" is not in code version ${run.codeVersion}.`;
  return new HoldfastError("HF311", what, "Bring the task back, then resume the run on the newest code.");
}

/** On other code a record is reused only for the same inputs. */
export function otherInputs(
  { name, at }: Place,
  { key, place }: { readonly key: string; readonly place?: Place },
): HoldfastError {
  const before = place === undefined || place.at === at ? "" : ` (then at ${place.at})`;
  const what = `${name} at ${at} was recorded${before} with other inputs than the new code gives it: checkpoint ${key}.`;
  const fix =
    "Resume with --redo and the checkpoint to make it again, or with --keep to use what is recorded.";
  return new HoldfastError("HF315", what, fix);
}
