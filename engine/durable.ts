/**
 * The SDK's own functions inside a run: they get the frame and site of the call, and make their own asks. `sdk/link.ts`
 * marks them.
 */
import { currentRun } from "./current-run.ts";
import type { Frame, Site } from "./frame.ts";

const mark = Symbol.for("holdfast.durable");

/** What a durable function does in a frame. */
export type InFrame = (frame: Frame, site: Site, args: readonly unknown[]) => unknown;

type Marked = { [mark]?: InFrame };

export const durableOf = (fn: unknown): InFrame | undefined => (fn as Marked)[mark];

/** The root frame of the current run, for code that the transform has not seen; undefined outside a run. */
export function frameHere(): Frame | undefined {
  const here = currentRun.getStore();
  return here === undefined || here.execution.stopped ? undefined : here.execution.root;
}
