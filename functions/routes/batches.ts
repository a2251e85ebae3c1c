/**
 * The routes of batches: many runs with one request, and how they are.
 *
 * Invariant: every item is checked before the first run is stored. A request that is sent again finds the runs that it
 * has made.
 */
import type { Context, Hono } from "hono";
import { HoldfastError } from "../../engine/errors.ts";
import { Gate } from "../../engine/gate.ts";
import { isFinished, type Run } from "../../engine/run.ts";
import { startRun } from "../../engine/start.ts";
import { jsonBody } from "../body.ts";
import type { HttpDeps } from "../deps.ts";
import { demandTasks } from "../key-scopes.ts";
import { useOnce } from "../one-time-use.ts";
import type { Packets } from "../packets.ts";
import { tellReadToken } from "../public-token.ts";
import { noQuery } from "../query.ts";
import { runResult } from "../run-result.ts";
import { type AskedItem, batchIdOf, batchItemsIn, runIdOf } from "../trigger-form.ts";
import { linkFor } from "./shown-run.ts";
import { codeFor, requestKeyHeader, startedView } from "./tasks.ts";

/** So many runs are stored at once. */
const width = 32;

async function batch(c: Context, deps: HttpDeps): Promise<Response> {
  noQuery(c);
  const { ports, code } = deps;
  const requestKey = c.req.header(requestKeyHeader);
  const given = { key: c.req.header("idempotency-key"), ttl: c.req.header("idempotency-key-ttl") };
  const body = await jsonBody(c);
  const { items, isInOrder, offset, isPart } = await batchItemsIn(body, given, ports);
  demandTasks(
    c,
    items.map(({ task }) => task),
  );
  const codes = await Promise.all(items.map((item) => codeFor(deps, item.task, item)));
  await useOnce(c, deps, { body, requestKey, isPart });
  const batchId = batchIdOf(requestKey) ?? ports.chance.id("batch_");
  const gate = new Gate(isInOrder ? 1 : width);
  const start = async ({ task, version: _, upload: __, ...asked }: AskedItem, at: number) => {
    const id = runIdOf(requestKey, task, offset + at);
    const own = id === undefined ? {} : { id };
    const codeVersion = codes[at] ?? code.version();
    const started = await startRun(ports, { ...asked, ...own, task, batchId, codeVersion, source: "api" });
    return { ...startedView(deps, task, started, id), taskIdentifier: task };
  };
  const runs = await Promise.all(items.map((item, at) => gate.through(() => start(item, at))));
  tellReadToken(c, deps, { batch: batchId });
  return c.json({ id: batchId, runCount: runs.length, runs });
}

/** The runs of the URL's batch, in the order in which they were started. @throws HoldfastError HF208 */
async function runsOf(c: Context, { ports }: HttpDeps): Promise<readonly Run[]> {
  noQuery(c);
  const id = c.req.param("id") ?? "";
  const found: Run[] = [];
  for (let after: string | undefined; ; ) {
    const page = await ports.store.list({
      batch: [id],
      limit: 100,
      ...(after === undefined ? {} : { after }),
    });
    found.push(...page.runs);
    after = page.next;
    if (after === undefined) break;
  }
  if (found.length > 0) return found.reverse();
  const shown = id.length > 60 ? `${id.slice(0, 60)}…` : id;
  throw new HoldfastError(
    "HF208",
    `There is no batch ${shown}.`,
    "Check the id: it is what the batch answered.",
  );
}

/** A batch as its runs are now: nothing else is kept of it. */
function view(runs: readonly Run[]) {
  const isOver = runs.every(({ status }) => isFinished(status));
  const isWell = runs.every(({ status }) => status === "COMPLETED");
  return {
    id: runs[0]?.batchId,
    status: isOver ? (isWell ? "COMPLETED" : "PARTIAL_FAILED") : "PROCESSING",
    createdAt: new Date(Math.min(...runs.map(({ createdAt }) => createdAt))).toISOString(),
    updatedAt: new Date(Math.max(...runs.map(({ updatedAt }) => updatedAt))).toISOString(),
    runCount: runs.length,
    runs: runs.map(({ id }) => id),
  };
}

/** Runs are stored with the request that starts them: none is left to be made, and none has failed to. */
function viewWithProcessing(runs: readonly Run[]) {
  const shown = view(runs);
  return { ...shown, processing: { completedAt: shown.createdAt, errors: [] } };
}

async function results(c: Context, deps: HttpDeps, links: Packets): Promise<Response> {
  const runs = await runsOf(c, deps);
  const ended = runs.filter(({ status }) => isFinished(status));
  const items: object[] = [];
  for (const run of ended) items.push(await runResult(deps.ports, run, linkFor(c, deps, links)));
  return c.json({ id: runs[0]?.batchId, items });
}

/** Adds the routes of batches. */
export function batchRoutes(app: Hono, deps: HttpDeps, links: Packets): void {
  app.post("/api/v2/tasks/batch", (c) => batch(c, deps));
  app.get("/api/v1/batches/:id", async (c) => c.json(view(await runsOf(c, deps))));
  app.get("/api/v2/batches/:id", async (c) => c.json(viewWithProcessing(await runsOf(c, deps))));
  app.get("/api/v1/batches/:id/results", (c) => results(c, deps, links));
}
