/** The routes that put a run, or all runs of a version, on the version of the secrets that is current now. */
import type { Context, Hono } from "hono";
import * as z from "zod";
import { HoldfastError } from "../../engine/errors.ts";
import { repinAll, repinRun } from "../../engine/repin.ts";
import { callerOf } from "../asked-by.ts";
import { jsonBody } from "../body.ts";
import type { HttpDeps } from "../deps.ts";
import { checked } from "../problem.ts";
import { noQuery } from "../query.ts";
import { runOf } from "./runs.ts";

/** Nothing is said but which run. */
export const repinForm = z.strictObject({});

/** All runs that are on a version; `after` is what the answer before gave. */
export const repinAllForm = z.strictObject({
  secretVersion: z.string().min(1).max(100),
  after: z.string().min(1).max(1_000).optional(),
});

/** An HTTP API of AWS gives up after 30 s: what is left by then is asked for again. */
const longestMs = 15_000;

async function currentOf({ envvars }: HttpDeps): Promise<string> {
  const version = await envvars.current();
  if (version !== undefined) return version;
  const fix = "Set one: `holdfast secrets set NAME`; in AWS put a value into the project's secret.";
  throw new HoldfastError("HF209", "No run can be put on another version: there are no secrets yet.", fix);
}

/** A line for each run: who may read the log sees whose secrets were changed, when, and by whom. */
function tell(c: Context, { log }: HttpDeps, runId: string, from: string, to: string): void {
  log.warn("A run was put on another version of the secrets", { runId, from, to, by: callerOf(c) });
}

async function repin(c: Context, deps: HttpDeps): Promise<Response> {
  noQuery(c);
  checked(repinForm, await jsonBody(c), "body");
  const { id } = await runOf(c, deps);
  const to = await currentOf(deps);
  const from = await repinRun(deps.ports, id, to);
  if (from === undefined) return c.json({ id, secretVersion: to });
  tell(c, deps, id, from, to);
  return c.json({ id, secretVersion: to, from });
}

async function repinThose(c: Context, deps: HttpDeps): Promise<Response> {
  noQuery(c);
  const form = checked(repinAllForm as z.ZodType<z.infer<typeof repinAllForm>>, await jsonBody(c), "body");
  const { secretVersion: from, after } = form;
  const to = await currentOf(deps);
  const runs: string[] = [];
  // Those that are on the current version stay there.
  if (from === to) return c.json({ secretVersion: to, runs });
  const { ports } = deps;
  const until = ports.clock.now() + longestMs;
  const next = await repinAll(
    ports,
    { from, to, ...(after === undefined ? {} : { after }) },
    (id) => {
      runs.push(id);
      tell(c, deps, id, from, to);
    },
    () => ports.clock.now() < until,
  );
  return c.json({ secretVersion: to, runs, ...(next === undefined ? {} : { next }) });
}

/** Adds them. */
export function repinRoutes(app: Hono, deps: HttpDeps): void {
  app.post("/api/v1/runs/repin", (c) => repinThose(c, deps));
  app.post("/api/v1/runs/:id/repin", (c) => repin(c, deps));
}
