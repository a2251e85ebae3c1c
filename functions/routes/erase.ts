/**
 * The route that erases ended runs at once.
 *
 * Invariant: where runs are named, all of them have ended, or nothing is erased.
 */
import type { Context, Hono } from "hono";
import * as z from "zod";
import { HoldfastError } from "../../engine/errors.ts";
import { isFinished, type Run } from "../../engine/run.ts";
import { jsonBody } from "../body.ts";
import type { HttpDeps } from "../deps.ts";
import { type ErasedRuns, type Eraser, eraseTagged, eraseWithChildren } from "../erasing.ts";
import { checked } from "../problem.ts";
import { noQuery } from "../query.ts";

/** An HTTP API of AWS gives up after 30 s: what is left by then is asked for again. */
const longestMs = 20_000;

/** Which runs: by their ids, or by a tag. */
export const eraseForm = z.union([
  z.strictObject({ runs: z.array(z.string().min(1)).min(1).max(100) }),
  z.strictObject({ tag: z.string().min(1) }),
]);

async function named(eraser: Eraser, ids: readonly string[]): Promise<Run[]> {
  const runs: Run[] = [];
  for (const id of ids) {
    const run = await eraser.store.read(id);
    if (run === undefined) {
      const fix = "Check the id; one that was erased before is gone already.";
      throw new HoldfastError("HF208", `There is no run ${id.slice(0, 60)}. Nothing was erased.`, fix);
    }
    if (!isFinished(run.status)) {
      const fix = `Wait for its end, or cancel it first: holdfast runs cancel ${id}.`;
      throw new HoldfastError("HF226", `Run ${id} is ${run.status}. Nothing was erased.`, fix);
    }
    runs.push(run);
  }
  return runs;
}

async function erase(c: Context, { erasing, ports }: HttpDeps): Promise<Response> {
  noQuery(c);
  const asked = checked(eraseForm, await jsonBody(c), "body");
  const until = ports.clock.now() + longestMs;
  const goesOn = (): boolean => ports.clock.now() < until;
  if ("tag" in asked)
    return c.json({ ...(await eraseTagged(erasing, asked.tag, goesOn)), remains: erasing.remains });
  const done: ErasedRuns = { erased: [], kept: [] };
  for (const run of await named(erasing, asked.runs)) await eraseWithChildren(erasing, run, done, goesOn);
  return c.json({ ...done, remains: erasing.remains });
}

/** Adds the route. */
export function eraseRoute(app: Hono, deps: HttpDeps): void {
  app.post("/api/v1/runs/erase", (c) => erase(c, deps));
}
