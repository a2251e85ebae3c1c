/**
 * What an execution and its units see of the pass they belong to: a narrow interface, so that the pump never claims
 * or ends a run and the pass never delivers a record.
 */
import type { Ask } from "./ask.ts";
import type { Redo } from "./blame.ts";
import type { Lease } from "./head-write.ts";
import type { Ports } from "./ports.ts";
import type { CancelRecord } from "./record.ts";
import type { RetryPolicy } from "./retry.ts";
import type { Run } from "./run.ts";
import type { Note } from "./run-metadata.ts";
import type { SpilledValues } from "./spilled-values.ts";
import type { Writer } from "./writer.ts";

/** What others are to see of the run while it goes on. */
export interface Showing {
  /** The run has changed its metadata, or made a note for another run. */
  changed(note?: Note): void;
  /** It has chunks of this stream. */
  streamed(stream: string): void;
  /** What is new is to be shown at once. */
  flush(): void;
}

/** The levels of the author's log lines. */
export type LogLevel = "debug" | "log" | "info" | "warn" | "error";

export interface PassContext {
  readonly ports: Ports;
  /** The head as it was claimed. */
  readonly run: Run;
  readonly lease: Lease;
  readonly writer: Writer;
  /** The task's retry policy, with the run's own `maxAttempts`. */
  readonly retry: RetryPolicy;
  /** When the author's code may reject a record. */
  readonly redo: Redo;
  readonly signal: AbortSignal;
  readonly spilled: SpilledValues;
  /** May a new unit begin: the lease is held and the pass is not about to leave. */
  mayBegin(): boolean;
  /** May the program go on? Not while the run is being given back: it may be another pass's already. */
  mayDeliver(): boolean;
  /** Is the lease still held? Asked before every effect. */
  holds(): boolean;
  /** A unit was not begun because the pass is about to leave. */
  leave(): void;
  /** The pump has nothing to do: is the run finished, quiet, or busy? */
  quiet(): void;
  /** A cancel record was reached; `pending` are the units that it settled. */
  canceled(cancel: { readonly number: number; readonly record: CancelRecord }, pending: readonly Ask[]): void;
  /** Hands a cancel on to a child that was begun at the last moment. */
  cancelChild(runId: string): Promise<void>;
  readonly shown: Showing;
  /** Something of the engine's own failed: the pass stops without an answer. */
  fail(error: unknown): void;
  /** A line of the author's, not repeated on replay. */
  print(level: LogLevel, parts: readonly unknown[]): void;
}
