/**
 * The writes that put a run to work on other code, or once more.
 */
import type { HeadWrite } from "./head-write.ts";
import { type Decided, type Run, statusesBefore } from "./run.ts";

/** Puts a finished run back to work, on `codeVersion`. */
export function resume(
  run: Run,
  now: number,
  codeVersion: string,
  decided?: Decided,
  hasEndHooks = run.hasEndHooks,
): HeadWrite {
  return {
    event: "resumed",
    when: { status: statusesBefore("resumed"), epoch: run.epoch },
    set: {
      codeVersion,
      resumes: run.resumes + 1,
      resumedFrom: run.codeVersion,
      hasEndHooks,
      verdict: undefined,
      decided,
      wakeAt: now,
      updatedAt: now,
      finishedAt: undefined,
      error: undefined,
      attempts: 0,
      deaths: 0,
      deathsAt: 0,
    },
  };
}

/** Lets a waiting run go on with other code: code that asks for what its journal holds, as it was asked for. */
export function move(run: Run, now: number, codeVersion: string, hasEndHooks: true | undefined): HeadWrite {
  return {
    event: "moved",
    when: { status: statusesBefore("moved"), epoch: run.epoch },
    set: { codeVersion, hasEndHooks, updatedAt: now },
  };
}
