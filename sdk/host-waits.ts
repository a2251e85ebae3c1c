/**
 * Waits for a time inside a run.
 *
 * Owns:      what a wait with an idempotency key is: a token that nobody completes. Whoever comes later with the same key
 *            waits for the same token, and no longer than that, and goes on at once when its time is over.
 */
import { askToken } from "../engine/children.ts";
import { HoldfastError } from "../engine/errors.ts";
import type { Frame, Site } from "../engine/frame.ts";
import { know } from "../engine/promises.ts";
import { createToken, tokenIdOf } from "../engine/tokens.ts";
import { askUnit } from "../engine/unit.ts";
import { askWait } from "../engine/waits.ts";
import { type Duration, durationMs, instantMs } from "./duration.ts";
import type { TaskWait } from "./hooks.ts";
import { keyText } from "./key-forms.ts";
import { withWaitHooks } from "./run-hooks.ts";
import type { CommonWaitOptions } from "./wait.ts";

const placeOf = (site: Site) => ({ name: site.name, at: site.at });

function waitFor(frame: Frame, site: Site, args: readonly unknown[]): Promise<unknown> {
  const { duration, ...keyed } = partsOf(args[0] as Duration & CommonWaitOptions);
  return until(frame, site, frame.execution.now + durationMs(duration), keyed);
}

/** What older files of Trigger.dev's say beside: it has no effect there any more, and every wait gives its slot back here. */
type Former = { readonly releaseConcurrency?: boolean };

/** The options of a wait stand among the parts of its duration, as Trigger.dev's do. */
function partsOf(
  wanted: Duration & CommonWaitOptions & Former,
): CommonWaitOptions & { readonly duration: Duration } {
  if (typeof wanted !== "object" || wanted === null) return { duration: wanted };
  const { idempotencyKey, idempotencyKeyTTL, releaseConcurrency: _, ...duration } = wanted;
  return { duration, ...given({ idempotencyKey, idempotencyKeyTTL }) };
}

function waitUntil(frame: Frame, site: Site, args: readonly unknown[]): Promise<unknown> {
  const { date, throwIfInThePast, idempotencyKey, idempotencyKeyTTL } = (args[0] ?? {}) as {
    date: Date;
    throwIfInThePast?: boolean;
  } & CommonWaitOptions;
  const due = instantMs(date, frame.execution.now);
  if (throwIfInThePast === true && due < frame.execution.now) {
    const what = `${new Date(due).toISOString()} has passed.`;
    throw new HoldfastError("HF508", what, "Give a later date, or leave throwIfInThePast out.");
  }
  return until(frame, site, due, given({ idempotencyKey, idempotencyKeyTTL }));
}

const given = (
  options: { [K in keyof CommonWaitOptions]: CommonWaitOptions[K] | undefined },
): CommonWaitOptions =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

function until(
  frame: Frame,
  site: Site,
  due: number,
  { idempotencyKey, idempotencyKeyTTL }: CommonWaitOptions,
): Promise<unknown> {
  const ttlMs = idempotencyKeyTTL === undefined ? undefined : durationMs(idempotencyKeyTTL);
  const key = frame.next(site.id);
  const untilDue = (): TaskWait => ({ type: "duration", date: new Date(due) });
  if (idempotencyKey === undefined)
    return withWaitHooks(frame, key, untilDue, () => askWait(frame, key, placeOf(site), due));
  const made = frame.next(site.id);
  const token = askTimer(frame, site, made, { key: keyText(idempotencyKey), ttlMs, due });
  const go = (id: string): Promise<unknown> =>
    withWaitHooks(frame, key, untilDue, () => askToken(frame, { key, place: placeOf(site), tokenId: id }));
  return know(token.then((id) => go(id as string)).then(() => undefined));
}

/** The token that ends when the wait is over: a new one, or that of the key. */
function askTimer(
  frame: Frame,
  site: Site,
  key: string,
  timer: { readonly key: string; readonly ttlMs: number | undefined; readonly due: number },
): Promise<unknown> {
  const { ports, run } = frame.execution.context;
  const id = tokenIdOf(run.id, key, frame.execution.journal.generation(key));
  const invoke = async (): Promise<string> => {
    const { head } = await createToken(ports, {
      id,
      codeVersion: run.codeVersion,
      timeoutAt: timer.due,
      idempotencyKey: `wait:${timer.key}`,
      idempotencyKeyTtlMs: timer.ttlMs,
    });
    return head.id;
  };
  return know(askUnit(frame, key, { sort: "step", place: placeOf(site), args: [timer.key], invoke }));
}

/** What the SDK's functions do, by name. */
export const waitFunctions = { "wait.for": waitFor, "wait.until": waitUntil };
