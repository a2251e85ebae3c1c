/**
 * CloudWatch Logs: what functions print gets there by calls that Lambda makes as the function's role, past the proxy.
 *
 * Owns:      the lines, and AWS's words for each refusal.
 * Invariant: what the role may not write is not there, and nobody but this list says so: the function goes on.
 */
import type { Ask, Decision, Identity } from "./iam.ts";

/** Where a process of a function writes to. */
export interface LogStream {
  readonly as: Identity;
  /** Logical id of the function. */
  readonly functionId: string;
  readonly group: string;
  readonly stream: string;
}

const linesKept = 5_000;

/** The logs of an account. */
export class Logs {
  /** `<logical id>: <line>`, newest last. */
  readonly lines: string[] = [];
  readonly refusals: string[] = [];
  readonly #place: string;
  readonly #decide: (who: Identity, ask: Ask) => Decision;
  readonly #streams = new Set<string>();

  /** `place`: `<region>:<account>`. */
  constructor(place: string, decide: (who: Identity, ask: Ask) => Decision) {
    this.#place = place;
    this.#decide = decide;
  }

  /** A line that was printed. Lambda's own about each event are not asked for: the level of the system's log is WARN. */
  put(to: LogStream, line: string): void {
    const { stream, functionId } = to;
    if (!this.#streams.has(stream) && !this.#may(to, "logs:CreateLogStream")) return;
    this.#streams.add(stream);
    if (!this.#may(to, "logs:PutLogEvents")) return;
    this.lines.push(`${functionId}: ${line}`);
    if (this.lines.length > linesKept) this.lines.splice(0, this.lines.length - linesKept);
  }

  #may({ as, group, stream }: LogStream, action: string): boolean {
    const resource = `arn:aws:logs:${this.#place}:log-group:${group}:log-stream:${stream}`;
    const decision = this.#decide(as, { action, resource });
    if (!decision.allowed) this.refusals.push(decision.message);
    return decision.allowed;
  }
}
