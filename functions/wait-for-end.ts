/**
 * Holds a request until its run has ended: by the waiter's word, else by looking again.
 *
 * Invariant: a word that gets lost costs a second, not the whole wait.
 */
import type { Clock } from "../engine/ports.ts";
import { isFinished, type Run } from "../engine/run.ts";
import type { HttpDeps } from "./deps.ts";

const firstLookMs = 50;
const longestPauseMs = 1_000;

/** Resolves after `ms`, or as soon as `signal` aborts. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      takeBack();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const takeBack = clock.after(ms, done);
    signal.addEventListener("abort", done);
  });
}

/** The run when it has ended, or as it is after `waitMs` or when the caller has gone: `gone` is asked for only if there is a wait. */
export async function waitForEnd(
  { ports, waiter }: Pick<HttpDeps, "ports" | "waiter">,
  run: Run,
  waitMs: number,
  gone: () => AbortSignal,
): Promise<Run> {
  const until = ports.clock.now() + waitMs;
  let latest = run;
  if (waitMs <= 0 || isFinished(run.status)) return run;
  const signal = gone();
  for (let pauseMs = firstLookMs; !isFinished(latest.status) && !signal.aborted; ) {
    const left = until - ports.clock.now();
    if (left <= 0) break;
    // Without a waiter, pauses grow: long waits are many, and each look is a read of the store.
    if (waiter === undefined) await pause(ports.clock, Math.min(pauseMs, left), signal);
    else await waiter.ended(run.id, Math.min(longestPauseMs, left), signal);
    pauseMs = Math.min(pauseMs * 1.5, longestPauseMs);
    latest = (await ports.store.read(run.id)) ?? latest;
  }
  return latest;
}
