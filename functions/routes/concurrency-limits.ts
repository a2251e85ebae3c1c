/**
 * The routes of concurrency limits: queues with a limit, in Trigger.dev's newer words and shapes.
 */
import type { Context, Hono } from "hono";
import * as z from "zod";
import { HoldfastError } from "../../engine/errors.ts";
import type { KeyOverride, KeyState, QueueChange, QueueSettings, QueueState } from "../../engine/queues.ts";
import { durationMs } from "../../sdk/duration.ts";
import { jsonBody } from "../body.ts";
import type { HttpDeps } from "../deps.ts";
import { checked, FormError } from "../problem.ts";
import { noQuery, pageQuery, queryForm, queryOf } from "../query.ts";
import { concurrencyKeyForm } from "../trigger-form.ts";

const path = "/api/v1/concurrency-limits";
const bound = z.int().min(0).max(10_000).optional();

export const limitPauseForm = z.strictObject({ action: z.enum(["pause", "resume"]) });
const key = concurrencyKeyForm.optional();
export const limitOverrideForm = z
  .strictObject({
    perKey: bound,
    total: bound,
    concurrencyKey: key,
    ttl: z.union([z.string(), z.number()], "Must be a duration, or a number of seconds.").optional(),
  })
  .superRefine(({ perKey, total, concurrencyKey, ttl }, { addIssue }) => {
    const refuse = (name: string, message: string) => addIssue({ code: "custom", path: [name], message });
    if (concurrencyKey === undefined) {
      if (ttl !== undefined)
        refuse("ttl", "Goes with concurrencyKey alone: a limit is overridden until it is reset.");
      if (perKey === undefined && total === undefined) refuse("perKey", "Give perKey, total, or both.");
      return;
    }
    if (total !== undefined) refuse("total", "Is of all keys: give perKey beside concurrencyKey.");
    if (perKey === undefined) refuse("perKey", "Give the limit of this key.");
  });
export const limitResetForm = z.strictObject({ concurrencyKey: key });
export const limitQuery = queryForm({ concurrencyKey: z.string().min(1).max(128).optional() });

const dayMs = 86_400_000;
const standardTtlMs = 7 * dayMs;
const longestTtlMs = 30 * dayMs;

/** How long the limit of one key lasts. @throws HoldfastError HF508, FormError */
function keyTtlMs(ttl: string | number | undefined): number {
  if (ttl === undefined) return standardTtlMs;
  const ms = typeof ttl === "number" ? ttl * 1_000 : durationMs(ttl);
  if (Number.isInteger(ms) && ms >= 1_000 && ms <= longestTtlMs) return ms;
  const issue = { path: "ttl", message: "Must be 1 second to 30 days." };
  throw new FormError(
    `The body does not have the expected form. ttl: ${issue.message}`,
    "Give a duration such as 7d, or a number of seconds.",
    [issue],
  );
}

/** Has the queue a limit, by the code or by somebody? */
const isLimit = ({ base, override, total, totalOverride }: QueueSettings): boolean =>
  [base, override, total, totalOverride].some((limit) => limit !== undefined);

const boundView = (base: number | undefined, override: number | undefined, at: number | undefined) => ({
  current: override ?? base ?? null,
  base: base ?? null,
  override: override ?? null,
  overriddenAt: at === undefined ? null : new Date(at).toISOString(),
});

function view(queue: QueueState): object {
  const { name, base, override, overriddenAt, total, totalOverride, totalOverriddenAt } = queue;
  const { running = 0, queued = 0, isPaused } = queue;
  return {
    id: `climit_${name}`,
    name,
    perKey: boundView(base, override, overriddenAt),
    total: boundView(total, totalOverride, totalOverriddenAt),
    ...{ running, queued, paused: isPaused },
  };
}

/** One key of a limit as people see it. A pause leaves the bounds as they are. */
function keyView(name: string, concurrencyKey: string, { settings, override, running }: KeyState): object {
  const base = settings.override ?? settings.base ?? null;
  return {
    name,
    concurrencyKey,
    perKey: {
      current: override?.limit ?? base,
      base,
      override: override?.limit ?? null,
      expiresAt: override === undefined ? null : new Date(override.expiresAt).toISOString(),
    },
    running,
    paused: settings.isPaused,
  };
}

const nameOf = (c: Context): string => c.req.param("name") ?? "";

function noSuchLimit(name: string): HoldfastError {
  return new HoldfastError(
    "HF214",
    `There is no concurrency limit ${JSON.stringify(name)}.`,
    "Check the name: that of a concurrencyLimit() or of a queue with a limit, or task/<id> for a task's own limit.",
  );
}

async function limitOf(c: Context, { queues }: HttpDeps): Promise<QueueState> {
  const queue = await queues.queue(nameOf(c));
  if (queue !== undefined && isLimit(queue)) return queue;
  throw noSuchLimit(nameOf(c));
}

/** One key of a limit. A key's own limit is there to be reset where the code has given up all others. */
async function showKey(c: Context, { queues, ports }: HttpDeps, ofKey: string): Promise<KeyState> {
  const found = await queues.queueKey(nameOf(c), ofKey, ports.clock.now());
  if (found === undefined || (found.override === undefined && !isLimit(found.settings)))
    throw noSuchLimit(nameOf(c));
  return found;
}

async function changeKey(
  c: Context,
  deps: HttpDeps,
  ofKey: string,
  override: KeyOverride | undefined,
): Promise<Response> {
  const { ports, queues } = deps;
  const before = await showKey(c, deps, ofKey);
  const name = nameOf(c);
  const called = await queues.overrideKey(name, ofKey, override, ports.clock.now());
  for (const runId of called ?? []) ports.doorbell.ring(runId);
  const after = await queues.queueKey(name, ofKey, ports.clock.now());
  return c.json(keyView(name, ofKey, after ?? before));
}

async function change(c: Context, deps: HttpDeps, what: QueueChange): Promise<Response> {
  const { ports, queues } = deps;
  const before = await limitOf(c, deps);
  const { name } = before;
  const called = await queues.adjust(name, what, ports.clock.now());
  for (const runId of called ?? []) ports.doorbell.ring(runId);
  // A queue that has been told of stays; one that only an override limited is shown once more, without it.
  const after = await queues.queue(name);
  return c.json(view(after ?? before));
}

async function list(c: Context, { queues }: HttpDeps): Promise<Response> {
  const { page = 1, perPage = 25 } = queryOf(c, pageQuery);
  const all = await Promise.all((await queues.queues()).map((name) => queues.queue(name)));
  const limits = all.filter((queue) => queue !== undefined).filter(isLimit);
  const data = limits.slice((page - 1) * perPage, page * perPage).map(view);
  const totalPages = Math.max(1, Math.ceil(limits.length / perPage));
  return c.json({ data, pagination: { currentPage: page, totalPages, count: limits.length } });
}

/** Adds the routes of concurrency limits. */
export function concurrencyLimitRoutes(app: Hono, deps: HttpDeps): void {
  app.get(path, (c) => list(c, deps));
  app.get(`${path}/:name`, async (c) => {
    const { concurrencyKey } = queryOf(c, limitQuery);
    if (concurrencyKey === undefined) return c.json(view(await limitOf(c, deps)));
    return c.json(keyView(nameOf(c), concurrencyKey, await showKey(c, deps, concurrencyKey)));
  });
  app.post(`${path}/:name/pause`, async (c) => {
    noQuery(c);
    const { action } = checked(limitPauseForm, await jsonBody(c), "body");
    return change(c, deps, { isPaused: action === "pause" });
  });
  app.post(`${path}/:name/override`, async (c) => {
    noQuery(c);
    const { perKey, total, concurrencyKey, ttl } = checked(limitOverrideForm, await jsonBody(c), "body");
    if (concurrencyKey !== undefined) {
      const override = { limit: perKey ?? 0, expiresAt: deps.ports.clock.now() + keyTtlMs(ttl) };
      return changeKey(c, deps, String(concurrencyKey), override);
    }
    return change(c, deps, {
      ...(perKey === undefined ? {} : { override: perKey }),
      ...(total === undefined ? {} : { totalOverride: total }),
    });
  });
  app.post(`${path}/:name/reset`, async (c) => {
    noQuery(c);
    const { concurrencyKey } = checked(limitResetForm, await jsonBody(c), "body");
    if (concurrencyKey !== undefined) return changeKey(c, deps, String(concurrencyKey), undefined);
    return change(c, deps, { override: null, totalOverride: null });
  });
}
