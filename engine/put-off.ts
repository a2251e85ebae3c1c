/**
 * The writes that put the start of a delayed run to another time.
 */
import type { HeadWrite } from "./head-write.ts";
import { type Run, statusesBefore } from "./run.ts";

/** Puts the start of a run that has not begun yet to another time. */
export function reschedule(now: number, at: number): HeadWrite {
  return {
    event: "rescheduled",
    when: { status: statusesBefore("rescheduled"), leaseFreeAt: now },
    set: { delayedUntil: at, wakeAt: at, updatedAt: now },
  };
}

/** What a later trigger of a debounced run brings with it. */
export type Brought = Partial<
  Pick<Run, "payload" | "payloadHash" | "metadata" | "tags" | "maxAttempts" | "maxDurationMs" | "machine">
>;

/** Puts the start of a run that is due by `at` off until then. */
export function putStartOff(now: number, at: number, brought: Brought): HeadWrite {
  const { event, when, set } = reschedule(now, at);
  return { event, when: { ...when, dueBy: at }, set: { ...brought, ...set } };
}
