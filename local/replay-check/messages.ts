/** What the supervisor and the process that replays finished runs say to each other. */
import type { Verdict } from "./difference.ts";

/** The first message: where everything is. */
export interface ReplayStart {
  readonly dataFolder: string;
}

/** Look at this run, if it is on this code. */
export interface ToReplay {
  readonly start?: ReplayStart;
  readonly check?: { readonly runId: string; readonly codeVersion: string };
}

/** What came of it. */
export interface Replayed {
  readonly runId: string;
  readonly task: string;
  readonly codeVersion: string;
  readonly verdict: Verdict;
}
