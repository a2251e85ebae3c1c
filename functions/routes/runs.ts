/**
 * The routes of runs: look at one or many, cancel, replay, and the tree of one.
 */
import type { Context, Hono } from "hono";
import * as z from "zod";
import { replayOf } from "../../engine/bulk.ts";
import { HoldfastError } from "../../engine/errors.ts";
import { withLastEntry } from "../../engine/last-entry.ts";
import type { JournalEntry, Store } from "../../engine/ports.ts";
import { allStatuses, isDeadLetter, type Run } from "../../engine/run.ts";
import { cancelRun, rescheduleRun, startRun } from "../../engine/start.ts";
import { isTokenId } from "../../engine/tokens.ts";
import { instantMs } from "../../sdk/duration.ts";
import { jsonBody } from "../body.ts";
import type { HttpDeps } from "../deps.ts";
import { type JournalReader, journalReader } from "../journal-reader.ts";
import { type Listing, listQuery, page } from "../list-query.ts";
import type { Packets } from "../packets.ts";
import { checked } from "../problem.ts";
import { noQuery, nothing, queryForm, queryOf, wholeNumber } from "../query.ts";
import { deadLetter, summary, waitsShown } from "../run-view.ts";
import { awaitsOf, costOf } from "../run-waits.ts";
import { pageOf, treeOf } from "../tree.ts";
import { triggerForm } from "../trigger-form.ts";
import { shown, shownAtEnd, waitQuery } from "./shown-run.ts";
import { codeFor } from "./tasks.ts";

/**
 * The run of the URL.
 * @throws HoldfastError HF208.
 */
export async function runOf(c: Context, { ports }: HttpDeps): Promise<Run> {
  const id = c.req.param("id") ?? "";
  const run = isTokenId(id) ? undefined : await ports.store.read(id);
  if (run !== undefined) return run;
  const shown = id.length > 60 ? `${id.slice(0, 60)}…` : id;
  throw new HoldfastError(
    "HF208",
    `There is no run ${shown}.`,
    "Check the id: it is what trigger() or the webhook answered; `holdfast runs list` shows the newest.",
  );
}

async function retrieve(c: Context, deps: HttpDeps, links: Packets): Promise<Response> {
  const { wait = 0 } = queryOf(c, waitQuery);
  return c.json(await shownAtEnd(c, deps, links, await runOf(c, deps), wait));
}

async function cancel(c: Context, deps: HttpDeps): Promise<Response> {
  noQuery(c);
  checked(nothing, await jsonBody(c), "body");
  const { id } = await runOf(c, deps);
  await cancelRun(deps.ports, id);
  return c.json({ id });
}

/** A new run with the payload of another one, on the newest code; what the body says goes ahead. */
async function replay(c: Context, deps: HttpDeps): Promise<Response> {
  noQuery(c);
  const { ports } = deps;
  const body = await jsonBody(c);
  const asked = await triggerForm(body, ports);
  const { payload, version: _, upload: __, ...rest } = asked;
  const run = await runOf(c, deps);
  const codeVersion = await codeFor(deps, run.task, asked);
  const hasPayload = typeof body === "object" && body !== null && "payload" in body;
  const { id } = await startRun(ports, {
    ...(await replayOf(ports, run)),
    ...rest,
    ...(hasPayload ? { payload } : {}),
    codeVersion,
  });
  return c.json({ id });
}

export const rescheduleForm = z.strictObject({ delay: z.string() });

async function reschedule(c: Context, deps: HttpDeps, links: Packets): Promise<Response> {
  noQuery(c);
  const { delay } = checked(rescheduleForm, await jsonBody(c), "body");
  const at = instantMs(delay, deps.ports.clock.now());
  const { id } = await runOf(c, deps);
  const run = await rescheduleRun(deps.ports, id, at);
  return c.json(await shown(c, deps, links, run));
}

/** All entries of a run's journal, in order, with what its end has brought. */
export async function wholeJournal(store: Store, run: Run): Promise<readonly JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for (;;) {
    const { entries: more, more: isMore } = await store.journal(run.id, entries.at(-1)?.number ?? 0);
    entries.push(...more);
    if (!isMore || more.length === 0) return withLastEntry(run, entries);
  }
}

const checkpointsQuery = queryForm({
  after: wholeNumber(0, 1e15 - 1).optional(),
  limit: wholeNumber(1, 1_000).optional(),
});

async function checkpoints(c: Context, deps: HttpDeps, journals: JournalReader): Promise<Response> {
  const { after = 0, limit = 100 } = queryOf(c, checkpointsQuery);
  const run = await runOf(c, deps);
  const { id, status } = run;
  // Which records are void, and what a late record belongs to, can only be told from the beginning of the log.
  const journal = withLastEntry(run, await journals.whole(id));
  const tree = treeOf(journal, deps.code.site, id);
  const { data, next } = pageOf(tree, after, limit);
  return c.json({
    run: {
      ...{ id, status, waitingFor: waitsShown(run) },
      awaits: awaitsOf(run, tree),
      cost: costOf(run, journal, tree, deps.code.tasks()),
    },
    data,
    pagination: next === undefined ? {} : { next },
  });
}

/** Adds the routes of runs. */
export function runRoutes(app: Hono, deps: HttpDeps, links: Packets): void {
  const { store, clock } = deps.ports;
  app.get("/api/v3/runs/:id", (c) => retrieve(c, deps, links));
  const env = { id: deps.envvars.stage, name: deps.envvars.stage };
  const listed = (run: Run) => ({ ...summary(run), env });
  const asked = (c: Context, only: Listing = {}) =>
    listQuery(c, clock.now(), { ...only, tasks: deps.code.tasks() });
  app.get("/api/v1/runs", async (c) => c.json(await page(store, asked(c), listed)));
  app.get("/api/v1/dead-letters", async (c) => {
    return c.json(await page(store, asked(c, { only: allStatuses.filter(isDeadLetter) }), deadLetter));
  });
  app.post("/api/v2/runs/:id/cancel", (c) => cancel(c, deps));
  app.post("/api/v1/runs/:id/replay", (c) => replay(c, deps));
  app.post("/api/v1/runs/:id/reschedule", (c) => reschedule(c, deps, links));
  const journals = journalReader(store, clock.now);
  app.get("/api/v1/runs/:id/checkpoints", (c) => checkpoints(c, deps, journals));
}
