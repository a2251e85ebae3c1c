/**
 * The route of batches: many runs with one request.
 *
 * Invariant: every item is checked before the first run is stored. A request that is sent again finds the runs that it
 * has made.
 */
import type { Context, Hono } from "hono";
import { Gate } from "../../engine/gate.ts";
import { startRun } from "../../engine/start.ts";
import { jsonBody } from "../body.ts";
import type { HttpDeps } from "../deps.ts";
import { demandTasks } from "../key-scopes.ts";
import { queryOf } from "../query.ts";
import { type AskedItem, batchIdOf, batchItemsIn, runIdOf } from "../trigger-form.ts";
import { knownTask, requestKeyHeader, startedView } from "./tasks.ts";

/** So many runs are stored at once. */
const width = 32;

async function batch(c: Context, deps: HttpDeps): Promise<Response> {
  queryOf(c, {});
  const { ports, code } = deps;
  const requestKey = c.req.header(requestKeyHeader);
  const given = { key: c.req.header("idempotency-key"), ttl: c.req.header("idempotency-key-ttl") };
  const { items, isInOrder, offset } = batchItemsIn(await jsonBody(c), given, ports.clock.now());
  demandTasks(
    c,
    items.map(({ task }) => task),
  );
  for (const { task } of items) knownTask(deps, task);
  const batchId = batchIdOf(requestKey) ?? ports.chance.id("batch_");
  const gate = new Gate(isInOrder ? 1 : width);
  const start = async ({ task, ...asked }: AskedItem, at: number) => {
    const id = runIdOf(requestKey, task, offset + at);
    const own = id === undefined ? {} : { id };
    const common = { task, batchId, codeVersion: code.version(), source: "api" } as const;
    const started = await startRun(ports, { ...asked, ...own, ...common });
    return { ...startedView(deps, task, started, id), taskIdentifier: task };
  };
  const runs = await Promise.all(items.map((item, at) => gate.through(() => start(item, at))));
  return c.json({ id: batchId, runCount: runs.length, runs });
}

/** Adds the route of batches. */
export function batchRoutes(app: Hono, deps: HttpDeps): void {
  app.post("/api/v2/tasks/batch", (c) => batch(c, deps));
}
