/**
 * What the route of a run's tree answers, as a schema.
 */
import * as z from "zod";
import { shortRun } from "./shapes.ts";

const awaited = z.object({
  id: z.string(),
  name: z.string(),
  sort: z.string().nullable(),
  runId: z.string().optional(),
  tokenId: z.string().optional(),
  retryAt: z.iso.datetime().optional(),
});

/** The tree of a run: entries are `checkpoint`, `frame` or `event`. */
export const tree = z.object({
  run: shortRun.extend({
    awaits: z.object({ named: z.array(awaited), count: z.int() }).optional(),
    cost: z.object({
      ...{ records: z.int(), recordBytes: z.int(), passes: z.int(), failedTries: z.int() },
      aws: z.object({
        ...{ writeUnits: z.int(), readUnits: z.int(), sqsRequests: z.int(), invocations: z.int() },
        gbSeconds: z.number(),
        fargate: z.object({ tasks: z.int(), vcpuSeconds: z.number(), gbSeconds: z.number() }).optional(),
        usd: z.number(),
      }),
    }),
  }),
  data: z.array(
    z.looseObject({
      kind: z.enum(["checkpoint", "frame", "event"]),
      id: z.string(),
      number: z.number(),
      parent: z.string().nullable(),
    }),
  ),
  pagination: z.object({ next: z.int().optional() }),
});
