/**
 * The routes of a run's streams: what it gives, held until chunks have come, or the run has ended; and what is sent to it.
 */
import type { Context, Hono } from "hono";
import * as z from "zod";
import { HoldfastError } from "../../engine/errors.ts";
import { aboveOf } from "../../engine/notes.ts";
import { isFinished, type Run } from "../../engine/run.ts";
import { sendChunks, sendMessage } from "../../engine/sending.ts";
import { bodyBytes, jsonBody, utf8 } from "../body.ts";
import type { HttpDeps } from "../deps.ts";
import { checked } from "../problem.ts";
import { noQuery, queryForm, queryOf, wholeNumber } from "../query.ts";
import { lateChunks, nextChunks } from "../stream-parts.ts";
import { waitForEnd } from "../wait-for-end.ts";
import { runOf } from "./runs.ts";
import { longestWaitSeconds } from "./shown-run.ts";
import { requestKeyHeader } from "./tasks.ts";

/** So often is looked: on one machine that reads a page of memory, in AWS it is a request that is paid for. */
const lookMs = { near: 200, far: 1_000 };

const chunksQuery = queryForm({
  stream: z.string().min(1).optional(),
  after: z.string().optional(),
  wait: wholeNumber(0, longestWaitSeconds).optional(),
});

interface AskedPart {
  readonly stream?: string | undefined;
  readonly after?: string | undefined;
  readonly waitMs: number;
}

/** The next chunks of a run: held until there are any, or the run has ended, or the time is over. */
async function partOf(c: Context, deps: HttpDeps, begun: Run, { stream, after: from, waitMs }: AskedPart) {
  const { ports, waiter } = deps;
  const until = ports.clock.now() + waitMs;
  const every = waiter === undefined ? lookMs.far : lookMs.near;
  let run = begun;
  for (let after = from; ; ) {
    // Looked at before its chunks: those of an ended run are all there.
    const isOver = isFinished(run.status);
    const { chunks: data, next, isEnd } = await nextChunks(ports, run.id, after, stream);
    const left = until - ports.clock.now();
    const isComplete = isOver && isEnd;
    if (isComplete && run.news > 0 && !from?.endsWith("-end")) {
      data.push(...(await lateChunks(ports, run.id, stream)));
      return { data, next: `${next}-end`, isComplete };
    }
    if (data.length > 0 || isComplete || left <= 0 || c.req.raw.signal.aborted)
      return { data, next, isComplete };
    after = next;
    if (!isEnd) continue;
    run = await waitForEnd(deps, run, Math.min(every, left), () => c.req.raw.signal);
  }
}

async function chunks(c: Context, deps: HttpDeps): Promise<Response> {
  const { stream, after, wait = 0 } = queryOf(c, chunksQuery);
  const asked = { stream, after, waitMs: wait * 1_000 };
  const { data, next, isComplete } = await partOf(c, deps, await runOf(c, deps), asked);
  return c.json({ data, pagination: { next }, isComplete });
}

/** Behind all that the run has streamed so far. */
async function endOf({ ports }: HttpDeps, runId: string, stream: string): Promise<string> {
  for (let after: string | undefined; ; ) {
    const { next, isEnd } = await nextChunks(ports, runId, after, stream);
    if (isEnd) return next;
    after = next;
  }
}

const eventsTimeout = z.coerce.number().min(1).optional();

/**
 * The same as Trigger.dev's server-sent events, one answer for each window: where the run goes on behind it, an event says that the
 * reader is to come back, with the last id. So nothing has to hold a connection open for as long as a run takes, which a function
 * in AWS cannot. All chunks of a window are one event: a reader has all of them, or none.
 */
async function events(c: Context, deps: HttpDeps): Promise<Response> {
  noQuery(c);
  const stream = c.req.param("stream") ?? "";
  const seconds = checked(eventsTimeout, c.req.header("timeout-seconds"), "header");
  const run = await runOf(c, deps);
  const isLatest = c.req.header("x-trigger-stream-start") === "latest";
  const from = c.req.header("last-event-id") ?? (isLatest ? await endOf(deps, run.id, stream) : undefined);
  const waitSeconds = Math.min(seconds ?? longestWaitSeconds, longestWaitSeconds);
  const part = await partOf(c, deps, run, { stream, after: from, waitMs: waitSeconds * 1_000 });
  const timestamp = deps.ports.clock.now();
  const records = part.data.map(({ chunk }, at) => {
    const body = JSON.stringify({ id: `${part.next}:${at}`, data: chunk });
    return { seq_num: part.next, timestamp, body, headers: [] };
  });
  // A reader that waits for less than a window, and has waited that long, has its end.
  const isSilent = records.length === 0 && seconds !== undefined && seconds <= longestWaitSeconds;
  const batch = records.length === 0 ? "" : `event: batch\ndata: ${JSON.stringify({ records })}\n\n`;
  const more = part.isComplete || isSilent ? "" : `event: error\ndata: the run goes on: ask again\n\n`;
  return c.body(`${batch}${more}`, 200, { "content-type": "text/event-stream", "x-stream-version": "v2" });
}

/** The body of a message. */
export const messageForm = z.strictObject({ data: z.unknown().optional() });

async function send(c: Context, deps: HttpDeps): Promise<Response> {
  noQuery(c);
  const { data } = checked(messageForm, await jsonBody(c), "body");
  const { id: to } = await runOf(c, deps);
  const request = c.req.header(requestKeyHeader) ?? deps.ports.chance.id("");
  await sendMessage(deps.ports, { to, stream: c.req.param("stream") ?? "", data, request });
  return c.json({ ok: true });
}

const targets = z.enum(["self", "parent", "root"], 'Must be "self", "parent" or "root".');
const chunkCharsMax = 256 * 1024;

/** Trigger.dev's clients send a chunk as it is: what is no JSON is a text. */
function chunkIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** A chunk for the run's stream, or for that of a run above it. */
async function append(c: Context, deps: HttpDeps): Promise<Response> {
  noQuery(c);
  const { target, stream = "" } = c.req.param() as { target?: string; stream?: string };
  const above = checked(targets, target, "path");
  const text = utf8(await bodyBytes(c));
  if (text === undefined)
    throw new HoldfastError("HF520", `A chunk of the stream ${stream} is no text.`, "Send JSON, or UTF-8.");
  if (text.length > chunkCharsMax)
    throw new HoldfastError(
      "HF520",
      `A chunk of the stream ${stream} has ${text.length} characters; 262,144 are allowed.`,
      "Keep large data elsewhere, and stream their address.",
    );
  const run = await runOf(c, deps);
  const to = above === "self" ? run.id : (aboveOf(run, above) ?? run.id);
  const request = c.req.header(requestKeyHeader) ?? deps.ports.chance.id("");
  await sendChunks(deps.ports, { to, stream, chunks: [chunkIn(text)], request });
  return c.json({ ok: true });
}

/** Adds the routes. */
export function streamRoutes(app: Hono, deps: HttpDeps): void {
  app.post("/realtime/v1/streams/:id/input/:stream", (c) => send(c, deps));
  app.post("/realtime/v1/streams/:id/:target/:stream/append", (c) => append(c, deps));
  app.get("/realtime/v1/streams/:id/:stream", (c) => events(c, deps));
  app.get("/api/v1/runs/:id/streams", (c) => chunks(c, deps));
}
