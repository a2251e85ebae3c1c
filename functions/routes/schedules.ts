/**
 * The route of schedules: what starts by itself, and when next. Trigger.dev's shape.
 */
import type { Hono } from "hono";
import type { Schedule } from "../../engine/schedules.ts";
import type { HttpDeps } from "../deps.ts";
import { queryOf } from "../query.ts";

const date = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString();

function listing({ id, task, cron, timezone, due, last }: Schedule) {
  return {
    id,
    type: "DECLARATIVE",
    task,
    active: true,
    generator: { type: "CRON", expression: cron, description: "" },
    timezone,
    nextRun: date(due),
    lastRun: date(last),
    environments: [],
  };
}

/** Adds the route of schedules. Those that are not in the code any more are left out. */
export function scheduleRoutes(app: Hono, { schedules }: HttpDeps): void {
  app.get("/api/v1/schedules", async (c) => {
    queryOf(c, {});
    const data = (await schedules.all()).filter(({ due }) => due !== undefined).map(listing);
    return c.json({ data, pagination: { currentPage: 1, totalPages: 1, count: data.length } });
  });
}
