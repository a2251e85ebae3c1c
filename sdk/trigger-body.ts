/**
 * What a trigger sends: payloads as JSON where JSON carries them, durations and dates in the server's form.
 */
import { encode, prepare } from "../engine/codec.ts";
import { isPlainJson } from "../engine/codec-plain.ts";
import type { DebounceOptions } from "./debounce.ts";
import { type Duration, durationMs } from "./duration.ts";
import type { Machine } from "./machine.ts";

/** Options of a trigger. What the server does not support yet, it refuses (HF207). */
export interface ApiTriggerOptions {
  /**
   * The same key gives the same run; parts of a list are kept apart. Inside a run it holds within that run;
   * `idempotencyKeys.create` makes keys that reach further.
   */
  readonly idempotencyKey?: string | readonly string[];
  /** How long the key holds; 30 days by default. */
  readonly idempotencyKeyTTL?: Duration;
  /** When to start: a duration from now, or a date. */
  readonly delay?: Duration | Date;
  /** How long the run may wait for its start before it expires; a number counts seconds, 0 is for ever. */
  readonly ttl?: Duration | number;
  /** Gathers triggers of the same key into one run. Not together with `delay` or an idempotency key. */
  readonly debounce?: DebounceOptions;
  readonly tags?: string | readonly string[];
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly maxAttempts?: number;
  /** Seconds of work after which the run is ended. */
  readonly maxDuration?: number;
  /** Another machine than the task's own. */
  readonly machine?: Machine;
  /** Another queue than the task's own. */
  readonly queue?: string | { readonly name: string };
  /** Names of limits, two at most, in place of those that the task shares with others; `[]` for none. The task's own limit and its queue's stay. */
  readonly concurrency?: string | readonly string[];
  /** Runs with the same key share the queue's limit; each key has the whole of it. */
  readonly concurrencyKey?: string | number;
  /** Seconds of head start in a queue with a limit. */
  readonly priority?: number;
  /**
   * The code version to run on, as `runs.retrieve()` tells it; the current one by default, within a run that run's own. One
   * machine knows those that it keeps, AWS the current one alone. Not where the call waits for the run.
   */
  readonly version?: string;
}

/** One run of a batch. */
export interface ApiBatchItem {
  readonly task: string;
  readonly payload?: unknown;
  readonly options?: ApiTriggerOptions;
}

/** A duration or date in the server's form. */
export const timeText = (value: Duration | Date): string => {
  if (value instanceof Date) return value.toISOString();
  return typeof value === "string" ? value : `${Math.ceil(durationMs(value) / 1_000)}s`;
};

function optionsBody(options: ApiTriggerOptions): Record<string, unknown> {
  const { delay, ttl, idempotencyKeyTTL, ...rest } = options;
  return {
    ...rest,
    delay: delay && timeText(delay),
    ttl: typeof ttl === "number" ? ttl : ttl && timeText(ttl),
    idempotencyKeyTTL: idempotencyKeyTTL && timeText(idempotencyKeyTTL),
  };
}

/** The body of a trigger. A payload that JSON would change goes as codec text. */
export async function triggerBody(payload: unknown, options: ApiTriggerOptions | undefined): Promise<object> {
  const rest = options === undefined ? {} : { options: optionsBody(options) };
  if (payload === undefined || isPlainJson(payload)) return { payload, ...rest };
  await prepare(payload);
  return { payload: encode(payload).text, payloadType: "holdfast/codec", ...rest };
}

/** The server takes at most 3 MB. */
const bodyBytesMax = 2_500_000;

/**
 * The bodies of a batch: one, or as many as its size asks for. `isInOrder`: each run is stored when the one before it is.
 */
export async function batchBodies(items: readonly ApiBatchItem[], isInOrder: boolean): Promise<string[]> {
  const each = async ({ task, payload, options }: ApiBatchItem) => ({
    task,
    ...(await triggerBody(payload, options)),
  });
  const texts = (await Promise.all(items.map(each))).map((item) => JSON.stringify(item));
  const parts: { readonly offset: number; readonly texts: string[] }[] = [];
  let bytes = 0;
  for (const [offset, text] of texts.entries()) {
    const size = new TextEncoder().encode(text).length;
    const part = parts.at(-1);
    if (part === undefined || bytes + size > bodyBytesMax) {
      parts.push({ offset, texts: [text] });
      bytes = size;
    } else {
      part.texts.push(text);
      bytes += size + 1;
    }
  }
  const order = isInOrder ? `,"triggerSequentially":true` : "";
  const whole = parts.length === 0 ? [{ offset: 0, texts: [] }] : parts;
  return whole.map((part, at) => {
    const offset = part.offset === 0 ? "" : `,"offset":${part.offset}`;
    const place = at === whole.length - 1 ? offset : `${offset},"hasMore":true`;
    return `{"items":[${part.texts.join()}]${order}${place}}`;
  });
}
