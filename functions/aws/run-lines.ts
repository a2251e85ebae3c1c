/**
 * The lines of a run in AWS, which are in CloudWatch: read with the rights of who asks, for the command line.
 *
 * Owns:      what of an event of the log is a line of a run (`functions/dispatch.ts` prints them).
 * Never:     is a part of a function: a search through a log takes seconds.
 */
import {
  CloudWatchLogsClient,
  type FilteredLogEvent,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import * as z from "zod";
import { HoldfastError } from "../../engine/errors.ts";
import type { ApiLogLine } from "../../sdk/api-log.ts";
import { type ClientSettings, patience } from "./patience.ts";
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

/** CloudWatch takes lines in some seconds after they were printed, and not in their order: what is as young as this is looked at again. */
export const lateMs = 60_000;

const printed = z.object({
  level: z.enum(["DEBUG", "INFO", "WARN", "ERROR"]),
  message: z.string(),
  attempt: z.number(),
  pass: z.number(),
  try: z.number().optional(),
  properties: z.unknown().optional(),
  isCut: z.literal(true).optional(),
});

const levels = { DEBUG: "debug", INFO: "info", WARN: "warn", ERROR: "error" } as const;

type Event = Required<Pick<FilteredLogEvent, "eventId" | "timestamp" | "message">>;

/** What is in an event; undefined for what no function of Holdfast's has printed. */
function lineIn({ timestamp, message }: Event, number: number): ApiLogLine | undefined {
  let read: unknown;
  try {
    read = JSON.parse(message);
  } catch {
    return undefined;
  }
  const { success, data } = printed.safeParse(read);
  if (!success) return undefined;
  const { level, try: tried, properties, isCut, ...rest } = data;
  return {
    number,
    time: new Date(timestamp).toISOString(),
    level: levels[level],
    ...rest,
    ...(tried === undefined ? {} : { try: tried }),
    ...(properties === undefined ? {} : { properties }),
    ...(isCut === undefined ? {} : { isCut }),
  };
}

const patternFor = ({ runId, attempt }: LinesAsked): string =>
  `{ $.runId = "${runId}" && $.by = "task"${attempt === undefined ? "" : ` && $.attempt = ${attempt}`} }`;

async function* eventsSince(
  client: CloudWatchLogsClient,
  asked: LinesAsked,
  since: number,
): AsyncGenerator<Event> {
  for (let nextToken: string | undefined; ; ) {
    const page = await client.send(
      new FilterLogEventsCommand({
        logGroupName: asked.group,
        filterPattern: patternFor(asked),
        startTime: since,
        ...(nextToken === undefined ? {} : { nextToken }),
      }),
    );
    for (const { eventId = "", timestamp = 0, message = "" } of page.events ?? [])
      yield { eventId, timestamp, message };
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
        if (given.has(event.eventId)) continue;
        given.add(event.eventId);
        newest = Math.max(newest, event.timestamp);
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
  return runLinesBy(new CloudWatchLogsClient({ ...patience, region, ...settings }), asked);
}
