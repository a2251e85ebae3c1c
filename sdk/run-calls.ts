/**
 * Calls that give a run: of a handle its task's types, of an id those that the caller names.
 */
import type { RunHandle } from "./outside.ts";
import type { PollOptions, RunRef } from "./poll.ts";
import type { SubscribeOptions } from "./realtime.ts";
import type { RetrievedRun } from "./run-shape.ts";
import type { RunSubscription } from "./run-with-streams.ts";
import type { AnyTask, TaskOutput, TaskPayload } from "./task-types.ts";

/** What the run gives: of a task, `runs.retrieve<typeof order>(…)`, or the type itself. */
export type OutputOf<T> = T extends AnyTask ? TaskOutput<T> : T;

/** What the run was given: of a task. */
export type PayloadOf<T> = T extends AnyTask ? TaskPayload<T> : unknown;

/** Only what has both: an id alone says nothing of types. */
type Handle<Payload, Output> = RunHandle<string, Payload, Output> & { readonly taskIdentifier: string };

/** `runs.retrieve`. */
export interface RetrieveRun {
  <Payload, Output>(run: Handle<Payload, Output>): Promise<RetrievedRun<Output, Payload>>;
  <T = unknown>(run: RunRef): Promise<RetrievedRun<OutputOf<T>, PayloadOf<T>>>;
}

/** `runs.poll`. */
export interface PollRun {
  <Payload, Output>(
    run: Handle<Payload, Output>,
    options?: PollOptions,
  ): Promise<RetrievedRun<Output, Payload>>;
  <T = unknown>(run: RunRef, options?: PollOptions): Promise<RetrievedRun<OutputOf<T>, PayloadOf<T>>>;
}

/** How to look at one run. */
type SubscribeRunOptions = SubscribeOptions & { readonly stopOnCompletion?: boolean };

/** `runs.subscribeToRun`. */
export interface SubscribeToRun {
  <Payload, Output>(
    run: Handle<Payload, Output>,
    options?: SubscribeRunOptions,
  ): RunSubscription<Output, Payload>;
  <T = unknown>(run: RunRef, options?: SubscribeRunOptions): RunSubscription<OutputOf<T>, PayloadOf<T>>;
}
