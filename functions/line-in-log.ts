/** A run's line in CloudWatch: what of an event of the log is one (`functions/dispatch.ts` prints them), and how they are found. */
import * as z from "zod";
import type { ApiLogLine } from "../sdk/api-log.ts";
import type { FoundEvent } from "./log-search.ts";

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

/** The object that a line of ours is; undefined for what no function of Holdfast's has printed. */
export function objectIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What is in an event; undefined for what no function of Holdfast's has printed. */
export function lineIn({ id, time, text }: FoundEvent, number: number): ApiLogLine | undefined {
  const { success, data } = printed.safeParse(objectIn(text));
  if (!success) return undefined;
  const { level, try: tried, properties, isCut, ...rest } = data;
  return {
    number,
    id,
    time: new Date(time).toISOString(),
    level: levels[level],
    ...rest,
    ...(tried === undefined ? {} : { try: tried }),
    ...(properties === undefined ? {} : { properties }),
    ...(isCut === undefined ? {} : { isCut }),
  };
}

/** What finds the lines of a run, or of one attempt of it. */
export const patternOf = (runId: string, attempt: number | undefined): string =>
  `{ $.runId = "${runId}" && $.by = "task"${attempt === undefined ? "" : ` && $.attempt = ${attempt}`} }`;
