/** The lines of a run, as the API gives them. */
import type { RunStatus } from "../engine/run.ts";

/** A line that a run has logged. */
export interface ApiLogLine {
  /** 1, 2, 3 …: its place among the run's lines; where they lie in CloudWatch, among those that were asked for. */
  readonly number: number;
  /** Tells it from all others where lines lie in CloudWatch: there a late one moves the numbers of those behind it. */
  readonly id?: string;
  readonly time: string;
  readonly level: "debug" | "log" | "info" | "warn" | "error";
  readonly attempt: number;
  readonly pass: number;
  readonly try?: number;
  readonly message: string;
  /** Of a line that was cut, the text that is left of them. */
  readonly properties?: unknown;
  readonly isCut?: true;
}

/** Some lines of a run. */
export interface LogPage {
  readonly run: { readonly id: string; readonly status: RunStatus };
  readonly data: readonly ApiLogLine[];
  /**
   * `next`: `after` of the next part; absent at the end. Where lines lie in CloudWatch, a part may be empty and not the last; and
   * behind the end `again` is the `after` that gives those that come: from its first number on, it takes the place of what was given
   * before. Absent once none will come.
   */
  readonly pagination: { readonly next?: number | string; readonly again?: string };
  /** Where the lines lie in CloudWatch: the log group, and a query for Logs Insights that finds them. */
  readonly logGroup?: string;
  readonly query?: string;
}
