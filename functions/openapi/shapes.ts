/** What the routes answer, as schemas: for the OpenAPI file. The tests of the routes check every answer against them. */
import * as z from "zod";
import { allStatuses, type RunStatus } from "../../engine/run.ts";

const date = z.iso.datetime();
const status = z.enum(allStatuses as [RunStatus, ...RunStatus[]]);
const error = z.object({
  name: z.string(),
  message: z.string(),
  stackTrace: z.string().optional(),
  code: z.string().optional(),
  cause: z.string().optional(),
});
const waitingFor = z.object({
  kind: z.enum(["timer", "child", "token", "message", "retry"]),
  count: z.int(),
});

/** An answer that is an error. */
export const problem = z.object({
  error: z.string(),
  code: z.string().regex(/^HF\d{3}$/),
  fix: z.string(),
  issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  logGroup: z.string().optional(),
  query: z.string().optional(),
  id: z.string().optional(),
});

const summary = z.object({
  id: z.string(),
  status,
  isQueued: z.boolean(),
  isExecuting: z.boolean(),
  isWaiting: z.boolean(),
  isCompleted: z.boolean(),
  isSuccess: z.boolean(),
  isFailed: z.boolean(),
  isCancelled: z.boolean(),
  taskIdentifier: z.string(),
  version: z.string(),
  secretVersion: z.string().optional(),
  secretReplaced: z.object({ version: z.string(), at: date }).optional(),
  idempotencyKey: z.string().optional(),
  isTest: z.boolean(),
  createdAt: date,
  updatedAt: date,
  startedAt: date.optional(),
  finishedAt: date.optional(),
  delayedUntil: date.optional(),
  expiredAt: date.optional(),
  ttl: z.string().optional(),
  tags: z.array(z.string()),
  waitingFor: waitingFor.optional(),
  waitingUntil: date.optional(),
  batchId: z.string().optional(),
  forkOf: z.object({ id: z.string(), number: z.number() }).optional(),
  costInCents: z.number(),
  baseCostInCents: z.number(),
  durationMs: z.number(),
  depth: z.int(),
  attemptCount: z.int(),
  triggerFunction: z.enum(["trigger", "triggerAndWait", "batchTrigger", "batchTriggerAndWait"]),
  realtimeStreams: z.array(z.string()).optional(),
});

const valueError = z.object({ code: z.string(), message: z.string() }).optional();
const value = (name: "payload" | "output" | "metadata") => ({
  [name]: z.unknown().optional(),
  [`${name}Type`]: z.enum(["application/json", "holdfast/codec"]).optional(),
  [`${name}Text`]: z.string().optional(),
  [`${name}PresignedUrl`]: z.string().optional(),
  [`${name}Error`]: valueError,
});

const after = z.object({ next: z.union([z.string(), z.int()]).optional() });
const around = after.extend({ previous: z.string().optional() });
const pageOf = <T extends z.ZodType>(item: T) => z.object({ data: z.array(item), pagination: around });
/** A list that is cut into numbered pages. */
export const numbered = <T extends z.ZodType>(item: T) =>
  z.object({
    data: z.array(item),
    pagination: z.object({ currentPage: z.int(), totalPages: z.int(), count: z.int() }),
  });

/** A run with its values. */
export const run = summary.extend({
  ...value("payload"),
  ...value("output"),
  metadata: z.unknown().optional(),
  queue: z.string().optional(),
  concurrency: z.array(z.string()).optional(),
  limits: z.array(z.string()).optional(),
  waitingSlot: z
    .object({
      queue: z.string(),
      turn: z.enum(["parked", "called", "later"]),
      concurrencyKey: z.string().optional(),
      at: date.optional(),
    })
    .optional(),
  error: error.optional(),
  relatedRuns: z.object({ root: summary.optional(), parent: summary.optional() }),
});

/** Runs of a list. */
export const runs = pageOf(summary.extend({ env: z.object({ id: z.string(), name: z.string() }) }));

/** Dead letters. */
export const deadLetters = pageOf(
  summary.extend({
    error: error.optional(),
    lastGood: z.object({ number: z.int(), name: z.string(), at: z.string() }).optional(),
  }),
);

/** A run that was started. */
const started = z.object({
  id: z.string(),
  isCached: z.boolean(),
  payloadChanged: z.literal(true).optional(),
});

/** The same, with the run where the caller has waited for it. */
export const startedAndShown = started.extend({ run: run.optional() });

/** A batch that was started. */
export const batch = z.object({
  id: z.string(),
  runCount: z.int(),
  runs: z.array(started.extend({ taskIdentifier: z.string() })),
});

/** The tasks. */
export const tasks = z.object({
  version: z.string(),
  data: z.array(
    z.object({
      id: z.string(),
      description: z.string().optional(),
      payloadSchema: z.looseObject({}).optional(),
      retry: z.unknown().optional(),
      maxDurationSeconds: z.number().optional(),
      file: z.string().optional(),
      webhook: z.object({ path: z.string(), secretSetting: z.string().optional() }),
    }),
  ),
});

/** What a change of a run answers. */
export const changed = z.object({ id: z.string() });
export const repinned = changed.extend({ secretVersion: z.string(), from: z.string().optional() });
export const repinnedAll = z.object({
  secretVersion: z.string(),
  runs: z.array(z.string()),
  next: z.string().optional(),
});

/** What a resume answers. */
export const resumed = z.object({ id: z.string(), codeVersion: z.string() });
export const forked = resumed.extend({ forkOf: z.string() });
const planned = z.enum(["reused", "again", "new", "conflict", "orphan", "unknown"]);
export const resumePlan = z.object({
  runId: z.string(),
  task: z.string(),
  from: z.string(),
  codeVersion: z.string(),
  rows: z.array(
    z.object({
      key: z.string(),
      name: z.string(),
      file: z.string(),
      line: z.int(),
      what: planned,
      why: z.string(),
    }),
  ),
  counts: z.record(planned, z.int()),
  ends: z
    .union([
      z.object({ how: z.literal("completes") }),
      z.object({ how: z.literal("fails"), error: z.string() }),
    ])
    .optional(),
  stopped: z.object({ name: z.string(), at: z.string(), because: z.string() }).optional(),
});

export const shortRun = z.object({ id: z.string(), status, waitingFor: waitingFor.optional() });

/** The lines of a run. */
export const lines = z.object({
  run: shortRun,
  data: z.array(
    z.looseObject({
      number: z.int(),
      time: date,
      level: z.enum(["debug", "log", "info", "warn", "error"]),
      message: z.string(),
    }),
  ),
  pagination: after.extend({ again: z.string().optional() }),
  logGroup: z.string().optional(),
  query: z.string().optional(),
});

/** Runs that were erased. */
export const erased = z.object({
  erased: z.array(z.string()),
  kept: z.array(z.string()),
  more: z.literal(true).optional(),
  remains: z.array(z.string()),
});

/** A schedule. */
export const schedule = z.object({
  id: z.string(),
  type: z.enum(["DECLARATIVE", "IMPERATIVE"]),
  task: z.string(),
  active: z.boolean(),
  deduplicationKey: z.string().optional(),
  externalId: z.string().optional(),
  generator: z.object({ type: z.literal("CRON"), expression: z.string(), description: z.string() }),
  timezone: z.string(),
  nextRun: date.optional(),
  lastRun: date.optional(),
  environments: z.array(z.unknown()),
});

/** Schedules. */
export const schedules = numbered(schedule);

/** Names of time zones. */
export const timezones = z.object({ timezones: z.array(z.string()) });

/** A token that was made. */
export const madeToken = z.object({
  id: z.string(),
  isCached: z.boolean(),
  url: z.string(),
  publicAccessToken: z.string(),
});

/** A token. */
export const token = z.object({
  id: z.string(),
  url: z.string(),
  status: z.enum(["WAITING", "COMPLETED", "TIMED_OUT"]),
  idempotencyKey: z.string().optional(),
  tags: z.array(z.string()),
  createdAt: date,
  timeoutAt: date.optional(),
  completedAt: date.optional(),
  ...value("output"),
  /** For Trigger.dev's client: `output` is the error, as JSON text. */
  outputIsError: z.boolean().optional(),
  error: z.object({ name: z.string(), message: z.string() }).optional(),
});

/** Tokens. */
export const tokens = pageOf(token);

/** A bulk action. */
export const bulkAction = z.object({
  id: z.string(),
  name: z.string().optional(),
  type: z.enum(["CANCEL", "REPLAY"]),
  status: z.enum(["PENDING", "COMPLETED", "ABORTED"]),
  counts: z.object({ total: z.number(), success: z.number(), failure: z.number() }),
  createdAt: date,
  completedAt: date.optional(),
});
export const bulkActions = pageOf(bulkAction);

/** It is done. */
export const success = z.object({ success: z.literal(true) });
export const ok = z.object({ ok: z.literal(true) });

/** What a delivery came to. */
export const delivery = z.union([
  z.object({
    id: z.string(),
    isCached: z.boolean(),
    payloadChanged: z.literal(true).optional(),
    runs: z.array(z.object({ id: z.string(), isCached: z.boolean(), taskIdentifier: z.string() })).optional(),
    waiters: z.int().optional(),
  }),
  z.object({ filtered: z.boolean(), waiters: z.int() }),
  z.object({ challenge: z.string() }),
  ok,
]);

/** Any JSON. */
export const anything = z.unknown();
