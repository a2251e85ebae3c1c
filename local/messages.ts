/**
 * What the supervisor and a runner say to each other over the child process's channel.
 *
 * Owns:      the message types, and how they are sent.
 * Invariant: any message may be lost, late or doubled, and only latency suffers: the store decides what happens.
 */
import type { MachineName } from "../engine/machines.ts";
import type { PassFigures } from "../functions/figures.ts";
import type { TraceSettings } from "../functions/traces/settings.ts";

/** Said by the supervisor. */
export type ToRunner =
  /** Who the runner is; the first message. */
  | { readonly kind: "start"; readonly start: RunnerStart }
  /** Look at this run; answered by `taken`. */
  | { readonly kind: "ring"; readonly runId: string }
  /** New runs are on this code from now on: it may be loaded ahead of the first ring. */
  | { readonly kind: "code"; readonly codeVersion: string }
  /** Are you there? Answered by `pong`. */
  | { readonly kind: "ping" }
  /** Begin nothing new, end your passes, then end yourself. */
  | { readonly kind: "stop" };

/** Said by a runner. */
export type ToSupervisor =
  /** The lock is held and the store is open: rings are welcome. */
  | { readonly kind: "ready" }
  /** A ring has arrived: a pass begins, or one that is at work looks at its inbox. */
  | { readonly kind: "taken"; readonly runId: string }
  /** A pass only sleeps, or no longer does: it takes no room from others meanwhile. */
  | { readonly kind: "rests"; readonly runId: string; readonly isResting: boolean }
  /** What a pass did, for the metrics. */
  | { readonly kind: "passed"; readonly figures: PassFigures }
  /** A pass is over. */
  | { readonly kind: "ended"; readonly runId: string; readonly outcome: Outcome }
  /** A run has to be on this machine, or on the usual one: this runner has let it be. */
  | { readonly kind: "elsewhere"; readonly runId: string; readonly machine: MachineName | undefined }
  /** A run has ended: whoever waits for it can be answered. */
  | { readonly kind: "finished"; readonly runId: string }
  /** Tell whoever can that this run wants attention. */
  | { readonly kind: "ring"; readonly runId: string }
  /** A run wants attention at this time. */
  | { readonly kind: "wake"; readonly at: number }
  | { readonly kind: "pong" };

/** How a pass ended: the host's answers, `alone` for a run that may only be worked on by itself, `elsewhere` for another machine's. */
export type Outcome =
  | "busy"
  | "unknown"
  | "finished"
  | "suspended"
  | "yielded"
  | "superseded"
  | "otherVersion"
  | "alone"
  | "elsewhere"
  | "failed";

/** What a runner has to know from its first moment. */
export interface RunnerStart {
  /** The incarnation that holds the leases. */
  readonly owner: string;
  readonly dataFolder: string;
  readonly codeVersion: string;
  /** Works on one run at a time, so that nobody else suffers if that run kills its process. */
  readonly solo: boolean;
  /** The machine that it is; undefined: the usual one. */
  readonly machine: MachineName | undefined;
  /** Where it sends traces. */
  readonly traces: TraceSettings | undefined;
}

/** The half of a child process's channel that sends: a `ChildProcess`, or `process` in the child. */
export interface Sender {
  readonly connected: boolean;
  send?(message: unknown, callback: (error: Error | null) => void): boolean;
}

/**
 * A way to send messages of type `M`: those of one turn of the event loop go together, as an array. What cannot
 * be sent is dropped: the other side is gone, or going.
 */
export function poster<M>(sender: Sender): (message: M) => void {
  let waiting: M[] = [];
  const flush = (): void => {
    const messages = waiting;
    waiting = [];
    if (sender.connected) sender.send?.(messages, () => {});
  };
  return (message) => {
    if (waiting.length === 0) setImmediate(flush);
    waiting.push(message);
  };
}
