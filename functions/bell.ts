/**
 * When whom to ring, in AWS: at once, or by SQS's own delay if that reaches far enough; the timer does the rest.
 *
 * Owns:      the line between the two: whoever puts a run away rings for it if it is due within the delay.
 * Invariant: a ring is worth nothing: whatever is not rung is found by the timer.
 */
import type { Doorbell } from "../engine/ports.ts";
import type { Run } from "../engine/run.ts";

/** The longest delay of a message in SQS. */
export const longestDelayMs = 900_000;

/** A doorbell that can be told when, and that says when everything is on its way. */
export interface DelayedDoorbell extends Doorbell {
  /** Rings when this time has come, not before. */
  ringAt(runId: string, at: number): void;
  /** Resolves when all that was rung is sent, or lost. Never rejects. */
  flush(): Promise<void>;
}

/** Was this run, put away until `wakeAt`, rung for by whoever put it away? */
export function isRungAhead({ updatedAt, wakeAt }: Run): boolean {
  return wakeAt !== undefined && wakeAt - updatedAt <= longestDelayMs;
}

/** Rings for a run at once, or at a time that is near enough. */
export function ringFor(bell: DelayedDoorbell, runId: string, at: number | undefined): void {
  if (at === undefined) bell.ring(runId);
  else bell.ringAt(runId, at);
}

/** Rings for a run that was put away, if its time is near enough. */
export function ringAhead(bell: DelayedDoorbell, run: Run): void {
  const waits = run.status === "WAITING" || run.status === "DELAYED";
  if (waits && run.owner === undefined && run.wakeAt !== undefined && isRungAhead(run)) {
    bell.ringAt(run.id, run.wakeAt);
  }
}
