/**
 * The route behind `payloadPresignedUrl` and `outputPresignedUrl`: its link is its key.
 */
import type { Context, Hono } from "hono";
import * as z from "zod";
import { decode } from "../../engine/codec.ts";
import type { HttpDeps } from "../deps.ts";
import { jsonView } from "../json-view.ts";
import type { Packets } from "../packets.ts";
import { queryOf } from "../query.ts";
import { codecType } from "../run-view.ts";

async function packet(c: Context, { ports }: HttpDeps, links: Packets): Promise<Response> {
  const ref = c.req.param("ref") ?? "";
  const url = new URL(c.req.url);
  const link = {
    expires: url.searchParams.get("expires") ?? "",
    signature: url.searchParams.get("signature") ?? "",
  };
  links.check(ref, link, ports.clock.now());
  const { as } = queryOf(c, {
    expires: z.string(),
    signature: z.string(),
    as: z.enum(["codec", "json"]).optional(),
  });
  const text = await ports.spill.get(ref);
  if (as === "json") return c.json(jsonView(decode(text), 2 * text.length).json ?? null);
  return c.text(text, 200, { "x-holdfast-type": codecType });
}

/** Adds the route of large values. It goes in before the guard of /api. */
export function packetRoutes(app: Hono, deps: HttpDeps, links: Packets): void {
  app.get("/api/v1/packets/:ref", (c) => packet(c, deps, links));
}
