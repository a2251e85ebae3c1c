/**
 * The body of `POST /api/v1/tasks/:id/trigger`: what it may hold, and what it says to `startRun`.
 *
 * Owns:      which options exist and their limits (Trigger.dev's).
 * Invariant: an option that has no effect yet is refused by name.
 */
import { createHash } from "node:crypto";
import * as z from "zod";
import { type MachineName, machines } from "../engine/machines.ts";
import type { StartRequest } from "../engine/new-run.ts";
import type { Ports } from "../engine/ports.ts";
import { mostItems } from "../sdk/batch.ts";
import { checkDebounced, debounceOf } from "../sdk/debounce.ts";
import { durationMs, instantMs, ttlMsOf } from "../sdk/duration.ts";
import { keyText } from "../sdk/key-forms.ts";
import { machineOption } from "../sdk/machine.ts";
import { mostShared } from "../sdk/queue.ts";
import { clientPayload, clientTypes, payloadIn, uploadIn } from "./payload-forms.ts";
import { checked } from "./problem.ts";
import { codecType } from "./run-view.ts";

const metadataCharsMax = 256 * 1024;
const tenYearsInSeconds = 315_360_000;
/** `timeout.None` of a `maxDuration`. */
const noLimit = 2_147_483_647;

const keyPart = z.string().min(1, "Must not be empty.").max(2_048, "At most 2048 characters.");
const tag = z.string().min(1, "Must not be empty.").max(128, "At most 128 characters.");

/** The tags of a run or a token. */
export const tagsForm = z.union(
  [tag, z.array(tag).max(10, "At most 10 tags.")],
  "Must be a text or a list of texts of 1 to 128 characters, at most 10.",
);

/** `checkQueueName` of the SDK says the same. */
const queueName = z.string().regex(/^\P{Cc}{1,122}$/u, "Must be 1 to 122 characters, without line breaks.");

const machineNames = Object.keys(machines) as MachineName[];
const machineName = z.enum(machineNames);

/** A concurrency key; a number is its text. */
export const concurrencyKeyForm = z.union(
  [z.string().min(1).max(128), z.number()],
  "Must be a number or a text of 1 to 128 characters.",
);

const versionName = z.string().min(1, "Must not be empty.").max(128, "At most 128 characters.");

const options = z.strictObject({
  idempotencyKey: z
    .union([keyPart, z.array(keyPart).min(1).max(20)], "Must be a text or a list of texts.")
    .optional(),
  idempotencyKeyTTL: z.string().optional(),
  delay: z.string().optional(),
  debounce: z
    .strictObject({
      key: z.string().min(1, "Must not be empty.").max(512, "At most 512 characters."),
      delay: z.string(),
      mode: z.enum(["leading", "trailing"]).optional(),
      maxDelay: z.string().optional(),
    })
    .optional(),
  ttl: z
    .union(
      [z.string(), z.number().int().min(0).max(tenYearsInSeconds)],
      "Must be a duration or a number of seconds, ten years at most; 0 for none.",
    )
    .optional(),
  tags: tagsForm.optional(),
  metadata: z
    .record(z.string(), z.unknown())
    .refine((metadata) => JSON.stringify(metadata).length <= metadataCharsMax, "At most 256 KB.")
    .optional(),
  maxAttempts: z.number().int().min(1).max(1_000).optional(),
  maxDuration: z.union([z.number().min(1).max(tenYearsInSeconds), z.literal(noLimit)]).optional(),
  machine: z
    .union(
      [machineName, z.strictObject({ preset: machineName })],
      `Must be one of ${machineNames.join(", ")}.`,
    )
    .optional(),
  priority: z.number().min(0).max(tenYearsInSeconds).optional(),
  queue: z
    .union([queueName, z.strictObject({ name: queueName })], "Must be the name of a queue, or { name }.")
    .optional(),
  concurrency: z
    .union(
      [queueName, z.array(queueName).max(mostShared)],
      `Must be the name of a limit, or a list of ${mostShared} at most.`,
    )
    .optional(),
  concurrencyKey: concurrencyKeyForm.optional(),
  version: versionName.optional(),
  /** How Trigger.dev's client sends `version`. */
  lockToVersion: versionName.optional(),
  payloadType: z.enum(clientTypes).optional(),
  /** Trigger.dev's client tells it; the payload is measured here. */
  payloadSize: z.number().optional(),
  /** What its client made the key of, to be shown: the key itself says it all. */
  idempotencyKeyOptions: z.unknown().optional(),
});

const isOneVersion = ({ version, lockToVersion }: z.infer<typeof options>): boolean =>
  version === undefined || lockToVersion === undefined || version === lockToVersion;

const one = {
  payload: z.unknown().optional(),
  payloadType: z.enum(["application/json", codecType]).optional(),
  options: options
    .refine(isOneVersion, { path: ["lockToVersion"], message: "Names another version than `version`." })
    .optional(),
};
/** The body of a trigger. */
export const form = z.strictObject(one);
const item = { task: z.string().min(1).max(128), ...one };
/** The body of a batch. */
export const batchForm = z.strictObject({
  items: z.array(z.strictObject(item)).max(mostItems, `At most ${mostItems} items.`),
  triggerSequentially: z.boolean().optional(),
  /** The place of the first item in the whole, of which this is a part. */
  offset: z.number().int().min(0).max(mostItems).optional(),
  /** There are others behind it. */
  hasMore: z.boolean().optional(),
});
/** A line of a batch that comes as lines. */
const lineForm = z.strictObject({
  ...item,
  index: z
    .number()
    .int()
    .min(0)
    .max(mostItems - 1),
});
const batchHeaders = z.strictObject({ key: keyPart.optional(), ttl: z.string().optional() });

/** What a body asks for: all of a `StartRequest` but where it goes. */
export type Asked = Omit<StartRequest, "task" | "codeVersion" | "source"> & {
  /** The code version that the caller names. */
  readonly version?: string;
  /** The upload that the payload came from. */
  readonly upload?: string;
};

/**
 * Reads the body. `made`: the id of the run that the request makes, where it carries a key.
 * @throws FormError HF207, HoldfastError HF508, HF208 for an upload that there is not.
 */
export async function triggerForm(body: unknown, ports: Ports, made?: string): Promise<Asked> {
  return askedIn(checked(form, body, "body"), ports, made);
}

async function askedIn(
  { payload, payloadType, options = {} }: z.infer<typeof form>,
  ports: Ports,
  made?: string,
): Promise<Asked> {
  const now = ports.clock.now();
  const { idempotencyKey, idempotencyKeyTTL, delay, debounce, ttl, tags, metadata } = options;
  const { maxAttempts, maxDuration, machine, priority, queue, concurrency, concurrencyKey } = options;
  const asked = {
    version: options.version ?? options.lockToVersion,
    idempotencyKey: idempotencyKey === undefined ? undefined : keyText(idempotencyKey),
    idempotencyKeyTtlMs: idempotencyKeyTTL === undefined ? undefined : durationMs(idempotencyKeyTTL),
    delayUntil: delay === undefined ? undefined : instantMs(delay, now),
    debounce: debounce === undefined ? undefined : debounceOf(debounce),
    ttlMs: ttl === undefined ? undefined : ttlMsOf(ttl),
    tags: tags === undefined ? undefined : [...new Set(typeof tags === "string" ? [tags] : tags)],
    metadata,
    maxAttempts,
    maxDurationMs: maxDuration === undefined ? undefined : maxDuration * 1_000,
    machine: machineOption(machine),
    priority,
    queue: typeof queue === "object" ? queue.name : queue,
    concurrency: concurrency === undefined ? undefined : [...new Set([concurrency].flat())],
    concurrencyKey: concurrencyKey === undefined ? undefined : String(concurrencyKey),
    upload: uploadIn(payload, options.payloadType),
  };
  const given = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
  checkDebounced(given);
  const plain = await clientPayload(ports, payload, options.payloadType, made);
  return { ...given, payload: payloadIn(plain, payloadType) };
}

/** A run of a batch. */
export type AskedItem = Asked & { readonly task: string };

/**
 * Reads the body of `POST /api/v2/tasks/batch`, with the headers `idempotency-key` and `idempotency-key-ttl`: the key of
 * an item that has none of its own is that key and the item's place.
 * @throws FormError HF207, HoldfastError HF508.
 */
export async function batchItemsIn(
  body: unknown,
  given: { readonly key: string | undefined; readonly ttl: string | undefined },
  ports: Ports,
): Promise<{
  readonly items: AskedItem[];
  readonly isInOrder: boolean;
  readonly offset: number;
  readonly isPart: boolean;
}> {
  const { key, ttl } = checked(batchHeaders, given, "header");
  const idempotencyKeyTtlMs = ttl === undefined ? undefined : durationMs(ttl);
  const whole = checked(batchForm, body, "body");
  const { items, triggerSequentially: isInOrder = false, offset = 0, hasMore = false } = whole;
  const common = (at: number): Partial<Asked> => {
    if (key === undefined) return {};
    const own = { idempotencyKey: keyText([key, String(offset + at)]) };
    return idempotencyKeyTtlMs === undefined ? own : { ...own, idempotencyKeyTtlMs };
  };
  return {
    items: await Promise.all(
      items.map(async ({ task, ...item }, at) => {
        const asked = { ...common(at), ...(await askedIn(item, ports)), task };
        checkDebounced(asked);
        return asked;
      }),
    ),
    isInOrder,
    offset,
    isPart: offset > 0 || hasMore,
  };
}

/**
 * Reads the lines of a batch: each is an item with its place in the whole, `index`. `id`: the batch's; `count`: so many places there are.
 * @throws FormError HF207, HoldfastError HF508.
 */
export async function batchLinesIn(
  lines: readonly unknown[],
  { id, count }: { readonly id: string; readonly count: number },
  ports: Ports,
): Promise<(AskedItem & { readonly index: number })[]> {
  const seen = new Set<number>();
  const form = lineForm.refine(
    ({ index }) => index < count && !seen.has(index) && seen.add(index) !== undefined,
    { path: ["index"], message: `Must be a place of its own, from 0 to ${count - 1}.` },
  );
  const read = lines.map((line) => checked(form, line, "body"));
  return Promise.all(
    read.map(async ({ task, index, ...one }) => ({
      ...(await askedIn(one, ports, runIdOf(id, task, index))),
      task,
      index,
    })),
  );
}

const requestKeyForm = z.string().min(1, "Must not be empty.").max(256, "At most 256 characters.").optional();

/** A key of the SDK's begins with its time: ids that begin with it, too, lie beside each other in a table that is ordered by them. */
const timeOfKey = (key: string): string => /^([0-9a-z]{9})-/.exec(key)?.[1] ?? "";

/**
 * The run's id for a request that carries a key of its own (`x-trigger-request-idempotency-key`): the same request, sent
 * again because its answer was lost, finds the run that it has made. No record is needed for it, and no time limit.
 * `at`: its place in a batch.
 */
export function runIdOf(requestKey: string | undefined, task: string, at?: number): string | undefined {
  const key = checked(requestKeyForm, requestKey, "header");
  if (key === undefined) return undefined;
  const time = timeOfKey(key);
  return `run_${time}${idText(at === undefined ? [task, key] : [task, key, at]).slice(time.length)}`;
}

/** The batch's id, likewise. */
export function batchIdOf(requestKey: string | undefined): string | undefined {
  const key = checked(requestKeyForm, requestKey, "header");
  return key === undefined ? undefined : `batch_${idText([key])}`;
}

/** 24 characters of base 36. */
export function idText(parts: readonly unknown[]): string {
  const hash = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  return `${BigInt(`0x${hash}`).toString(36).padStart(50, "0").slice(-24)}`;
}
