/** The statuses of runs: which there are, and how each is shown beside its name. */
import type { RunStatus } from "../engine/run.ts";

/** The colour of a status; its name stands beside it always. */
export type Tone = "quiet" | "busy" | "waiting" | "good" | "bad";

const tones: Readonly<Record<RunStatus, Tone>> = {
  PENDING_VERSION: "quiet",
  DELAYED: "waiting",
  QUEUED: "quiet",
  DEQUEUED: "busy",
  EXECUTING: "busy",
  WAITING: "waiting",
  COMPLETED: "good",
  CANCELED: "quiet",
  FAILED: "bad",
  CRASHED: "bad",
  SYSTEM_FAILURE: "bad",
  EXPIRED: "bad",
  TIMED_OUT: "bad",
};

/** All of them, in the order of a run's life. */
export const allStatuses = Object.keys(tones) as RunStatus[];

/** The tone of a status; of one that this page does not know yet, a quiet one. */
export const toneOf = (status: string): Tone =>
  Object.hasOwn(tones, status) ? tones[status as RunStatus] : "quiet";

/** Those that leave a dead letter, which can be resumed. */
export const deadLetters: readonly RunStatus[] = ["FAILED", "CRASHED", "SYSTEM_FAILURE", "TIMED_OUT"];

/** Those of runs that have not ended. */
export const openStatuses: readonly RunStatus[] = [
  "PENDING_VERSION",
  "DELAYED",
  "QUEUED",
  "DEQUEUED",
  "EXECUTING",
  "WAITING",
];

export const isDeadLetter = (status: string): boolean => deadLetters.some((each) => each === status);
