/**
 * Waiting for a run's end over HTTP, and what is said inside a run meanwhile.
 */
import { durable } from "./link.ts";
import { configuredClient } from "./outside.ts";
import type { RetrievedRun } from "./run-shape.ts";

/** A run: its id, or what has one, such as the handle that `trigger` gives. */
export type RunRef = string | { readonly id: string };

/** Its id. */
export const runIdOf = (run: RunRef): string => (typeof run === "string" ? run : run.id);

/** The longest that one request is held. */
const pollSeconds = 25;

/** Inside a run: tells of a run that waits for the slot that the looking one holds. */
export const looksAt: (id: string) => Promise<void> = durable("runs.looksAt", [], async () => {});

/** Asks again and again until the run has ended. */
export async function pollOutside<Output>(run: RunRef): Promise<RetrievedRun<Output>> {
  const client = configuredClient();
  const id = runIdOf(run);
  for (;;) {
    await looksAt(id);
    const found = await client.retrieveRun<Output>(id, { waitSeconds: pollSeconds });
    if (found.isCompleted) return found;
  }
}
