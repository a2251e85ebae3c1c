/**
 * What the routes of queues and concurrency limits answer, as schemas.
 */
import * as z from "zod";
import { numbered } from "./shapes.ts";

const date = z.iso.datetime();

/** A queue. */
export const queue = z.looseObject({
  id: z.string(),
  name: z.string(),
  type: z.enum(["task", "custom"]),
  running: z.int().nullable(),
  queued: z.int().nullable(),
  paused: z.boolean(),
  concurrencyLimit: z.int().nullable(),
  concurrency: z.looseObject({
    current: z.int().nullable(),
    base: z.int().nullable(),
    override: z.int().nullable(),
    overriddenAt: date.nullable(),
    overriddenBy: z.null(),
  }),
});

/** Queues. */
export const queues = numbered(queue);

const limitBound = z.looseObject({
  current: z.int().nullable(),
  base: z.int().nullable(),
  override: z.int().nullable(),
  overriddenAt: date.nullable(),
});
/** A concurrency limit. */
export const concurrencyLimit = z.looseObject({
  id: z.string(),
  name: z.string(),
  perKey: limitBound,
  total: limitBound,
  running: z.int(),
  queued: z.int(),
  paused: z.boolean(),
});
/** One concurrency key of a limit. */
const limitKey = z.looseObject({
  name: z.string(),
  concurrencyKey: z.string(),
  perKey: z.looseObject({
    current: z.int().nullable(),
    base: z.int().nullable(),
    override: z.int().nullable(),
    expiresAt: date.nullable(),
  }),
  running: z.int(),
  paused: z.boolean(),
});
/** A limit, or what was asked of one of its keys. */
export const limitOrKey = z.union([concurrencyLimit, limitKey]);
export const concurrencyLimits = numbered(concurrencyLimit);
