/**
 * The route behind `payloadPresignedUrl` and `outputPresignedUrl`: its link is its key.
 */
import { gzipSync } from "node:zlib";
import type { Context, Hono } from "hono";
import * as z from "zod";
import { decode } from "../../engine/codec.ts";
import type { HttpDeps } from "../deps.ts";
import { jsonView } from "../json-view.ts";
import type { Packets } from "../packets.ts";
import { queryForm, queryOf } from "../query.ts";
import { codecType } from "../run-view.ts";

/** Characters. Smaller ones are sent as they are: most callers are on the same machine. */
const packAbove = 1_000_000;

const packetQuery = queryForm({
  expires: z.string(),
  signature: z.string(),
  as: z.enum(["codec", "json"]).optional(),
});

async function packet(c: Context, { ports }: HttpDeps, links: Packets): Promise<Response> {
  const ref = c.req.param("ref") ?? "";
  const url = new URL(c.req.url);
  const link = {
    expires: url.searchParams.get("expires") ?? "",
    signature: url.searchParams.get("signature") ?? "",
  };
  links.check(ref, link, ports.clock.now());
  const { as } = queryOf(c, packetQuery);
  const text = await ports.spill.get(ref);
  if (as !== "json")
    return packed(c, text, { "x-holdfast-type": codecType, "content-type": "text/plain; charset=UTF-8" });
  const { json = null } = jsonView(decode(text), 2 * text.length);
  return packed(c, JSON.stringify(json), { "content-type": "application/json" });
}

/** Where an answer has a limit (6 MB in AWS), packed it holds some four times as much. */
function packed(c: Context, text: string, headers: Readonly<Record<string, string>>): Response {
  const packs = text.length > packAbove && /\bgzip\b/.test(c.req.header("accept-encoding") ?? "");
  if (!packs) return c.body(text, 200, headers);
  return c.body(new Uint8Array(gzipSync(text)), 200, { ...headers, "content-encoding": "gzip" });
}

/** Adds the route of large values. It goes in before the guard of /api. */
export function packetRoutes(app: Hono, deps: HttpDeps, links: Packets): void {
  app.get("/api/v1/packets/:ref", (c) => packet(c, deps, links));
}
