/**
 * Waiting for a run's end over HTTP, and what is said inside a run meanwhile.
 */

import { lazyClient } from "./lazy-client.ts";
import { durable } from "./link.ts";
import type { RetrievedRun } from "./run-shape.ts";

/** A run: its id, or what has one, such as the handle that `trigger` gives. */
export type RunRef = string | { readonly id: string };

/** Its id. */
export const runIdOf = (run: RunRef): string => (typeof run === "string" ? run : run.id);

/** The longest that one request is held. */
const pollSeconds = 25;

/** Inside a run: tells of a run that waits for the slot that the looking one holds. */
export const looksAt: (id: string) => Promise<void> = durable("runs.looksAt", [], async () => {});

/** What `runs.poll` takes. */
export interface PollOptions {
  /**
   * The longest that one request is held, in milliseconds, in whole seconds: the answer comes with the run's end, not after it. In a
   * run that waits by itself no request is held: the end wakes it. @default 25_000, which is also the most
   */
  readonly pollIntervalMs?: number;
}

/** Asks again and again until the run has ended. */
export async function pollOutside<Output>(
  run: RunRef,
  { pollIntervalMs = pollSeconds * 1_000 }: PollOptions = {},
): Promise<RetrievedRun<Output>> {
  const client = await lazyClient();
  const id = runIdOf(run);
  const waitSeconds = Math.min(pollSeconds, Math.max(1, Math.ceil(pollIntervalMs / 1_000)));
  for (;;) {
    await looksAt(id);
    const found = await client.retrieveRun<Output>(id, { waitSeconds });
    if (found.isCompleted) return found;
  }
}
