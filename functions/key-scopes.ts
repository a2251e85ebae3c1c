/**
 * Which key may use which route.
 *
 * Owns:      the table: for each route of the API what it takes, and what says of which task it is.
 * Invariant: a route that is not in the table is open to keys that may do everything, and to nobody else.
 */
import type { Context } from "hono";
import { HoldfastError } from "../engine/errors.ts";
import { isWholeKey, type KeyScope, type KnownKey } from "./api-keys.ts";
import type { HttpDeps } from "./deps.ts";

/**
 * Where a request says which tasks it is about: `task`: in the path; `run`: its run does; `list`: in the query; `items`: in the
 * body, which the route looks at with `demandTasks`; `none`: it is about the project, and not for keys of some tasks; `any`: it is
 * about no task, and for them, too.
 */
type Subject = "task" | "run" | "list" | "items" | "none" | "any";

/** Method and path, what a key needs for it, and what it is about. */
export type ScopedRoute = readonly [method: string, path: string, scope: KeyScope, subject: Subject];

/** The table. */
export const scopedRoutes: readonly ScopedRoute[] = [
  ["GET", "/metrics", "read", "none"],
  ["GET", "/api/v1/tasks", "read", "none"],
  ["POST", "/api/v1/tasks/:id/trigger", "trigger", "task"],
  ["PUT", "/api/v2/packets/:name", "trigger", "any"],
  ["POST", "/api/v2/tasks/batch", "trigger", "items"],
  ["POST", "/api/v3/batches", "trigger", "items"],
  ["POST", "/api/v3/batches/:id/items", "trigger", "items"],
  ["POST", "/api/v1/idempotencyKeys/:key/reset", "trigger", "items"],
  ["GET", "/api/v3/runs/:id", "read", "run"],
  ["GET", "/api/v1/runs", "read", "list"],
  ["GET", "/api/v1/dead-letters", "read", "list"],
  ["GET", "/api/v1/runs/:id/checkpoints", "read", "run"],
  ["GET", "/api/v1/runs/:id/logs", "read", "run"],
  ["GET", "/api/v1/runs/:id/result", "read", "run"],
  ["GET", "/api/v1/runs/:id/trace", "read", "run"],
  ["GET", "/api/v1/runs/:id/events", "read", "run"],
  ["GET", "/api/v1/runs/:id/spans/:span", "read", "run"],
  ["GET", "/realtime/v1/runs/:id", "read", "run"],
  ["GET", "/realtime/v1/runs", "read", "list"],
  ["GET", "/realtime/v1/batches/:id", "read", "none"],
  ["GET", "/realtime/v1/streams/:id/:stream", "read", "run"],
  ["GET", "/api/v1/runs/:id/metadata", "read", "run"],
  ["PUT", "/api/v1/runs/:id/metadata", "trigger", "run"],
  ["POST", "/api/v1/runs/:id/tags", "trigger", "run"],
  ["GET", "/api/v1/runs/:id/streams", "read", "run"],
  ["POST", "/realtime/v1/streams/:id/input/:stream", "trigger", "run"],
  ["POST", "/realtime/v1/streams/:id/:target/:stream/append", "trigger", "run"],
  ["GET", "/api/v1/batches/:id", "read", "none"],
  ["GET", "/api/v2/batches/:id", "read", "none"],
  ["GET", "/api/v1/batches/:id/results", "read", "none"],
  ["POST", "/api/v2/runs/:id/cancel", "cancel", "run"],
  ["POST", "/api/v1/runs/:id/fork", "trigger", "run"],
  ["POST", "/api/v1/runs/:id/replay", "trigger", "run"],
  ["POST", "/api/v1/runs/:id/reschedule", "trigger", "run"],
  ["POST", "/api/v1/runs/:id/resume", "admin", "run"],
  ["POST", "/api/v1/runs/:id/resume/plan", "admin", "run"],
  ["POST", "/api/v1/runs/:id/repin", "admin", "run"],
  ["POST", "/api/v1/runs/repin", "admin", "none"],
  ["POST", "/api/v1/runs/erase", "admin", "none"],
  ["POST", "/api/v1/sign-in-links", "admin", "none"],
  ["POST", "/api/v1/auth/public-tokens", "admin", "none"],
  ["POST", "/api/v1/auth/jwt/claims", "admin", "none"],
  ["POST", "/api/v1/bulk-actions", "admin", "none"],
  ["GET", "/api/v1/bulk-actions", "read", "none"],
  ["GET", "/api/v1/bulk-actions/:id", "read", "none"],
  ["POST", "/api/v1/bulk-actions/:id/abort", "admin", "none"],
  ["GET", "/api/v1/schedules", "read", "none"],
  ["GET", "/api/v1/schedules/:id", "read", "none"],
  ["POST", "/api/v1/schedules", "admin", "none"],
  ["PUT", "/api/v1/schedules/:id", "admin", "none"],
  ["DELETE", "/api/v1/schedules/:id", "admin", "none"],
  ["POST", "/api/v1/schedules/:id/activate", "admin", "none"],
  ["POST", "/api/v1/schedules/:id/deactivate", "admin", "none"],
  ["GET", "/api/v1/secrets", "read", "none"],
  ["GET", "/api/v1/versions", "read", "none"],
  ["GET", "/api/v1/versions/:version", "read", "none"],
  ["GET", "/api/v1/deployments", "read", "none"],
  ["GET", "/api/v1/deployments/current", "read", "none"],
  ["GET", "/api/v1/queues", "read", "none"],
  ["GET", "/api/v1/queues/:name", "read", "none"],
  ["POST", "/api/v1/queues/:name/pause", "admin", "none"],
  ["POST", "/api/v1/queues/:name/concurrency/override", "admin", "none"],
  ["POST", "/api/v1/queues/:name/concurrency/reset", "admin", "none"],
  ["GET", "/api/v1/concurrency-limits", "read", "none"],
  ["GET", "/api/v1/concurrency-limits/:name", "read", "none"],
  ["POST", "/api/v1/concurrency-limits/:name/pause", "admin", "none"],
  ["POST", "/api/v1/concurrency-limits/:name/override", "admin", "none"],
  ["POST", "/api/v1/concurrency-limits/:name/reset", "admin", "none"],
  ["GET", "/api/v1/projects/:ref/envvars/:env", "read", "none"],
  ["POST", "/api/v1/projects/:ref/envvars/:env", "admin", "none"],
  ["POST", "/api/v1/projects/:ref/envvars/:env/import", "admin", "none"],
  ["GET", "/api/v1/projects/:ref/envvars/:env/:name", "read", "none"],
  ["PUT", "/api/v1/projects/:ref/envvars/:env/:name", "admin", "none"],
  ["DELETE", "/api/v1/projects/:ref/envvars/:env/:name", "admin", "none"],
  ["GET", "/api/v1/webhooks/endpoints", "read", "none"],
  ["GET", "/api/v1/webhooks/deliveries", "read", "none"],
  ["POST", "/api/v1/webhooks/endpoints/:endpoint/waiters", "trigger", "none"],
  ["POST", "/api/v1/webhooks/waiters/:id/cancel", "trigger", "none"],
  ["POST", "/api/v1/waitpoints/tokens", "trigger", "none"],
  ["POST", "/api/v1/waitpoints/tokens/:id/complete", "trigger", "none"],
  ["GET", "/api/v1/waitpoints/tokens", "read", "none"],
  ["GET", "/api/v1/waitpoints/tokens/:id", "read", "none"],
];

const patterns = scopedRoutes.map(([method, path, scope, subject]) => ({
  method,
  form: new RegExp(`^${path.replace(/:\w+/g, "([^/]+)")}$`),
  scope,
  subject,
}));

/** HF219. */
export function keyForbids({ scopes, tasks }: KnownKey, what: string): HoldfastError {
  const of = tasks === undefined ? "" : `, for ${tasks.map((task) => JSON.stringify(task)).join(", ")}`;
  const fix = `This key may: ${scopes.join(", ")}${of}. Make one that may more: holdfast keys create --scope ….`;
  return new HoldfastError("HF219", `The key does not let you ${what}.`, fix);
}

/** A part of a path; one whose escapes are broken is nobody's. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

/** The tasks that a list is narrowed down to. */
export function listedTasks(c: Context): readonly string[] {
  const { searchParams } = new URL(c.req.url);
  return [
    ...["task", "taskIdentifier"].flatMap((name) => searchParams.getAll(name)),
    ...["filter[taskIdentifier]", "tasks"]
      .flatMap((name) => searchParams.getAll(name))
      .flatMap((value) => value.split(",")),
  ];
}

async function tasksOf(c: Context, subject: Subject, id: string, { ports }: Pick<HttpDeps, "ports">) {
  if (subject === "task") return [id];
  if (subject === "list") return listedTasks(c);
  const run = subject === "run" ? await ports.store.read(id) : undefined;
  return run === undefined ? [] : [run.task];
}

const callers = new WeakMap<Request, KnownKey>();

/**
 * Lets a request through that its key allows.
 * @throws HoldfastError HF219
 */
export async function demandScope(c: Context, deps: Pick<HttpDeps, "ports">, key: KnownKey): Promise<void> {
  callers.set(c.req.raw, key);
  const { scopes, tasks } = key;
  const isAll = scopes.includes("admin");
  if (isAll && tasks === undefined) return;
  const { pathname } = new URL(c.req.url);
  const method = c.req.method === "HEAD" ? "GET" : c.req.method;
  const route = patterns.find((each) => each.method === method && each.form.test(pathname));
  const shown = `${method} ${pathname}`;
  if (route === undefined || !(isAll || scopes.includes(route.scope))) throw keyForbids(key, shown);
  if (tasks === undefined || route.subject === "items" || route.subject === "any") return;
  const id = decoded(route.form.exec(pathname)?.[1] ?? "");
  const about = await tasksOf(c, route.subject, id, deps);
  if (about.length === 0 || !about.every((task) => tasks.includes(task))) throw keyForbids(key, shown);
}

/** The caller has no key, and may trigger these tasks alone. */
export const limitTasks = (c: Context, tasks: readonly string[]): void =>
  void callers.set(c.req.raw, { hash: "", scopes: ["trigger"], tasks });

/** May the caller look at runs that it starts? A key for triggers alone may not. */
export function mayLook(c: Context): boolean {
  const scopes = callers.get(c.req.raw)?.scopes;
  return scopes === undefined || scopes.includes("read") || scopes.includes("admin");
}

/** For routes whose body names tasks: may the caller's key be used for these? @throws HoldfastError HF219 */
export function demandTasks(c: Context, asked: readonly string[]): void {
  const key = callers.get(c.req.raw);
  const strange = key?.tasks && asked.find((task) => !key.tasks?.includes(task));
  if (key !== undefined && strange !== undefined) throw keyForbids(key, `trigger ${JSON.stringify(strange)}`);
}

/** A session may do everything, and outlives what ends: only a key that is as good may begin one. @throws HoldfastError HF219 */
export function demandWhole(c: Context, what: string): void {
  const key = callers.get(c.req.raw);
  if (key !== undefined && !isWholeKey(key)) throw keyForbids(key, what);
}

/** For a webhook's address: may this key be used instead of a signature? @throws HoldfastError HF219 */
export function demandTrigger(key: KnownKey, asked: readonly string[]): void {
  const may = key.scopes.some((scope) => scope === "admin" || scope === "trigger");
  if (!may || (key.tasks !== undefined && !asked.every((task) => key.tasks?.includes(task))))
    throw keyForbids(key, "deliver here");
}
