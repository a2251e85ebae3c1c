/**
 * The routes of schedules: what starts by itself, and when next. Trigger.dev's shapes.
 */
import type { Context, Hono } from "hono";
import * as z from "zod";
import type { Schedule } from "../../engine/schedules.ts";
import { jsonBody } from "../body.ts";
import type { HttpDeps } from "../deps.ts";
import { checked } from "../problem.ts";
import { noQuery, pageQuery, queryForm, queryOf } from "../query.ts";

const path = "/api/v1/schedules";

const fields = {
  task: z.string().min(1).max(512),
  cron: z.string().min(1).max(256),
  timezone: z.string().min(1).max(100).default("UTC"),
  externalId: z.string().min(1).max(512).optional(),
  // Here a run begins at its time: nothing is spread over a window.
  window: z.literal("0m").optional(),
};
export const updateForm = z.strictObject(fields);
export const createForm = z.strictObject({ ...fields, deduplicationKey: z.string().min(1).max(512) });

const date = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString();

function view({ id, task, cron, timezone, due, last, made }: Schedule): object {
  return {
    id,
    type: made === undefined ? "DECLARATIVE" : "IMPERATIVE",
    task,
    active: made?.isInactive !== true,
    ...(made === undefined ? {} : { deduplicationKey: made.deduplicationKey }),
    ...(made?.externalId === undefined ? {} : { externalId: made.externalId }),
    generator: { type: "CRON", expression: cron, description: "" },
    timezone,
    nextRun: date(due),
    lastRun: date(last),
    environments: [],
  };
}

/** Works out times, so it is loaded by whoever asks for a change only. */
const desk = () => import("../schedule-desk.ts");

const idOf = (c: Context): string => c.req.param("id") ?? "";

/** Those that are not in the code any more are left out. */
async function list(c: Context, { schedules }: HttpDeps): Promise<Response> {
  const { page = 1, perPage = 25 } = queryOf(c, pageQuery);
  const there = (await schedules.all()).filter(({ due, made }) => due !== undefined || made !== undefined);
  const data = there.slice((page - 1) * perPage, page * perPage).map(view);
  const totalPages = Math.max(1, Math.ceil(there.length / perPage));
  return c.json({ data, pagination: { currentPage: page, totalPages, count: there.length } });
}

const zonesQuery = queryForm({ excludeUtc: z.enum(["true", "false"]).optional() });

function timezones(c: Context): Response {
  const { excludeUtc } = queryOf(c, zonesQuery);
  const utc = excludeUtc === "true" ? [] : ["UTC"];
  return c.json({
    timezones: [...utc, ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")],
  });
}

/** Names of time zones are no secret: Trigger.dev's client asks for them without a key. */
export function openScheduleRoutes(app: Hono): void {
  app.get("/api/v1/timezones", timezones);
}

/** Adds the routes of schedules. */
export function scheduleRoutes(app: Hono, deps: HttpDeps): void {
  app.get(path, (c) => list(c, deps));
  app.post(path, async (c) => {
    noQuery(c);
    const { deduplicationKey, ...wanted } = checked(createForm, await jsonBody(c), "body");
    return c.json(view(await (await desk()).makeSchedule(deps, deduplicationKey, wanted)));
  });
  app.get(`${path}/:id`, async (c) => {
    noQuery(c);
    return c.json(view(await (await desk()).retrieveSchedule(deps, idOf(c))));
  });
  app.put(`${path}/:id`, async (c) => {
    noQuery(c);
    const wanted = checked(updateForm, await jsonBody(c), "body");
    return c.json(view(await (await desk()).updateSchedule(deps, idOf(c), wanted)));
  });
  app.delete(`${path}/:id`, async (c) => {
    noQuery(c);
    await (await desk()).deleteSchedule(deps, idOf(c));
    return c.json({ id: idOf(c) });
  });
  for (const what of ["activate", "deactivate"] as const) {
    app.post(`${path}/:id/${what}`, async (c) => {
      noQuery(c);
      return c.json(view(await (await desk()).setActive(deps, idOf(c), what === "activate")));
    });
  }
}
