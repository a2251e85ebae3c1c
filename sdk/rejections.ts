/**
 * Promises that reject with nobody listening: they fail their run, never the process.
 *
 * Owns:      the process's two events for them.
 */
import { currentRun } from "../engine/current-run.ts";

let isWatching = false;

/** Listens, once per copy of the engine. A rejection outside any run ends the process, as without Holdfast. */
export function watchRejections(): void {
  if (isWatching) return;
  isWatching = true;
  process.on("unhandledRejection", (reason: unknown, promise: Promise<unknown>) => {
    currentRun.getStore()?.execution.floating.add(promise, reason);
  });
  process.on("rejectionHandled", (promise: Promise<unknown>) => {
    currentRun.getStore()?.execution.floating.remove(promise);
  });
}
