/**
 * The routes of the dashboard: one page under several paths, its script and its style.
 *
 * Never:     puts anything of a run, a task or a setting into the page: it is the same for everybody, and asks the API.
 * Invariant: the page may load its own script and style and talk to this server, and nothing else.
 */
import type { Context, Hono } from "hono";
import { HoldfastError } from "../../engine/errors.ts";
import { type Asset, assetsOf } from "../dashboard-files.ts";
import type { HttpDeps } from "../deps.ts";
import { answerUnknownRoute } from "../problem.ts";

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** The paths that the page knows: it looks at the URL by itself. */
export const pagePaths = [
  "/",
  "/runs",
  "/runs/:id",
  "/queues",
  "/schedules",
  "/tokens",
  "/webhooks",
  "/versions",
  "/secrets",
  "/trigger",
  "/sign-in",
];

const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%232f5fd0'/%3E%3Cpath d='M5 3.5v9M11 3.5v9M5 8h6' stroke='white' stroke-width='2' stroke-linecap='round'/%3E%3C/svg%3E";

const pageWith = (script: Asset, style: Asset): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Holdfast</title>
<link rel="icon" href="${icon}">
<link rel="stylesheet" href="/assets/${style.name}">
<script type="module" src="/assets/${script.name}"></script>
</head>
<body>
<div id="app"></div>
<noscript>This page needs JavaScript. The same is told by: npx holdfast runs list</noscript>
</body>
</html>
`;

function notBuilt(): HoldfastError {
  const fix =
    'Run "npm run build" in the clone, or install the package again. The API and the tasks work without it.';
  return new HoldfastError("HF424", "The dashboard's files are not there.", fix);
}

function asset(c: Context, assets: readonly Asset[]): Response {
  const found = assets.find(({ name }) => name === c.req.param("name"));
  if (found === undefined) return answerUnknownRoute(c);
  // The name changes with the text.
  const headers = { "Content-Type": found.type, "Cache-Control": "public, max-age=31536000, immutable" };
  return c.body(found.text, 200, headers);
}

/** Adds the routes of the dashboard. */
export function dashboardRoutes(app: Hono, { dashboard }: HttpDeps): void {
  const assets = dashboard && assetsOf(dashboard);
  const page = assets && pageWith(assets.script, assets.style);
  for (const path of pagePaths) {
    app.get(path, (c) => {
      if (page === undefined) throw notBuilt();
      return c.html(page, 200, { "Content-Security-Policy": policy });
    });
  }
  app.get("/assets/:name", (c) => asset(c, assets === undefined ? [] : [assets.script, assets.style]));
}
