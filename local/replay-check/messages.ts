/** What the supervisor and the process that replays finished runs say to each other. */
import type { Verdict } from "./difference.ts";

/** Look at this run, if it is on this code. */
export interface ToReplay {
  readonly runId: string;
  readonly codeVersion: string;
  /** Its crashes are rehearsed; else it is replayed as it is. */
  readonly isRehearsal?: true;
}

/** What came of it. */
export interface Replayed {
  readonly runId: string;
  readonly task: string;
  readonly codeVersion: string;
  readonly verdict: Verdict;
}
