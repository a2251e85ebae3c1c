/**
 * The lines of a run in AWS, which are in CloudWatch: read with the rights of who asks, for the command line, where the api could not.
 *
 * Never: is a part of a function: a search through a log to its end takes as long as it takes.
 */
import { type CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { HoldfastError } from "../../engine/errors.ts";
import type { ApiLogLine } from "../../sdk/api-log.ts";
import { lateMs, lineIn, patternOf } from "../line-in-log.ts";
import type { FoundEvent } from "../log-search.ts";
import { makeLogsClient } from "./logs-client.ts";
import type { ClientSettings } from "./patience.ts";
import { isRefusal, refusedCaller } from "./refusal.ts";

/** Whose lines, and where they are. */
export interface LinesAsked {
  readonly runId: string;
  /** The log group that HF531 names. */
  readonly group: string;
  /** When the run was made: none of its lines is older. */
  readonly since: Date;
  /** Lines of this attempt alone. */
  readonly attempt?: number | undefined;
}

/** Lines that are looked for again and again. */
export interface RunLines {
  /** Those that were not given before, in the order of their times. @throws HoldfastError HF515 where AWS does not let the caller look */
  next(): Promise<readonly ApiLogLine[]>;
  close(): void;
}

async function* eventsSince(
  client: CloudWatchLogsClient,
  asked: LinesAsked,
  since: number,
): AsyncGenerator<FoundEvent> {
  for (let nextToken: string | undefined; ; ) {
    const page = await client.send(
      new FilterLogEventsCommand({
        logGroupName: asked.group,
        filterPattern: patternOf(asked.runId, asked.attempt),
        startTime: since,
        ...(nextToken === undefined ? {} : { nextToken }),
      }),
    );
    for (const { eventId: id = "", timestamp: time = 0, message: text = "" } of page.events ?? [])
      yield { id, time, text };
    if (page.nextToken === undefined) return;
    nextToken = page.nextToken;
  }
}

/** What it means that a log group cannot be read. */
function told(error: unknown, group: string): unknown {
  if (isRefusal(error)) return refusedCaller(error, `read the log group ${group}`);
  if (!(error instanceof Error) || error.name !== "ResourceNotFoundException") return error;
  const fix = "Deploy the stack again: somebody has deleted it by hand.";
  return new HoldfastError("HF515", `The log group ${group} is not there.`, fix, { cause: error });
}

/** The lines of a run, by a client. */
export function runLinesBy(client: CloudWatchLogsClient, asked: LinesAsked): RunLines {
  const given = new Set<string>();
  let newest = asked.since.getTime();
  let count = 0;
  async function next(): Promise<readonly ApiLogLine[]> {
    const lines: ApiLogLine[] = [];
    const since = Math.max(asked.since.getTime(), newest - lateMs);
    try {
      for await (const event of eventsSince(client, asked, since)) {
        if (given.has(event.id)) continue;
        given.add(event.id);
        newest = Math.max(newest, event.time);
        const line = lineIn(event, count + 1);
        if (line === undefined) continue;
        count += 1;
        lines.push(line);
      }
    } catch (error) {
      throw told(error, asked.group);
    }
    return lines.sort((a, b) => a.time.localeCompare(b.time));
  }
  return { next, close: () => client.destroy() };
}

/** The lines of a run, with a client in the region of the project's secret. */
export function runLines(secretArn: string, asked: LinesAsked, settings: ClientSettings = {}): RunLines {
  const region = secretArn.split(":")[3] ?? "";
  return runLinesBy(makeLogsClient({ region, ...settings }), asked);
}
