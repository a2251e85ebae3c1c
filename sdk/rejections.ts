/**
 * Promises that reject with nobody listening: they fail their run, never the process.
 *
 * Owns:      the process's two events for them.
 */
import { currentRun } from "../engine/current-run.ts";
import type { Floating } from "../engine/floating.ts";

let isWatching = false;

/** Whose they are: Node tells of a late listener without the run's context. */
const owners = new WeakMap<Promise<unknown>, Floating>();

function floats(reason: unknown, promise: Promise<unknown>): void {
  const floating = currentRun.getStore()?.execution.floating;
  if (floating === undefined) return;
  floating.add(promise, reason);
  owners.set(promise, floating);
}

/** Is this the listener that hears of them all? */
export const hearsRejections = (listener: unknown): boolean => listener === floats;

/**
 * Takes away all others who listen. Lambda's runtime is one: it ends the process, and with it a run whose author forgot
 * to await something.
 */
export function watchRejectionsAlone(): void {
  watchRejections();
  for (const listener of process.listeners("unhandledRejection")) {
    if (listener !== floats) process.off("unhandledRejection", listener);
  }
}

/** Listens, once per copy of the engine. A rejection outside any run ends the process, as without Holdfast. */
export function watchRejections(): void {
  if (isWatching) return;
  isWatching = true;
  process.on("unhandledRejection", floats);
  process.on("rejectionHandled", (promise: Promise<unknown>) => {
    owners.get(promise)?.remove(promise);
  });
}
