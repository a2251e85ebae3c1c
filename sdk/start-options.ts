/**
 * The options of a trigger inside a run: checked, and as the engine takes them.
 *
 * Owns:      the limits of the options (Trigger.dev's), which the HTTP app has as well.
 * Invariant: an option that is not valid or not known is refused before anything is stored.
 */

import { HoldfastError } from "../engine/errors.ts";
import type { StartRequest } from "../engine/new-run.ts";
import { checkDebounced, debounceOf } from "./debounce.ts";
import { durationMs, instantMs, ttlMsOf } from "./duration.ts";
import { insteadOf } from "./instead.ts";
import { isMadeKey, keyText } from "./key-forms.ts";
import { checkRoom, machineOption } from "./machine.ts";
import { checkMetadata } from "./metadata-values.ts";
import type { TriggerOptions } from "./outside.ts";
import { checkConcurrencyKey, checkQueueName } from "./queue.ts";

type Part = Partial<
  Pick<
    StartRequest,
    | "idempotencyKey"
    | "idempotencyKeyTtlMs"
    | "debounce"
    | "delayUntil"
    | "ttlMs"
    | "tags"
    | "metadata"
    | "maxAttempts"
    | "maxDurationMs"
    | "machine"
    | "priority"
    | "queue"
    | "concurrency"
    | "concurrencyKey"
    | "codeVersion"
  >
>;

/** When and for whom: what some options are relative to. */
export interface StartedFrom {
  /** The run's clock, Unix milliseconds. */
  readonly now: number;
  readonly runId: string;
  /** The task that is started is `longRunning`. */
  readonly isLong?: boolean;
}

const mostTags = 10;
const longestTag = 128;
const mostAttempts = 1_000;
/** Ten years. */
const mostSeconds = 315_360_000;
/** `timeout.None`, without what it is exported with. It stands above the task's own limit, so it is a number here, too. */
const noLimit = 2_147_483_647;

function refused(name: string, value: unknown, wanted: string): HoldfastError {
  const shown = typeof value === "string" ? JSON.stringify(value.slice(0, 60)) : String(value);
  return new HoldfastError("HF510", `The trigger option ${name} is ${shown}.`, `Give ${wanted}.`);
}

function number(name: string, value: unknown, least: number, most: number, whole: boolean): number {
  const isNumber = typeof value === "number" && Number.isFinite(value) && value >= least && value <= most;
  if (isNumber && (!whole || Number.isInteger(value))) return value;
  throw refused(name, value, `a ${whole ? "whole " : ""}number from ${least} to ${most}`);
}

/** Checks tags. @throws HoldfastError HF510 */
export function checkTags(tags: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(tags) ? tags : [tags];
  const isTag = (tag: unknown): tag is string =>
    typeof tag === "string" && tag !== "" && tag.length <= longestTag;
  const different = [...new Set(list)];
  if (different.length <= mostTags && different.every(isTag)) return different;
  throw refused("tags", list.join(", "), "a text or a list of texts of 1 to 128 characters, at most 10");
}

/** A key of the author's holds within the run, as Trigger.dev's does; one that was made has its scope in it. */
function keyOf(key: unknown, { runId }: StartedFrom): string {
  const text = keyText(key);
  return isMadeKey(text) ? text : `${runId}:${text}`;
}

/** How each option is checked and translated. */
const translate: Readonly<Record<string, (value: unknown, from: StartedFrom) => Part>> = {
  idempotencyKey: (value, from) => ({ idempotencyKey: keyOf(value, from) }),
  idempotencyKeyTTL: (value) => ({ idempotencyKeyTtlMs: durationMs(value as string) }),
  debounce: (value) => ({ debounce: debounceOf(value) }),
  delay: (value, { now }) => ({ delayUntil: instantMs(value as string, now) }),
  ttl: (value) => ({
    ttlMs: ttlMsOf(
      typeof value === "number" ? number("ttl", value, 0, mostSeconds, true) : (value as string),
    ),
  }),
  tags: (value) => ({ tags: checkTags(value) }),
  metadata: (value) => ({ metadata: checkMetadata(value) }),
  maxAttempts: (value) => ({ maxAttempts: number("maxAttempts", value, 1, mostAttempts, true) }),
  maxDuration: (value) => ({
    maxDurationMs:
      (value === noLimit ? noLimit : number("maxDuration", value, 1, mostSeconds, false)) * 1_000,
  }),
  machine: (value, { isLong = false }) => {
    const machine = machineOption(value);
    checkRoom(machine, isLong);
    return { machine };
  },
  queue: (value) => ({
    queue: checkQueueName(typeof value === "object" ? (value as { name?: unknown } | null)?.name : value),
  }),
  // Which there are is looked at besides (`checkLimits`).
  concurrency: (value) => ({ concurrency: [value].flat().map(checkQueueName) }),
  concurrencyKey: (value) => ({ concurrencyKey: checkConcurrencyKey(value) }),
  // Looked at when the run is started (`engine/code-choice.ts`).
  version: (value) => ({ codeVersion: value as string }),
  priority: (value) => ({ priority: number("priority", value, 0, mostSeconds, false) }),
};

/**
 * Checks and translates.
 * @throws HoldfastError HF506 for an option that there is not, HF508 for a duration or date, HF510 or HF512 for what else
 * is not valid.
 */
export function startOptions(options: TriggerOptions | undefined, from: StartedFrom): Part {
  if (options === undefined || options === null) return {};
  if (typeof options !== "object")
    throw new HoldfastError(
      "HF510",
      `The trigger's options are ${String(options)}.`,
      'Give an object such as { delay: "1h" }.',
    );
  const parts = Object.entries(options).map(([name, value]) => {
    const known = Object.hasOwn(translate, name) ? translate[name] : undefined;
    if (known !== undefined) return value === undefined ? {} : known(value, from);
    const fix = insteadOf(name) ?? `Supported: ${Object.keys(translate).join(", ")}.`;
    throw new HoldfastError("HF506", `The trigger option "${name}" is not supported.`, fix);
  });
  const asked = Object.assign({}, ...parts) as Part;
  checkDebounced(asked);
  return asked;
}
