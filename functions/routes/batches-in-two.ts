/**
 * Trigger.dev's newer batches, of two requests: the first says how many runs there will be, the second brings the items, a line each.
 *
 * Nothing is kept in between: the batch's id holds the count, and the id of a run follows from the batch's and the item's place.
 *
 * Invariant: every line is checked before the first run is stored. Lines that are sent again find the runs that they have made.
 */
import type { Context, Hono } from "hono";
import * as z from "zod";
import { HoldfastError } from "../../engine/errors.ts";
import { Gate } from "../../engine/gate.ts";
import { startRun } from "../../engine/start.ts";
import { mostItems } from "../../sdk/batch.ts";
import { bodyBytes, json, jsonBody } from "../body.ts";
import type { HttpDeps } from "../deps.ts";
import { demandTasks } from "../key-scopes.ts";
import { useOnce } from "../one-time-use.ts";
import { checked } from "../problem.ts";
import { tellReadToken } from "../public-token.ts";
import { noQuery } from "../query.ts";
import { type AskedItem, batchLinesIn, idText, runIdOf } from "../trigger-form.ts";
import { usedUp } from "../uploads.ts";
import { codeFor, requestKeyHeader, startedView } from "./tasks.ts";

/** So many runs are stored at once. */
const width = 32;

const notHere = z.undefined({
  error: "Runs that another server works on cannot wait for runs here: take it out.",
});

/** The body of the first request. */
export const newBatchForm = z.strictObject({
  runCount: z.number().int().min(1).max(mostItems, `At most ${mostItems} items.`),
  /** Told by Trigger.dev's client; each item names its task. */
  taskIdentifiers: z.array(z.string()).optional(),
  parentRunId: notHere.optional(),
  resumeParentOnCompletion: z.literal(false).optional(),
  idempotencyKey: z.string().min(1, "Must not be empty.").max(2_048, "At most 2048 characters.").optional(),
  /** What its client made the key of, to be shown: the key itself says it all. */
  idempotencyKeyOptions: z.unknown().optional(),
});

const countDigits = 3;
const idForm = /^batch_[0-9a-z]{21}([0-9a-z]{3})$/;

/** Ids of batches hold how many items they have. */
const idOf = (text: string, count: number): string =>
  `batch_${text.slice(-21)}${count.toString(36).padStart(countDigits, "0")}`;

/**
 * Are all runs of a batch stored? Looked for by their ids: a batch has no index, and a list would go through every run that there is.
 * `tasks`: those of its items. Without them nobody can tell: then they are sent again, and found.
 */
async function isWhole({ ports }: HttpDeps, id: string, count: number, tasks: readonly string[]) {
  const gate = new Gate(width);
  const isThere = async (index: number): Promise<boolean> => {
    for (const task of tasks) {
      const runId = runIdOf(id, task, index);
      if (runId !== undefined && (await ports.store.read(runId)) !== undefined) return true;
    }
    return false;
  };
  // The last is looked for first: of a batch that was not begun, that is all.
  if (!(await isThere(count - 1))) return false;
  const found = await Promise.all(
    Array.from({ length: count - 1 }, (_, index) => gate.through(() => isThere(index))),
  );
  return found.every(Boolean);
}

/** How many runs of a batch are stored. */
async function storedOf({ ports }: HttpDeps, batch: string): Promise<number> {
  let count = 0;
  for (let after: string | undefined; ; ) {
    const from = after === undefined ? {} : { after };
    const page = await ports.store.list({ batch: [batch], limit: 100, ...from });
    count += page.runs.length;
    after = page.next;
    if (after === undefined) return count;
  }
}

async function create(c: Context, deps: HttpDeps): Promise<Response> {
  noQuery(c);
  const { runCount, idempotencyKey, taskIdentifiers = [] } = checked(newBatchForm, await jsonBody(c), "body");
  demandTasks(c, taskIdentifiers);
  const key = idempotencyKey ?? c.req.header(requestKeyHeader);
  const text = key === undefined ? deps.ports.chance.id("") : idText(["batch", key]);
  const id = idOf(text.padStart(24, "0"), runCount);
  // What was begun and not finished is sent again: its runs are found by their ids.
  const isCached = idempotencyKey !== undefined && (await isWhole(deps, id, runCount, taskIdentifiers));
  tellReadToken(c, deps, { batch: id });
  return c.json({ id, runCount, isCached, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) });
}

/** The count in a batch's id. @throws HoldfastError HF208 */
function countIn(id: string): number {
  const count = Number.parseInt(idForm.exec(id)?.[1] ?? "0", 36);
  if (count >= 1 && count <= mostItems) return count;
  const shown = id.length > 60 ? `${id.slice(0, 60)}…` : id;
  throw new HoldfastError(
    "HF208",
    `There is no batch ${shown}.`,
    "Check the id: it is what POST /api/v3/batches answered.",
  );
}

const fix =
  "Trigger the batch in several calls: these are its items together, which its client sends at once.";

/** The lines of the body, each of which is JSON. */
async function linesOf(c: Context, { batchBytesMax }: HttpDeps): Promise<unknown[]> {
  const lines: unknown[] = [];
  const bytes = await bodyBytes(c, batchBytesMax, fix);
  for (let from = 0; from < bytes.length; ) {
    const found = bytes.indexOf(0x0a, from);
    const end = found === -1 ? bytes.length : found;
    const line = bytes.subarray(from, end);
    if (line.some((byte) => byte > 0x20)) lines.push(json(line));
    from = end + 1;
  }
  return lines;
}

async function addItems(c: Context, deps: HttpDeps): Promise<Response> {
  noQuery(c);
  const { ports, code } = deps;
  const id = c.req.param("id") ?? "";
  const count = countIn(id);
  const lines = await linesOf(c, deps);
  const items = await batchLinesIn(lines, { id, count }, ports);
  demandTasks(
    c,
    items.map(({ task }) => task),
  );
  const codes = await Promise.all(items.map((item) => codeFor(deps, item.task, item)));
  await useOnce(c, deps, { body: lines, requestKey: id, isPart: items.length < count });
  const gate = new Gate(width);
  const start = async (item: AskedItem & { index: number }, at: number) => {
    const { index, task, version: _, upload, ...asked } = item;
    const runId = runIdOf(id, task, index);
    const own = runId === undefined ? {} : { id: runId };
    const codeVersion = codes[at] ?? code.version();
    const started = await startRun(ports, {
      ...asked,
      ...own,
      task,
      batchId: id,
      codeVersion,
      source: "api",
    });
    startedView(deps, task, started, runId);
    await usedUp(deps, upload, started, runId);
    return started.isCached;
  };
  const known = await Promise.all(items.map((item, at) => gate.through(() => start(item, at))));
  const itemsDeduplicated = known.filter(Boolean).length;
  const told = { id, itemsAccepted: items.length - itemsDeduplicated, itemsDeduplicated };
  if (items.length === count) return c.json({ ...told, sealed: true });
  const enqueuedCount = await storedOf(deps, id);
  if (enqueuedCount >= count) return c.json({ ...told, sealed: true });
  return c.json({ ...told, sealed: false, enqueuedCount, expectedCount: count });
}

/** Adds the routes. */
export function batchInTwoRoutes(app: Hono, deps: HttpDeps): void {
  app.post("/api/v3/batches", (c) => create(c, deps));
  app.post("/api/v3/batches/:id/items", (c) => addItems(c, deps));
}
