/**
 * The route of a run's streams: held until chunks have come, or the run has ended.
 */
import type { Context, Hono } from "hono";
import * as z from "zod";
import { isFinished } from "../../engine/run.ts";
import type { HttpDeps } from "../deps.ts";
import { queryOf, wholeNumber } from "../query.ts";
import { nextChunks } from "../stream-parts.ts";
import { waitForEnd } from "../wait-for-end.ts";
import { runOf } from "./runs.ts";

const longestWaitSeconds = 25;
/** So often is looked: on one machine that reads a page of memory, in AWS it is a request that is paid for. */
const lookMs = { near: 200, far: 1_000 };

async function chunks(c: Context, deps: HttpDeps): Promise<Response> {
  const asked = queryOf(c, {
    stream: z.string().min(1).optional(),
    after: z.string().optional(),
    wait: wholeNumber(0, longestWaitSeconds).optional(),
  });
  const { ports, waiter } = deps;
  const until = ports.clock.now() + (asked.wait ?? 0) * 1_000;
  const every = waiter === undefined ? lookMs.far : lookMs.near;
  let run = await runOf(c, deps);
  for (let after = asked.after; ; ) {
    // Looked at before its chunks: those of an ended run are all there.
    const isOver = isFinished(run.status);
    const { chunks: data, next, isEnd } = await nextChunks(ports, run.id, after, asked.stream);
    const left = until - ports.clock.now();
    const isComplete = isOver && isEnd;
    if (data.length > 0 || isComplete || left <= 0 || c.req.raw.signal.aborted)
      return c.json({ data, pagination: { next }, isComplete });
    after = next;
    if (!isEnd) continue;
    run = await waitForEnd(deps, run, Math.min(every, left), c.req.raw.signal);
  }
}

/** Adds the route. */
export function streamRoutes(app: Hono, deps: HttpDeps): void {
  app.get("/api/v1/runs/:id/streams", (c) => chunks(c, deps));
}
