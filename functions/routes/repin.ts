/** The route that puts a run on the version of the secrets that is current now. */
import type { Context, Hono } from "hono";
import * as z from "zod";
import { HoldfastError } from "../../engine/errors.ts";
import { repinRun } from "../../engine/repin.ts";
import { callerOf } from "../asked-by.ts";
import { jsonBody } from "../body.ts";
import type { HttpDeps } from "../deps.ts";
import { checked } from "../problem.ts";
import { noQuery } from "../query.ts";
import { runOf } from "./runs.ts";

/** Nothing is said but which run. */
export const repinForm = z.strictObject({});

async function repin(c: Context, { ports, envvars, ...deps }: HttpDeps): Promise<Response> {
  noQuery(c);
  checked(repinForm, await jsonBody(c), "body");
  const { id } = await runOf(c, { ports, envvars, ...deps });
  const to = await envvars.current();
  if (to === undefined) {
    const fix = "Set one: `holdfast secrets set NAME`; in AWS put a value into the project's secret.";
    throw new HoldfastError("HF209", `Run ${id} can be put on no version: there are no secrets yet.`, fix);
  }
  const from = await repinRun(ports, id, to);
  if (from === undefined) return c.json({ id, secretVersion: to });
  deps.log.warn("A run was put on another version of the secrets", { runId: id, from, to, by: callerOf(c) });
  return c.json({ id, secretVersion: to, from });
}

/** Adds it. */
export function repinRoutes(app: Hono, deps: HttpDeps): void {
  app.post("/api/v1/runs/:id/repin", (c) => repin(c, deps));
}
