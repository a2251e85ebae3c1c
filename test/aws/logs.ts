/**
 * CloudWatch Logs: what functions print gets there by calls that Lambda makes as the function's role, past the proxy.
 *
 * Owns:      the lines, and AWS's words for each refusal.
 * Invariant: what the role may not write is not there, and nobody but this list says so: the function goes on.
 */
import type { Ask, Decision, Identity } from "./iam.ts";
import { type JsonObject, number, only, text } from "./json.ts";
import { answer, failure, type Reply } from "./replies.ts";

/** Where a process of a function writes to. */
export interface LogStream {
  readonly as: Identity;
  /** Logical id of the function. */
  readonly functionId: string;
  readonly group: string;
  readonly stream: string;
}

const linesKept = 5_000;
const pageOf = 20;
const known = [
  ...["logGroupName", "filterPattern", "startTime", "endTime", "startFromHead", "limit", "nextToken"],
];

interface LogEvent {
  readonly group: string;
  readonly eventId: string;
  readonly timestamp: number;
  readonly message: string;
}

/** What a filter asks for: `{ $.name = "text" && $.other.name = 7 }`, and nothing else. */
function termsOf(pattern: string): (readonly [path: readonly string[], value: unknown])[] {
  const inside = /^\{ (.+) \}$/.exec(pattern)?.[1] ?? "";
  return inside.split(" && ").map((term) => {
    const [, path, value] = /^\$\.([\w.]+) = ("[^"*]*"|\d+)$/.exec(term) ?? [];
    if (path === undefined || value === undefined)
      throw new Error(`The bench does not know the filter ${pattern}.`);
    return [path.split("."), JSON.parse(value)];
  });
}

function fieldOf(message: string, path: readonly string[]): unknown {
  try {
    const fields = JSON.parse(message) as unknown;
    return path.reduce((value, name) => (value as Readonly<Record<string, unknown>>)[name], fields);
  } catch {
    return undefined;
  }
}

/** The logs of an account. */
export class Logs {
  /** `<logical id>: <line>`, newest last. */
  readonly lines: string[] = [];
  readonly refusals: string[] = [];
  readonly #place: string;
  readonly #decide: (who: Identity, ask: Ask) => Decision;
  readonly #streams = new Set<string>();
  readonly #events: LogEvent[] = [];

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
    this.#events.push({
      group: to.group,
      eventId: String(this.#events.length),
      timestamp: Date.now(),
      message: line,
    });
  }

  /** `FilterLogEvents`, a few events to a page, so that who asks has to ask on. */
  find(asked: JsonObject): Reply {
    only(asked, known, "FilterLogEvents");
    const group = text(asked.logGroupName, "logGroupName");
    const ofGroup = this.#events.filter((event) => event.group === group);
    if (ofGroup.length === 0) {
      const message = "The specified log group does not exist.";
      return failure("logs", 400, "ResourceNotFoundException", message);
    }
    const terms = termsOf(text(asked.filterPattern, "filterPattern"));
    const since = number(asked.startTime, "startTime");
    const until = asked.endTime === undefined ? Number.POSITIVE_INFINITY : number(asked.endTime, "endTime");
    const within = ofGroup.filter(({ timestamp }) => timestamp >= since && timestamp <= until);
    if (asked.startFromHead === false) within.reverse();
    const most = Math.min(pageOf, asked.limit === undefined ? pageOf : number(asked.limit, "limit"));
    const from = asked.nextToken === undefined ? 0 : Number(text(asked.nextToken, "nextToken"));
    const events = within
      .slice(from, from + most)
      .filter(({ message }) => terms.every(([path, value]) => fieldOf(message, path) === value));
    const isMore = within.length > from + most;
    const shown = events.map(({ eventId, timestamp, message }) => ({ eventId, timestamp, message }));
    return answer("logs", { events: shown, ...(isMore ? { nextToken: String(from + most) } : {}) });
  }

  #may({ as, group, stream }: LogStream, action: string): boolean {
    const resource = `arn:aws:logs:${this.#place}:log-group:${group}:log-stream:${stream}`;
    const decision = this.#decide(as, { action, resource });
    if (!decision.allowed) this.refusals.push(decision.message);
    return decision.allowed;
  }
}
