/**
 * `retry.onThrow` and `retry.fetch` inside a run: each call of the function has a frame of its own, and the time between
 * two calls is a wait like any other.
 *
 * Invariant: an await inside is made once for each call: the calls are what is tried again.
 */
import { type Callable, handOver } from "../engine/authored.ts";
import { hashText } from "../engine/fingerprint.ts";
import type { Frame, Site } from "../engine/frame.ts";
import { know } from "../engine/promises.ts";
import { type RetryOptions, resolveRetry } from "../engine/retry.ts";
import { askUnit } from "../engine/unit.ts";
import { askWait } from "../engine/waits.ts";
import { fetchOnce, type RetryFetchInit, type Tries, tryFetch, tryOnThrow } from "./retry-loop.ts";

/** A number in [0, 1) that is the same in every pass. */
const fractionOf = (text: string): number => Number.parseInt(hashText(text, 8), 36) / 36 ** 8;

const once = resolveRetry({ maxAttempts: 1 });

function triesIn(frame: Frame, site: Site, key: string): Tries {
  const { execution } = frame;
  const place = { name: site.name, at: site.at };
  return {
    call: (attempt, fn) => {
      const inner = frame.child(`${key}/try#${attempt}`);
      inner.retry = once;
      return new Promise((resolve) => resolve(handOver(inner, fn as Callable, undefined, []) as never));
    },
    fetch: (attempt, request) => {
      const { input, init } = request;
      const invoke = (): unknown => fetchOnce(request);
      const args = [input instanceof Request ? input.url : String(input), init.method ?? "GET"];
      const making = { sort: "unit", place, args, invoke, retry: once } as const;
      return askUnit(frame, `${key}/try#${attempt}`, making) as Promise<Response>;
    },
    sleep: (attempt, ms) => askWait(frame, `${key}/wait#${attempt}`, place, execution.now + ms),
    fraction: (attempt) => fractionOf(`${execution.context.run.seed} ${key} ${attempt}`),
    now: () => execution.now,
    isOver: () => execution.canceled !== undefined,
  };
}

function onThrow(frame: Frame, site: Site, args: readonly unknown[]): Promise<unknown> {
  const [fn, options] = args as [Callable, RetryOptions | undefined];
  const tries = triesIn(frame, site, frame.next(site.id));
  return know(tryOnThrow(tries, (attempt) => Reflect.apply(fn, undefined, [attempt]), options));
}

function fetchAgain(frame: Frame, site: Site, args: readonly unknown[]): Promise<unknown> {
  const [input, init] = args as [RequestInfo | URL, RetryFetchInit | undefined];
  return know(tryFetch(triesIn(frame, site, frame.next(site.id)), input, init));
}

/** What the SDK's functions do, by name. */
export const retryFunctions = { "retry.onThrow": onThrow, "retry.fetch": fetchAgain };
