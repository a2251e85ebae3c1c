/**
 * The option `debounce` of a trigger.
 *
 * Owns:      its form (Trigger.dev's), and what it goes together with.
 */
import { HoldfastError } from "../engine/errors.ts";
import type { Debounce, StartRequest } from "../engine/new-run.ts";
import { durationMs } from "./duration.ts";

/** Gathers triggers of one key into one run, which starts when none has come for a while. */
export interface DebounceOptions {
  /** Triggers of the same task with the same key are gathered. 1 to 512 characters. */
  readonly key: string;
  /** How long after the last trigger the run starts: `"5s"`, `"1h30m"`; at least a second. */
  readonly delay: string;
  /** Whose payload, metadata, tags, maxAttempts, maxDuration and machine count: the first's (the default), or the last's. */
  readonly mode?: "leading" | "trailing";
  /** How long after the first trigger the run starts at the latest; longer than `delay`. Without it there is no end. */
  readonly maxDelay?: string;
}

const longestKey = 512;
const leastMs = 1_000;

function refused(what: string, fix: string): HoldfastError {
  return new HoldfastError("HF510", `The trigger option debounce ${what}.`, fix);
}

function checkForm(value: unknown): asserts value is DebounceOptions {
  const { key, mode, ...rest } = (value ?? {}) as Record<string, unknown>;
  if (typeof key !== "string" || key === "" || key.length > longestKey)
    throw refused(
      "has no valid key",
      `Give { key, delay }, the key a text of 1 to ${longestKey} characters.`,
    );
  if (mode !== undefined && mode !== "leading" && mode !== "trailing")
    throw refused(`has the mode ${JSON.stringify(mode)}`, 'Give "leading" or "trailing".');
  const strange = Object.keys(rest).find((name) => name !== "delay" && name !== "maxDelay");
  if (strange !== undefined)
    throw refused(`has the field ${JSON.stringify(strange)}`, "Supported: key, delay, mode, maxDelay.");
}

/**
 * Checks and translates.
 * @throws HoldfastError HF510 for what is not valid, HF508 for a duration that is none
 */
export function debounceOf(value: unknown): Debounce {
  checkForm(value);
  const { key, delay, mode, maxDelay } = value;
  const delayMs = durationMs(delay);
  if (delayMs < leastMs) throw refused(`has the delay ${JSON.stringify(delay)}`, 'Give "1s" or more.');
  const common = { key, delayMs, isTrailing: mode === "trailing" };
  if (maxDelay === undefined) return common;
  const maxDelayMs = durationMs(maxDelay);
  if (maxDelayMs > delayMs) return { ...common, maxDelayMs };
  const what = `has a maxDelay (${maxDelay}) that is no longer than its delay (${delay})`;
  throw refused(what, "Give a longer one: each trigger would start a run of its own.");
}

/** A debounced trigger has its time already. @throws HoldfastError HF510 */
export function checkDebounced({
  debounce,
  delayUntil,
}: Pick<StartRequest, "debounce" | "delayUntil">): void {
  if (debounce === undefined) return;
  if (delayUntil !== undefined) throw refused("stands beside delay", "Give the time as debounce.delay.");
}
