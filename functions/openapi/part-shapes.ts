/**
 * What the routes of a run's parts and of batches answer, as schemas.
 */
import * as z from "zod";
import { deliveryOutcomes } from "../delivery-notes.ts";

const date = z.iso.datetime();

/** How a run has ended. */
export const result = z.discriminatedUnion("ok", [
  z.object({
    ok: z.literal(true),
    id: z.string(),
    taskIdentifier: z.string(),
    usage: z.object({ durationMs: z.number() }),
    output: z.string().optional(),
    outputType: z.enum(["application/json", "holdfast/codec"]),
    outputPresignedUrl: z.string().optional(),
    outputError: z.object({ code: z.string(), message: z.string() }).optional(),
  }),
  z.object({
    ok: z.literal(false),
    id: z.string(),
    taskIdentifier: z.string(),
    usage: z.object({ durationMs: z.number() }),
    error: z.object({
      type: z.literal("BUILT_IN_ERROR"),
      name: z.string(),
      message: z.string(),
      stackTrace: z.string(),
    }),
  }),
]);

/** How those of a batch have ended that have. */
export const results = z.object({ id: z.string(), items: z.array(result) });

/** A batch as its runs are now. */
export const batchNow = z.object({
  id: z.string(),
  status: z.enum(["PROCESSING", "COMPLETED", "PARTIAL_FAILED"]),
  createdAt: date,
  updatedAt: date,
  runCount: z.int(),
  runs: z.array(z.string()),
  processing: z.object({ completedAt: date, errors: z.array(z.unknown()) }).optional(),
});

const spanData = {
  message: z.string(),
  startTime: date,
  duration: z.number(),
  isError: z.boolean(),
  isPartial: z.boolean(),
  isCancelled: z.boolean(),
};

/** The tree of a run as spans: `children` are of the same shape. */
export const trace = z.object({
  trace: z.object({
    traceId: z.string(),
    rootSpan: z.looseObject({
      id: z.string(),
      runId: z.string(),
      data: z.looseObject(spanData),
      children: z.array(z.looseObject({ id: z.string(), parentId: z.string() })),
    }),
  }),
});

/** The same in one list. */
export const events = z.object({
  events: z.array(z.looseObject({ spanId: z.string(), parentId: z.string().optional(), ...spanData })),
});

/** One span. */
export const span = z.object({
  spanId: z.string(),
  parentId: z.string().nullable(),
  runId: z.string(),
  durationMs: z.number(),
  level: z.string(),
  message: z.string(),
  startTime: date,
  isError: z.boolean(),
  isPartial: z.boolean(),
  isCancelled: z.boolean(),
  properties: z.record(z.string(), z.unknown()),
  events: z.array(z.unknown()),
});

/** The first answer of a batch of two requests. */
export const newBatch = z.object({
  id: z.string(),
  runCount: z.int(),
  isCached: z.boolean(),
  idempotencyKey: z.string().optional(),
});

/** What became of its items. */
export const addedItems = z.object({
  id: z.string(),
  itemsAccepted: z.int(),
  itemsDeduplicated: z.int(),
  sealed: z.boolean(),
  enqueuedCount: z.int().optional(),
  expectedCount: z.int().optional(),
});

/** What has changed of the runs that somebody follows. */
export const changes = z.array(
  z.object({
    key: z.string().optional(),
    value: z.record(z.string(), z.unknown()).optional(),
    headers: z.union([
      z.object({ operation: z.enum(["insert", "update"]) }),
      z.object({ control: z.literal("up-to-date") }),
    ]),
  }),
);

/** Chunks of a run's streams. */
export const chunks = z.object({
  data: z.array(z.object({ stream: z.string(), chunk: z.unknown() })),
  pagination: z.object({ next: z.string() }),
  isComplete: z.boolean(),
});
/** Data was sent to a run. */
export const sent = z.object({ ok: z.literal(true) });

/** The metadata of a run. */
export const metadata = z.object({ metadata: z.record(z.string(), z.unknown()) });

/** What became of added tags. */
export const tagged = z.object({ message: z.string() });

/** A token for a browser. */
export const publicToken = z.strictObject({ token: z.string() });

/** Where a payload is uploaded to, and what its trigger calls it. */
export const uploadLink = z.strictObject({ presignedUrl: z.string(), storagePath: z.string() });

/** A link that signs in, without the server's address. */
export const signInLink = z.object({ path: z.string(), expiresAt: date });

const counted = z.object({ count: z.number(), isMore: z.boolean() });

/** Versions of the code. */
export const versions = z.object({
  data: z.array(
    z.object({
      version: z.string(),
      isCurrent: z.boolean(),
      tasks: z.array(z.string()),
      openRuns: counted,
      deadLetters: counted,
    }),
  ),
  isComplete: z.boolean(),
});

/** A version of the code, as Trigger.dev shows it. */
export const deployment = z.strictObject({
  id: z.string(),
  shortCode: z.string(),
  version: z.string(),
  createdAt: date,
  deployedAt: date,
  status: z.literal("DEPLOYED"),
  runtime: z.literal("node"),
  runtimeVersion: z.string().nullable(),
});

/** A page of them. */
export const deployments = z.strictObject({
  data: z.array(deployment),
  pagination: z.strictObject({ next: z.string().optional() }),
});

/** A version of the code. */
export const version = z.object({
  version: z.string(),
  isCurrent: z.boolean(),
  tasks: z.array(z.string()),
});

/** The secrets of the tasks: no value is shown. */
export const secrets = z.object({
  data: z.array(z.object({ name: z.string(), from: z.enum([".env", "set", "Secrets Manager"]) })),
  versions: z.array(z.object({ version: z.string(), isCurrent: z.boolean(), createdAt: date.optional() })),
  isComplete: z.boolean(),
});

/** Where providers send to: of its secret, the name of the setting and whether it is set. */
export const webhookEndpoints = z.object({
  data: z.array(
    z.strictObject({
      id: z.string(),
      url: z.string(),
      provider: z.string(),
      tasks: z.array(z.string()),
      setting: z.string().optional(),
      hasSecret: z.boolean(),
    }),
  ),
});

/** What became of deliveries. */
export const deliveries = z.object({
  data: z.array(
    z.strictObject({
      number: z.int().optional(),
      at: date,
      endpoint: z.string(),
      isKnown: z.boolean(),
      outcome: z.enum(deliveryOutcomes),
      runs: z.array(z.object({ id: z.string(), isCached: z.boolean(), taskIdentifier: z.string() })),
      waiters: z.int(),
      why: z.object({ code: z.string(), message: z.string() }).optional(),
    }),
  ),
  pagination: z.object({ next: z.union([z.string(), z.int()]).optional() }),
  logGroup: z.string().optional(),
  query: z.string().optional(),
});

/** A variable of the tasks: its value is not shown. */
export const envvar = z.object({
  name: z.string(),
  value: z.literal("<redacted>"),
  isSecret: z.literal(true),
});
export const envvars = z.array(envvar);

/** A waiter that was made. */
export const madeWaiter = z.object({
  id: z.string(),
  url: z.string().optional(),
  expiresAt: z.string(),
  isCached: z.boolean(),
});

/** What became of a waiter's cancel. */
export const canceledWaiter = z.union([
  z.object({ cancelled: z.literal(true) }),
  z.object({ cancelled: z.literal(false), reason: z.literal("too_late"), deliveryId: z.string() }),
]);

/** What a delivery to a waiter's own address came to. */
export const waiterDelivery = z.object({ runs: z.array(z.never()), waiters: z.literal(1) });
