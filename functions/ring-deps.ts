/**
 * What answering a ring takes, and what can become of it.
 */
import type { Queues } from "../engine/head-write.ts";
import type { Run } from "../engine/run.ts";
import type { HandOff } from "./aws/hand-off.ts";
import type { LargerMachines } from "./larger-machines.ts";
import type { LongRunning } from "./long-running.ts";
import type { PassDeps } from "./pass-until.ts";
import type { UnseenClaims } from "./unseen-claim.ts";

/** What answering a ring takes. */
export interface RingDeps extends PassDeps, UnseenClaims {
  readonly handOff: HandOff;
  /** Undefined where no task's passes are elsewhere, and in such a pass itself. */
  readonly longRunning?: LongRunning | undefined;
  /** Undefined where every run has the memory that it asks for. */
  readonly larger?: LargerMachines | undefined;
  /** The queues of this code's tasks. */
  readonly queues?: Queues;
  /** The version of the secrets that a run is pinned to by its first claim. */
  readonly secretVersion?: () => Promise<string | undefined>;
  /** The hash of the code in this function. */
  readonly codeVersion: string;
  /** The published version that this function is. */
  readonly version: string;
}

/** What became of a ring. */
export type Answer =
  | "nothing"
  | "busy"
  | "parked"
  | "early"
  | "handed over"
  | "started"
  | "crashed"
  | "code is gone"
  | "worked on"
  | "cut off";

/** Are the passes of this task elsewhere? */
export const isLong = (
  deps: RingDeps,
  { task }: Run,
): deps is RingDeps & { readonly longRunning: LongRunning } => deps.longRunning?.tasks.has(task) === true;

/** Most projects have none. */
export const longPasses = () => import("./long-running.ts");
