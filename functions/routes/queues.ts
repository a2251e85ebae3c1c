/**
 * The routes of queues: look at them, pause and resume them, and give them another limit. Trigger.dev's shapes.
 */
import type { Context, Hono } from "hono";
import * as z from "zod";
import { HoldfastError } from "../../engine/errors.ts";
import { limitIn, plainQueue, type QueueChange, type QueueState } from "../../engine/queues.ts";
import { jsonBody } from "../body.ts";
import type { HttpDeps } from "../deps.ts";
import { checked } from "../problem.ts";
import { noQuery, pageQuery, queryForm, queryOf } from "../query.ts";

const path = "/api/v1/queues";
const mostSlots = 10_000;
const ofTask = "task/";

const typeForm = z.enum(["id", "task", "custom"]).optional();
const typeQuery = queryForm({ type: typeForm });
export const pauseForm = z.strictObject({ type: typeForm, action: z.enum(["pause", "resume"]) });
export const overrideForm = z.strictObject({
  type: typeForm,
  concurrencyLimit: z.int().min(0).max(mostSlots),
});
export const resetForm = z.strictObject({ type: typeForm });

const date = (ms: number | undefined): string | null =>
  ms === undefined ? null : new Date(ms).toISOString();

/** A queue as people see it. */
function view(queue: QueueState): object {
  const { name, base, override, overriddenAt, isPaused, running, queued, total, rate } = queue;
  const isOfTask = name.startsWith(ofTask);
  // Paused or not: the limit that counts when it is not.
  const current = limitIn({ ...queue, isPaused: false }) ?? null;
  return {
    id: name,
    name: isOfTask ? name.slice(ofTask.length) : name,
    type: isOfTask ? "task" : "custom",
    running: running ?? null,
    queued: queued ?? null,
    paused: isPaused,
    concurrencyLimit: current,
    concurrency: {
      current,
      base: base ?? null,
      override: override ?? null,
      overriddenAt: date(overriddenAt),
      overriddenBy: null,
      total: total ?? null,
    },
    rateLimit: rate ?? null,
  };
}

function noSuchQueue(name: string): HoldfastError {
  return new HoldfastError(
    "HF214",
    `There is no queue ${JSON.stringify(name)}.`,
    "Check the name: a task's own queue is task/<id>, and there where the task says so, with `queue: {}` or a limit.",
  );
}

/** The queue's name, of what stands in the path and the type that goes with it. */
const nameOf = (c: Context, type: z.infer<typeof typeForm>): string =>
  `${type === "task" ? ofTask : ""}${c.req.param("name")}`;

/** What there is to see of a task that says nothing of a queue: nobody counts its runs, and nothing holds them up. */
function unsaid(name: string, { code }: HttpDeps): QueueState | undefined {
  const isOfTask = name.startsWith(ofTask) && code.tasks().some(({ id }) => id === name.slice(ofTask.length));
  return isOfTask ? { ...plainQueue, name, running: undefined, queued: undefined } : undefined;
}

async function show(c: Context, deps: HttpDeps, name: string): Promise<Response> {
  const queue = (await deps.queues.queue(name)) ?? unsaid(name, deps);
  if (queue === undefined) throw noSuchQueue(name);
  return c.json(view(queue));
}

async function change(c: Context, deps: HttpDeps, name: string, what: QueueChange): Promise<Response> {
  const { ports, queues } = deps;
  const called = await queues.adjust(name, what, ports.clock.now());
  if (called === undefined) throw noSuchQueue(name);
  for (const runId of called) ports.doorbell.ring(runId);
  return show(c, deps, name);
}

async function list(c: Context, { queues }: HttpDeps): Promise<Response> {
  const { page = 1, perPage = 25 } = queryOf(c, pageQuery);
  const names = await queues.queues();
  const shown = names.slice((page - 1) * perPage, page * perPage);
  const found = await Promise.all(shown.map((name) => queues.queue(name)));
  const data = found.flatMap((queue) => (queue === undefined ? [] : [view(queue)]));
  const totalPages = Math.max(1, Math.ceil(names.length / perPage));
  return c.json({ data, pagination: { currentPage: page, totalPages, count: names.length } });
}

/** Adds the routes of queues. */
export function queueRoutes(app: Hono, deps: HttpDeps): void {
  app.get(path, (c) => list(c, deps));
  app.get(`${path}/:name`, (c) => show(c, deps, nameOf(c, queryOf(c, typeQuery).type)));
  app.post(`${path}/:name/pause`, async (c) => {
    noQuery(c);
    const { type, action } = checked(pauseForm, await jsonBody(c), "body");
    return change(c, deps, nameOf(c, type), { isPaused: action === "pause" });
  });
  app.post(`${path}/:name/concurrency/override`, async (c) => {
    noQuery(c);
    const { type, concurrencyLimit } = checked(overrideForm, await jsonBody(c), "body");
    return change(c, deps, nameOf(c, type), { override: concurrencyLimit });
  });
  app.post(`${path}/:name/concurrency/reset`, async (c) => {
    noQuery(c);
    const { type } = checked(resetForm, await jsonBody(c), "body");
    return change(c, deps, nameOf(c, type), { override: null });
  });
}
