/**
 * The HTTP app: the same on one machine and in AWS.
 *
 * A request goes: security headers → Host → key or session (under /api) → route → answer; every error ends in
 * `answerError`.
 * docs/http-api.md describes the routes.
 *
 * Never:     knows a store, a cloud or an environment by name, executes an author's function.
 * Invariant: no route under /api, and not /metrics, answers without a key or a session, but large values by their signed link, what
 *            completes a token or an upload by its own secret, and the names of time zones.
 */
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { safeHeaders } from "./answer-headers.ts";
import { bearerOf, hostGuard, keyGuard } from "./auth.ts";
import type { HttpDeps } from "./deps.ts";
import { hasEndHooks } from "./end-hooks.ts";
import { packets } from "./packets.ts";
import { answerError, answerUnknownRoute } from "./problem.ts";
import { isPublicToken } from "./public-token.ts";
import { batchRoutes } from "./routes/batches.ts";
import { batchInTwoRoutes } from "./routes/batches-in-two.ts";
import { bulkActionRoutes } from "./routes/bulk-actions.ts";
import { concurrencyLimitRoutes } from "./routes/concurrency-limits.ts";
import { dashboardRoutes } from "./routes/dashboard.ts";
import { deploymentRoutes } from "./routes/deployments.ts";
import { envvarRoutes } from "./routes/envvars.ts";
import { eraseRoute } from "./routes/erase.ts";
import { hookRoutes } from "./routes/hooks.ts";
import { idempotencyKeyRoute } from "./routes/idempotency-keys.ts";
import { logRoutes } from "./routes/logs.ts";
import { metricsRoute } from "./routes/metrics.ts";
import { packetRoutes } from "./routes/packets.ts";
import { publicTokenRoutes } from "./routes/public-tokens.ts";
import { queueRoutes } from "./routes/queues.ts";
import { repinRoutes } from "./routes/repin.ts";
import { resumeRoutes } from "./routes/resume.ts";
import { runPartRoutes } from "./routes/run-parts.ts";
import { runRoutes } from "./routes/runs.ts";
import { openScheduleRoutes, scheduleRoutes } from "./routes/schedules.ts";
import { sessionRoutes, signInLinkRoute } from "./routes/session.ts";
import { streamRoutes } from "./routes/streams.ts";
import { subscriptionRoutes } from "./routes/subscriptions.ts";
import { taskRoutes } from "./routes/tasks.ts";
import { openTokenRoutes, tokenRoutes } from "./routes/tokens.ts";
import { openUploadRoute, uploadPath, uploadRoute } from "./routes/uploads.ts";
import { versionRoutes } from "./routes/versions.ts";
import { waiterRoutes } from "./routes/waiters.ts";
import { webhookRoutes } from "./routes/webhooks.ts";
import { sessions } from "./session.ts";

/** Where the API lies: Trigger.dev has its streams apart. */
const apiPaths = ["/api/*", "/realtime/*"] as const;

/** What pages may read of an answer's headers. */
const shownHeaders =
  "retry-after, x-trigger-jwt, x-stream-version, electric-handle, electric-offset, electric-cursor, electric-schema, electric-up-to-date";

/**
 * Makes the app.
 *
 * @example
 * ```ts
 * const app = httpApp({ ports, code, keys: secretKeys([key]), webhookSecret: () => undefined, log });
 * const answer = await app.request("/healthz");
 * ```
 */
export function httpApp(given: HttpDeps): Hono {
  const deps: HttpDeps = { ...given, ports: { ...given.ports, hasEndHooks: hasEndHooks(given.code) } };
  const app = new Hono();
  const links = packets(deps.linkKey);
  app.onError((error, c) => answerError(c, error, deps));
  app.use(safeHeaders);
  app.use(hostGuard(deps.allowedHosts));
  openToPages(app);
  app.get("/healthz", (c) => c.json({ ok: true }));
  app.get("/openapi.json", async (c) => c.json((await import("./openapi/document.ts")).openApi()));
  hookRoutes(app, deps);
  openTokenRoutes(app, deps);
  openUploadRoute(app, deps);
  openScheduleRoutes(app);
  packetRoutes(app, deps, links);
  const browsers = sessions(deps.keys);
  sessionRoutes(app, deps, browsers);
  dashboardRoutes(app, deps);
  const guard = keyGuard(deps, browsers);
  for (const path of apiPaths) app.use(path, guard);
  app.use("/metrics", guard);
  metricsRoute(app, deps);
  signInLinkRoute(app, deps);
  publicTokenRoutes(app, deps);
  taskRoutes(app, deps, links);
  uploadRoute(app, deps);
  batchRoutes(app, deps, links);
  batchInTwoRoutes(app, deps);
  idempotencyKeyRoute(app, deps);
  bulkActionRoutes(app, deps);
  eraseRoute(app, deps);
  runRoutes(app, deps, links);
  runPartRoutes(app, deps, links);
  streamRoutes(app, deps);
  subscriptionRoutes(app, deps, links);
  resumeRoutes(app, deps);
  repinRoutes(app, deps);
  logRoutes(app, deps);
  scheduleRoutes(app, deps);
  queueRoutes(app, deps);
  concurrencyLimitRoutes(app, deps);
  envvarRoutes(app, deps);
  versionRoutes(app, deps);
  deploymentRoutes(app, deps);
  tokenRoutes(app, deps, links);
  waiterRoutes(app, deps);
  webhookRoutes(app, deps);
  refuseOtherMethods(app);
  app.notFound((c: Context) => answerUnknownRoute(c));
  return app;
}

/**
 * Pages of other sites may call the API with a token of theirs. A session is not sent along: an answer that is open to all
 * origins is not given to a request with cookies.
 */
function openToPages(app: Hono): void {
  const open: MiddlewareHandler = async (c, next) => {
    if (c.req.header("origin") === undefined) return next();
    // A browser asks first whether it may send the header that holds the token.
    const asked = c.req.header("access-control-request-headers") ?? "";
    // The link of an upload is its key: no header lets anybody in.
    const isUpload = uploadPath.test(c.req.path);
    if (c.req.method === "OPTIONS" && (isUpload || /\bauthorization\b/i.test(asked))) {
      c.header("Access-Control-Allow-Origin", "*");
      c.header("Access-Control-Allow-Methods", "GET, POST, PUT");
      // Trigger.dev's client sends a handful of its own: none lets anybody in.
      c.header("Access-Control-Allow-Headers", asked.replace(/[^\w, -]/g, ""));
      c.header("Access-Control-Max-Age", "7200");
      return c.body(null, 204);
    }
    if (isUpload || isPublicToken(bearerOf(c) ?? "")) {
      c.header("Access-Control-Allow-Origin", "*");
      c.header("Access-Control-Expose-Headers", shownHeaders);
      c.header("Cross-Origin-Resource-Policy", "cross-origin");
    }
    return next();
  };
  for (const path of apiPaths) app.use(path, open);
}

/** A known path with a method that it does not have is 405, and the answer names those that it has. */
function refuseOtherMethods(app: Hono): void {
  const methods = new Map<string, string[]>();
  for (const { method, path } of app.routes) {
    if (method !== "ALL") methods.set(path, [...(methods.get(path) ?? []), method]);
  }
  for (const [path, allowed] of methods) app.all(path, (c) => answerUnknownRoute(c, allowed));
}
