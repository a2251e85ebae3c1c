/**
 * The routes of bulk actions: many runs canceled or replayed by one request, which only begins it.
 */
import type { Context, Hono } from "hono";
import * as z from "zod";
import type { BulkPayload } from "../../engine/bulk.ts";
import { decode } from "../../engine/codec.ts";
import { HoldfastError } from "../../engine/errors.ts";
import { textOf } from "../../engine/new-run.ts";
import type { Ports } from "../../engine/ports.ts";
import { allStatuses, isFinished, type Run, type RunStatus } from "../../engine/run.ts";
import { cancelRun, startRun } from "../../engine/start.ts";
import { bulkTask } from "../../engine/token-task.ts";
import { durationMs, instantMs } from "../../sdk/duration.ts";
import { jsonBody } from "../body.ts";
import type { HttpDeps, TaskListing } from "../deps.ts";
import { askedMachines, listQuery, machineName, page } from "../list-query.ts";
import { checked } from "../problem.ts";
import { noQuery } from "../query.ts";

const path = "/api/v1/bulk-actions";

/** Ids that fit into a body, and into the head's payload. */
const mostIds = 10_000;

const texts = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);
const status = z.enum(allStatuses as [RunStatus, ...RunStatus[]]);
const queueName = z.union([
  z.string().min(1),
  z
    .strictObject({ type: z.enum(["task", "custom"]), name: z.string().min(1) })
    .transform(({ type, name }) => (type === "task" ? `task/${name}` : name)),
]);
const date = z.union([z.string(), z.number().int().min(0)]);
const filterForm = z
  .strictObject({
    status: z.union([status, z.array(status).min(1)]).optional(),
    taskIdentifier: texts.optional(),
    tag: texts.optional(),
    batch: z.string().min(1).optional(),
    schedule: z.string().min(1).optional(),
    version: texts.optional(),
    queue: z.union([queueName, z.array(queueName).min(1)]).optional(),
    machine: z.union([machineName, z.array(machineName).min(1)]).optional(),
    bulkAction: z.string().min(1).optional(),
    isTest: z.boolean().optional(),
    from: date.optional(),
    to: date.optional(),
    period: z.string().optional(),
  })
  .refine((filter) => Object.keys(filter).length > 0, "Give at least one filter.")
  .refine(({ from, period }) => from === undefined || period === undefined, "Give from or period.");

export const bulkForm = z
  .strictObject({
    action: z.enum(["cancel", "replay"]),
    filter: filterForm.optional(),
    runIds: z.array(z.string().min(1).max(100)).min(1).max(mostIds, `At most ${mostIds} ids.`).optional(),
    name: z.string().max(255, "At most 255 characters.").optional(),
  })
  .refine(
    ({ filter, runIds }) => (filter === undefined) !== (runIds === undefined),
    "Give either filter or runIds.",
  );

const listOf = <T>(value: T | readonly T[] | undefined): readonly T[] | undefined =>
  value === undefined ? undefined : ([value].flat() as T[]);

/** Runs that are created from now on, those that a replay makes too, are none of the action's. */
function queryIn(
  filter: z.infer<typeof filterForm>,
  now: number,
  tasks: readonly TaskListing[],
): BulkPayload["filter"] {
  const at = (value: string | number): number => (typeof value === "number" ? value : instantMs(value, now));
  const { from, to, period } = filter;
  const machines = listOf(filter.machine);
  const asked = {
    status: listOf(filter.status),
    task: listOf(filter.taskIdentifier),
    tag: listOf(filter.tag),
    batch: listOf(filter.batch),
    schedule: listOf(filter.schedule),
    version: listOf(filter.version),
    queue: listOf(filter.queue),
    machine: machines && askedMachines(machines, tasks),
    bulkAction: filter.bulkAction,
    isTest: filter.isTest,
    from: period === undefined ? from && at(from) : now - durationMs(period),
    to: to === undefined ? now : Math.min(at(to), now),
  };
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
}

async function create(c: Context, { ports, code }: HttpDeps): Promise<Response> {
  noQuery(c);
  const now = ports.clock.now();
  const { action, filter, runIds, name } = checked(bulkForm, await jsonBody(c), "body");
  const payload: BulkPayload = {
    action,
    ...(name === undefined ? {} : { name }),
    ...(filter === undefined ? {} : { filter: queryIn(filter, now, code.tasks()) }),
    ...(runIds === undefined ? {} : { runIds: [...new Set(runIds)] }),
  };
  const id = ports.chance.id("bulk_");
  await startRun(ports, { id, task: bulkTask, payload, codeVersion: code.version(), source: "api" });
  return c.json({ id });
}

const statusOf = ({ status }: Run): string =>
  status === "COMPLETED" ? "COMPLETED" : isFinished(status) ? "ABORTED" : "PENDING";

async function view(ports: Ports, run: Run): Promise<object> {
  const { action, name, runIds } = decode(await textOf(ports, run.payload)) as BulkPayload;
  const kept = run.changedMetadata;
  const { success = 0, failure = 0 } = (kept === undefined ? {} : decode(await textOf(ports, kept))) as {
    success?: number;
    failure?: number;
  };
  return {
    id: run.id,
    name,
    type: action.toUpperCase(),
    status: statusOf(run),
    counts: { total: runIds?.length ?? success + failure, success, failure },
    createdAt: new Date(run.createdAt).toISOString(),
    completedAt: run.finishedAt === undefined ? undefined : new Date(run.finishedAt).toISOString(),
  };
}

async function actionOf(c: Context, { store }: Ports): Promise<Run> {
  const id = c.req.param("id") ?? "";
  const run = await store.read(id);
  if (run?.task === bulkTask) return run;
  const fix = "Check the id: it is what runs.bulk.cancel() or replay() gave.";
  throw new HoldfastError("HF208", `There is no bulk action ${JSON.stringify(id.slice(0, 60))}.`, fix);
}

/** Adds the routes. */
export function bulkActionRoutes(app: Hono, deps: HttpDeps): void {
  const { ports } = deps;
  app.post(path, (c) => create(c, deps));
  app.get(path, async (c) => {
    const query = listQuery(c, ports.clock.now());
    const { data, pagination } = await page(ports.store, { ...query, task: [bulkTask] }, (run) => run);
    return c.json({ data: await Promise.all(data.map((run) => view(ports, run))), pagination });
  });
  app.get(`${path}/:id`, async (c) => {
    noQuery(c);
    return c.json(await view(ports, await actionOf(c, ports)));
  });
  app.post(`${path}/:id/abort`, async (c) => {
    noQuery(c);
    const { id } = await actionOf(c, ports);
    await cancelRun(ports, id);
    return c.json({ id });
  });
}
