/**
 * Promises of a run under test that reject with nobody listening: they are the run's affair, not the test's. And errors of a
 * process that has crashed (a stream that can't open its file any more): nobody's.
 */
import { hearsRejections } from "../sdk/rejections.ts";
import { currentLife } from "./resources.ts";

type Listener = (reason: unknown, promise: Promise<unknown>) => void;

/** Keeps others from hearing of what fails within a run, until the function that it gives is called. */
export function keepFailures(): () => void {
  const rejections = keepRejections();
  const exceptions = keepExceptions();
  return () => {
    exceptions();
    rejections();
  };
}

function keepExceptions(): () => void {
  const others = process.listeners("uncaughtException");
  const heard: NodeJS.UncaughtExceptionListener = (error, origin) => {
    if (currentLife.getStore()?.isOver === true) return;
    // Where nobody else listens it ends the process, as ever; thrown from here it would lose its stack.
    if (others.length === 0) {
      process.off("uncaughtException", heard);
      setImmediate(() => {
        throw error;
      });
    }
    for (const listener of others) listener(error, origin);
  };
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", heard);
  return () => {
    process.off("uncaughtException", heard);
    const later = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    for (const listener of [...others, ...later]) process.on("uncaughtException", listener);
  };
}

function keepRejections(): () => void {
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
