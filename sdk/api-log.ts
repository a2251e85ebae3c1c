/** The lines of a run, as the API gives them. */
import type { RunStatus } from "../engine/run.ts";

/** A line that a run has logged. */
export interface ApiLogLine {
  readonly number: number;
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
  /** `after` of the next part; absent at the end. */
  readonly pagination: { readonly next?: number };
}
