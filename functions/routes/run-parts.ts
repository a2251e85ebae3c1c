/**
 * The routes of what belongs to a run, in Trigger.dev's forms: its result, its trace and events, its metadata, its tags.
 */
import type { Context, Hono } from "hono";
import * as z from "zod";
import { HoldfastError } from "../../engine/errors.ts";
import { isFinished } from "../../engine/run.ts";
import { addTags } from "../../engine/run-tags.ts";
import { jsonBody } from "../body.ts";
import type { HttpDeps } from "../deps.ts";
import { changeMetadata, metadataForm, metadataNow } from "../outside-metadata.ts";
import type { Packets } from "../packets.ts";
import { checked } from "../problem.ts";
import { noQuery } from "../query.ts";
import { runResult } from "../run-result.ts";
import { eventsOf, spanOf, traceOf } from "../trace-view.ts";
import { treeOf } from "../tree.ts";
import { tagsForm } from "../trigger-form.ts";
import { runOf, wholeJournal } from "./runs.ts";
import { linkFor } from "./shown-run.ts";
import { requestKeyHeader } from "./tasks.ts";

async function result(c: Context, deps: HttpDeps, links: Packets): Promise<Response> {
  noQuery(c);
  const run = await runOf(c, deps);
  if (isFinished(run.status)) return c.json(await runResult(deps.ports, run, linkFor(c, deps, links)));
  const fix = "Ask again when it has, or wait for it: GET /api/v3/runs/<id>?wait=25.";
  throw new HoldfastError("HF208", `Run ${run.id} has no result yet: it is ${run.status}.`, fix);
}

async function trace(c: Context, deps: HttpDeps) {
  noQuery(c);
  const run = await runOf(c, deps);
  return traceOf(run, treeOf(await wholeJournal(deps.ports.store, run), deps.code.site, run.id));
}

async function oneSpan(c: Context, deps: HttpDeps): Promise<Response> {
  const { span = "", id = "" } = c.req.param() as { span?: string; id?: string };
  const found = spanOf(await trace(c, deps), span);
  if (found !== undefined) return c.json(found);
  const fix = "The spans of a run and their ids: GET /api/v1/runs/<id>/trace.";
  throw new HoldfastError("HF208", `Run ${id} has no span ${span.slice(0, 60)}.`, fix);
}

async function change(c: Context, deps: HttpDeps): Promise<Response> {
  noQuery(c);
  const { ports } = deps;
  const asked = checked(metadataForm, await jsonBody(c), "body");
  const run = await runOf(c, deps);
  const request = c.req.header(requestKeyHeader) ?? ports.chance.id("");
  return c.json({ metadata: await changeMetadata(ports, run, asked, request) });
}

/** The body of a request that adds tags. */
export const addTagsForm = z.strictObject({ tags: tagsForm });

async function tag(c: Context, deps: HttpDeps): Promise<Response> {
  noQuery(c);
  const { tags } = checked(addTagsForm, await jsonBody(c), "body");
  const { id } = await runOf(c, deps);
  const fresh = await addTags(deps.ports, id, typeof tags === "string" ? [tags] : tags);
  const message = fresh?.length ? `Successfully set ${fresh.length} new tags.` : "No new tags to add";
  return c.json({ message });
}

/** Adds the routes. */
export function runPartRoutes(app: Hono, deps: HttpDeps, links: Packets): void {
  app.get("/api/v1/runs/:id/result", (c) => result(c, deps, links));
  app.get("/api/v1/runs/:id/trace", async (c) => c.json({ trace: await trace(c, deps) }));
  app.get("/api/v1/runs/:id/events", async (c) => c.json({ events: eventsOf(await trace(c, deps)) }));
  app.get("/api/v1/runs/:id/spans/:span", (c) => oneSpan(c, deps));
  app.post("/api/v1/runs/:id/tags", (c) => tag(c, deps));
  app.put("/api/v1/runs/:id/metadata", (c) => change(c, deps));
  app.get("/api/v1/runs/:id/metadata", async (c) => {
    noQuery(c);
    return c.json({ metadata: await metadataNow(deps.ports, await runOf(c, deps)) });
  });
}
