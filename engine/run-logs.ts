/**
 * What the author logs in a run, line by line: where a line was printed, and where lines are kept.
 *
 * Lines are not the truth about a run: they are kept beside it, and delay nothing. A process that is killed may lose its
 * last ones.
 */
import { currentRun } from "./current-run.ts";
import type { Lease } from "./head-write.ts";
import type { Journal } from "./journal.ts";
import type { LogLevel } from "./pass-context.ts";

/** Where in its run a line was printed. */
export interface LineAt {
  /** 1, 2, 3 …: which entering of `run`. */
  readonly attempt: number;
  /** 1, 2, 3 …: which claim of the run. */
  readonly pass: number;
  /** Inside a unit: which making of it. */
  readonly try?: number;
}

/** A line as it is kept. */
export interface LogLine extends LineAt {
  /** Real time, Unix milliseconds. */
  readonly time: number;
  readonly level: LogLevel;
  readonly message: string;
  /** As JSON; of a line that was cut, the first part of it. */
  readonly properties?: string;
  /** The line was too long, and is not all here. */
  readonly isCut?: true;
}

/** A line, and its place among those of its run. */
export interface KeptLine extends LogLine {
  /** 1, 2, 3 …. */
  readonly number: number;
}

/** The lines of runs, where they are kept beside the runs. */
export interface RunLogs {
  /** Lines with a number above `after`, in order; `more` tells that there are others behind. */
  page(
    runId: string,
    asked: { readonly after: number; readonly limit: number; readonly attempt?: number },
  ): Promise<{ readonly lines: readonly KeptLine[]; readonly more: boolean }>;
}

/** Where this is printed. */
export function lineAt(journal: Journal, { epoch }: Lease): LineAt {
  const key = currentRun.getStore()?.key;
  const at = { attempt: journal.attempts.length + 1, pass: epoch };
  return key === undefined ? at : { ...at, try: journal.tries(key, journal.generation(key)).length + 1 };
}
