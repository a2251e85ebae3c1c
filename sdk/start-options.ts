/**
 * The options of a trigger inside a run, as the engine takes them.
 */

import { HoldfastError } from "../engine/errors.ts";
import type { StartRequest } from "../engine/start.ts";
import { durationMs, instantMs } from "./duration.ts";
import type { TriggerOptions } from "./outside.ts";
import { checkConcurrencyKey, checkQueueName } from "./queue.ts";

type Part = Partial<
  Pick<
    StartRequest,
    | "idempotencyKey"
    | "idempotencyKeyTtlMs"
    | "delayUntil"
    | "ttlMs"
    | "tags"
    | "metadata"
    | "maxAttempts"
    | "maxDurationMs"
    | "queue"
    | "concurrencyKey"
  >
>;

const known = new Set([
  "idempotencyKey",
  "idempotencyKeyTTL",
  "delay",
  "ttl",
  "tags",
  "metadata",
  "maxAttempts",
  "maxDuration",
  "queue",
  "concurrencyKey",
]);

/** Checks and translates. An idempotency key holds within the run, as Trigger.dev's does. @throws HoldfastError HF508, HF506 */
export function startOptions(options: TriggerOptions | undefined, now: number, runId: string): Part {
  const given = options ?? {};
  const unknown = Object.keys(given).find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new HoldfastError(
      "HF506",
      `The trigger option "${unknown}" is not supported.`,
      `Supported: ${[...known].join(", ")}.`,
    );
  }
  const { idempotencyKey, idempotencyKeyTTL, delay, ttl, tags, metadata, maxAttempts, maxDuration } = given;
  return {
    ...(idempotencyKey === undefined
      ? {}
      : { idempotencyKey: `${runId}:${[idempotencyKey].flat().join("-")}` }),
    ...(idempotencyKeyTTL === undefined ? {} : { idempotencyKeyTtlMs: durationMs(idempotencyKeyTTL) }),
    ...(delay === undefined ? {} : { delayUntil: instantMs(delay, now) }),
    ...(ttl === undefined ? {} : { ttlMs: typeof ttl === "number" ? ttl * 1000 : durationMs(ttl) }),
    ...(tags === undefined ? {} : { tags: [tags].flat() }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
    ...(maxDuration === undefined ? {} : { maxDurationMs: maxDuration * 1000 }),
    ...queueOptions(given),
  };
}

function queueOptions({ queue, concurrencyKey }: TriggerOptions): Pick<Part, "queue" | "concurrencyKey"> {
  const name = typeof queue === "object" ? queue.name : queue;
  return {
    ...(name === undefined ? {} : { queue: checkQueueName(name) }),
    ...(concurrencyKey === undefined ? {} : { concurrencyKey: checkConcurrencyKey(concurrencyKey) }),
  };
}
