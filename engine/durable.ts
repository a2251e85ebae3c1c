/**
 * The SDK's own functions inside a run: they get the frame and site of the call, and make their own asks.
 *
 * Owns:      the mark that tells them from any other function.
 */
import { currentRun } from "./current-run.ts";
import type { Frame, Site } from "./frame.ts";

const mark = Symbol.for("holdfast.durable");

/** What a durable function does in a frame. */
export type InFrame = (frame: Frame, site: Site, args: readonly unknown[]) => unknown;

type Marked = { [mark]?: InFrame };

/** Marks `fn`: transformed code calls `inFrame` instead. */
export function durable<F extends object>(fn: F, inFrame: InFrame): F {
  Object.defineProperty(fn, mark, { value: inFrame });
  return fn;
}

export const durableOf = (fn: unknown): InFrame | undefined => (fn as Marked)[mark];

/** The root frame of the current run, for code that the transform has not seen; undefined outside a run. */
export function frameHere(): Frame | undefined {
  const here = currentRun.getStore();
  return here === undefined || here.execution.stopped ? undefined : here.execution.root;
}
