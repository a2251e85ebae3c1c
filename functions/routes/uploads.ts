/**
 * The routes by which Trigger.dev's client uploads a payload: it asks for a link, puts the payload there, and triggers with what
 * the first answer called it.
 */
import type { Context, Hono } from "hono";
import { bodyBytes } from "../body.ts";
import type { HttpDeps } from "../deps.ts";
import { uploadedBody } from "../payload-forms.ts";
import { oneTimeClaims } from "../public-token.ts";
import { noQuery } from "../query.ts";
import { fill, newUpload, uploadBy } from "../uploads.ts";
import { payloadOf } from "../webhook.ts";

const path = "/api/v2/packets";

/** What a link to upload to looks like. */
export const uploadPath = /^\/api\/v2\/packets\/[^/]+\/upload\/[^/]+$/;

async function ask(c: Context, deps: HttpDeps): Promise<Response> {
  noQuery(c);
  const { id, secret } = await newUpload(deps.ports, deps.code.version(), oneTimeClaims(c)?.once);
  const origin = deps.publicUrl?.replace(/\/+$/, "") ?? new URL(c.req.url).origin;
  return c.json({ presignedUrl: `${origin}${path}/${id}/upload/${secret}`, storagePath: id });
}

async function put(c: Context, { ports }: HttpDeps): Promise<Response> {
  const { id = "", secret = "" } = c.req.param() as { id?: string; secret?: string };
  const head = await uploadBy(ports, id, secret);
  const bytes = await bodyBytes(c);
  noQuery(c);
  const type = c.req.header("content-type");
  await fill(ports, head, await uploadedBody(type, payloadOf(type, bytes)));
  return c.json({ success: true });
}

/** Adds the route that needs no key: its address has a secret of its own. */
export function openUploadRoute(app: Hono, deps: HttpDeps): void {
  app.put(`${path}/:id/upload/:secret`, (c) => put(c, deps));
}

/** Adds the other. */
export function uploadRoute(app: Hono, deps: HttpDeps): void {
  app.put(`${path}/:name`, (c) => ask(c, deps));
}
