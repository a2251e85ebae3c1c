/**
 * Answers those who wait for a run to end, as soon as it has.
 *
 * Owns:      the list of who waits for which run.
 * Invariant: who waits is answered within `lookAgainMs` even if nobody told of the end: it then looks for itself.
 */
import type { Clock } from "../engine/ports.ts";

/** How often a run is looked at again while nothing is heard of it. */
const lookAgainMs = 1_000;

/** Who waits for the end of runs. */
export interface Endings {
  /** Resolves when the run may have ended, or after `ms`, or when `signal` aborts. */
  ended(runId: string, ms: number, signal: AbortSignal): Promise<void>;
  /** The run has ended, as far as is known. */
  tell(runId: string): void;
}

/** A list of those who wait. */
export function endings(clock: Clock): Endings {
  const waiting = new Map<string, Set<() => void>>();

  function ended(runId: string, ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const all = waiting.get(runId) ?? new Set();
      waiting.set(runId, all);
      const done = (): void => {
        cancel();
        signal.removeEventListener("abort", done);
        all.delete(done);
        if (all.size === 0 && waiting.get(runId) === all) waiting.delete(runId);
        resolve();
      };
      const cancel = clock.after(Math.min(ms, lookAgainMs), done);
      all.add(done);
      signal.addEventListener("abort", done);
      if (signal.aborted) done();
    });
  }
  function tell(runId: string): void {
    for (const done of [...(waiting.get(runId) ?? [])]) done();
  }
  return { ended, tell };
}
