/**
 * The body of `POST /api/v1/tasks/:id/trigger`: what it may hold, and what it says to `startRun`.
 *
 * Owns:      which options exist and their limits (Trigger.dev's).
 * Invariant: an option that has no effect yet is refused by name.
 */
import { createHash } from "node:crypto";
import * as z from "zod";
import { decode } from "../engine/codec.ts";
import type { StartRequest } from "../engine/start.ts";
import { durationMs, instantMs } from "../sdk/duration.ts";
import { checked, FormError } from "./problem.ts";
import { codecType } from "./run-view.ts";

const metadataCharsMax = 256 * 1024;
const tenYearsInSeconds = 315_360_000;

const keyPart = z.string().min(1, "Must not be empty.").max(2_048, "At most 2048 characters.");
const tag = z.string().min(1, "Must not be empty.").max(128, "At most 128 characters.");

/** `checkQueueName` of the SDK says the same. */
const queueName = z
  .string()
  .regex(/^[^\u0000-\u001f]{1,122}$/, "Must be 1 to 122 characters, without line breaks.");

const options = z.strictObject({
  idempotencyKey: z
    .union([keyPart, z.array(keyPart).min(1).max(20)], "Must be a text or a list of texts.")
    .optional(),
  idempotencyKeyTTL: z.string().optional(),
  delay: z.string().optional(),
  ttl: z
    .union([z.string(), z.number().int().min(1)], "Must be a duration or a number of seconds.")
    .optional(),
  tags: z
    .union(
      [tag, z.array(tag).max(10, "At most 10 tags.")],
      "Must be a text or a list of texts of 1 to 128 characters, at most 10.",
    )
    .optional(),
  metadata: z
    .record(z.string(), z.unknown())
    .refine((metadata) => JSON.stringify(metadata).length <= metadataCharsMax, "At most 256 KB.")
    .optional(),
  maxAttempts: z.number().int().min(1).max(1_000).optional(),
  maxDuration: z.number().min(1).max(tenYearsInSeconds).optional(),
  queue: z
    .union([queueName, z.strictObject({ name: queueName })], "Must be the name of a queue, or { name }.")
    .optional(),
  concurrencyKey: z
    .union([z.string().min(1).max(128), z.number()], "Must be a number or a text of 1 to 128 characters.")
    .optional(),
  payloadType: z.literal("application/json").optional(),
});

const form = z.strictObject({
  payload: z.unknown().optional(),
  payloadType: z.enum(["application/json", codecType]).optional(),
  options: options.optional(),
});

/** A part of a list stands apart from the next: `["a-b", "c"]` is not `["a", "b-c"]`. */
function keyText(key: string | readonly string[]): string {
  if (typeof key === "string") return key;
  return key.length === 1 ? (key[0] ?? "") : JSON.stringify(key);
}

function payloadOf(payload: unknown, type: string | undefined): unknown {
  if (type !== codecType) return payload;
  try {
    if (typeof payload === "string") return decode(payload);
  } catch {
    // Refused below; what the codec says of a hostile text is no help.
  }
  const issue = { path: "payload", message: `Is not a text of ${codecType}.` };
  throw new FormError(
    `The body does not have the expected form. payload: ${issue.message}`,
    "Send plain JSON, without payloadType.",
    [issue],
  );
}

/** What a body asks for: all of a `StartRequest` but where it goes. */
export type Asked = Omit<StartRequest, "task" | "codeVersion" | "source">;

/**
 * Reads the body.
 * @throws FormError HF207, HoldfastError HF508.
 */
export function triggerForm(body: unknown, now: number): Asked {
  const { payload, payloadType, options = {} } = checked(form, body, "body");
  const { idempotencyKey, idempotencyKeyTTL, delay, ttl, tags, metadata, maxAttempts, maxDuration } = options;
  const { queue, concurrencyKey } = options;
  const asked = {
    idempotencyKey: idempotencyKey === undefined ? undefined : keyText(idempotencyKey),
    idempotencyKeyTtlMs: idempotencyKeyTTL === undefined ? undefined : durationMs(idempotencyKeyTTL),
    delayUntil: delay === undefined ? undefined : instantMs(delay, now),
    ttlMs: typeof ttl === "number" ? ttl * 1_000 : ttl === undefined ? undefined : durationMs(ttl),
    tags: tags === undefined ? undefined : [...new Set(typeof tags === "string" ? [tags] : tags)],
    metadata,
    maxAttempts,
    maxDurationMs: maxDuration === undefined ? undefined : maxDuration * 1_000,
    queue: typeof queue === "object" ? queue.name : queue,
    concurrencyKey: concurrencyKey === undefined ? undefined : String(concurrencyKey),
  };
  const given = Object.entries(asked).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), payload: payloadOf(payload, payloadType) };
}

const requestKeyForm = z.string().min(1, "Must not be empty.").max(256, "At most 256 characters.").optional();

/**
 * The run's id for a request that carries a key of its own (`x-trigger-request-idempotency-key`): the same request, sent
 * again because its answer was lost, finds the run that it has made. No record is needed for it, and no time limit.
 */
export function runIdOf(requestKey: string | undefined, task: string): string | undefined {
  const key = checked(requestKeyForm, requestKey, "header");
  if (key === undefined) return undefined;
  const hash = createHash("sha256")
    .update(JSON.stringify([task, key]))
    .digest("hex");
  return `run_${BigInt(`0x${hash}`).toString(36).padStart(50, "0").slice(-24)}`;
}
