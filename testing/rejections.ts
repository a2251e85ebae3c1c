/**
 * Promises of a run under test that reject with nobody listening: they are the run's affair, not the test's.
 */
import { hearsRejections } from "../sdk/rejections.ts";
import { currentLife } from "./resources.ts";

type Listener = (reason: unknown, promise: Promise<unknown>) => void;

/** Keeps others from hearing of rejections within a run, until the function that it gives is called. */
export function keepRejections(): () => void {
  const others = process.listeners("unhandledRejection") as Listener[];
  const heard: Listener = (reason, promise) => {
    const isRuns = currentLife.getStore() !== undefined;
    for (const listener of others) if (!isRuns || hearsRejections(listener)) listener(reason, promise);
  };
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", heard);
  return () => {
    process.off("unhandledRejection", heard);
    const later = process.listeners("unhandledRejection") as Listener[];
    process.removeAllListeners("unhandledRejection");
    for (const listener of [...others, ...later]) process.on("unhandledRejection", listener);
  };
}
