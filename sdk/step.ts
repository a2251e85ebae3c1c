/**
 * One await with a name and a policy of its own, and live values said explicitly.
 */
import type { RetryOptions } from "../engine/retry.ts";
import type { Duration } from "./duration.ts";
import { durable } from "./link.ts";

/** The policy of one step. */
export interface StepOptions<T> {
  readonly retry?: RetryOptions;
  /** A try that takes longer has failed: `"30s"`, `{ minutes: 2 }`. */
  readonly timeout?: Duration;
  /** False or a throw fails the try. */
  readonly check?: (result: T) => unknown;
}

/** How `step` is called: with options or without. */
type Step = {
  <T>(name: string, fn: () => Promise<T> | T): Promise<T>;
  <T>(name: string, options: StepOptions<T>, fn: () => Promise<T> | T): Promise<T>;
};

/**
 * Makes `fn` one checkpoint called `name`; nothing inside it is a checkpoint of its own. Works without the build step
 * too. Outside a run it just calls `fn`.
 *
 * @example
 * ```ts
 * import { step } from "holdfast";
 *
 * const job = await step("render", { retry: { maxAttempts: 10 }, timeout: "30s" }, async () => ({ state: "done" }));
 * ```
 */
export const step: Step = durable("step", [], async (...args: readonly unknown[]) =>
  (args[args.length - 1] as () => unknown)(),
) as Step;

/**
 * A value that lives in one process: `fn` is called in every pass that needs it, and its result is never recorded.
 *
 * @example
 * ```ts
 * import { live } from "holdfast";
 *
 * const socket = await live(async () => new WebSocket("wss://example.com"));
 * ```
 */
export const live: <T>(fn: () => Promise<T> | T) => Promise<T> = durable(
  "live",
  [],
  async (fn: () => unknown) => fn(),
) as never;

/**
 * The idempotency key of the unit in whose arguments (or inside whose `step`) it is called: the same for each try and
 * in each pass, a new one once your code has rejected the result. Outside a run it is a new random key.
 *
 * @example
 * ```ts
 * import { idempotencyKey } from "holdfast";
 *
 * await fetch("https://pay.example.com/charges", { method: "POST", headers: { "idempotency-key": idempotencyKey() } });
 * ```
 */
export const idempotencyKey: () => string = durable("idempotencyKey", [], () => crypto.randomUUID());
