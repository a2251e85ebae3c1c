/** The route that Prometheus scrapes. It is there on one machine; in AWS, metrics are in CloudWatch. */
import type { Hono } from "hono";
import type { HttpDeps } from "../deps.ts";
import { noQuery } from "../query.ts";

/** Adds the route, behind the key as everything else. */
export function metricsRoute(app: Hono, { metrics }: HttpDeps): void {
  if (metrics === undefined) return;
  app.get("/metrics", async (c) => {
    noQuery(c);
    const { type, body } = await metrics();
    return c.text(body, 200, { "content-type": type });
  });
}
