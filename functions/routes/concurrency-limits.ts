/**
 * The routes of concurrency limits: queues with a limit, in Trigger.dev's newer words and shapes.
 */
import type { Context, Hono } from "hono";
import * as z from "zod";
import { HoldfastError } from "../../engine/errors.ts";
import type { QueueChange, QueueState } from "../../engine/queues.ts";
import { jsonBody } from "../body.ts";
import type { HttpDeps } from "../deps.ts";
import { checked } from "../problem.ts";
import { noQuery, pageQuery, queryOf } from "../query.ts";

const path = "/api/v1/concurrency-limits";
const bound = z.int().min(0).max(10_000).optional();

export const limitPauseForm = z.strictObject({ action: z.enum(["pause", "resume"]) });
export const limitOverrideForm = z
  .strictObject({ perKey: bound, total: bound })
  .refine(({ perKey, total }) => perKey !== undefined || total !== undefined, "give perKey, total, or both");
export const limitResetForm = z.strictObject({});

/** Has the queue a limit, by the code or by somebody? */
const isLimit = ({ base, override, total, totalOverride }: QueueState): boolean =>
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

async function limitOf(c: Context, { queues }: HttpDeps): Promise<QueueState> {
  const name = c.req.param("name") ?? "";
  const queue = await queues.queue(name);
  if (queue !== undefined && isLimit(queue)) return queue;
  throw new HoldfastError(
    "HF214",
    `There is no concurrency limit ${JSON.stringify(name)}.`,
    "Check the name: that of a concurrencyLimit() or of a queue with a limit, or task/<id> for a task's own limit.",
  );
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
    noQuery(c);
    return c.json(view(await limitOf(c, deps)));
  });
  app.post(`${path}/:name/pause`, async (c) => {
    noQuery(c);
    const { action } = checked(limitPauseForm, await jsonBody(c), "body");
    return change(c, deps, { isPaused: action === "pause" });
  });
  app.post(`${path}/:name/override`, async (c) => {
    noQuery(c);
    const { perKey, total } = checked(limitOverrideForm, await jsonBody(c), "body");
    return change(c, deps, {
      ...(perKey === undefined ? {} : { override: perKey }),
      ...(total === undefined ? {} : { totalOverride: total }),
    });
  });
  app.post(`${path}/:name/reset`, async (c) => {
    noQuery(c);
    checked(limitResetForm, await jsonBody(c), "body");
    return change(c, deps, { override: null, totalOverride: null });
  });
}
