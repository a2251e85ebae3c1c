/**
 * The routes of tasks: list them, trigger one.
 */
import type { Context, Hono } from "hono";
import { chosenCode } from "../../engine/code-choice.ts";
import { HoldfastError } from "../../engine/errors.ts";
import { checkKnown } from "../../engine/named-limits.ts";
import { startRun } from "../../engine/start.ts";
import { checkRoom } from "../../sdk/machine.ts";
import { bearerOf } from "../auth.ts";
import { jsonBody } from "../body.ts";
import type { HttpDeps, TaskListing } from "../deps.ts";
import { mayLook } from "../key-scopes.ts";
import { useOnce } from "../one-time-use.ts";
import type { Packets } from "../packets.ts";
import { isPublicToken, readTokenFor, tellReadToken } from "../public-token.ts";
import { noQuery, queryOf } from "../query.ts";
import { type Asked, runIdOf, triggerForm } from "../trigger-form.ts";
import { usedUp } from "../uploads.ts";
import { shownAtEnd, waitQuery } from "./shown-run.ts";

/** Header with which callers mark a request that they may send again. */
export const requestKeyHeader = "x-trigger-request-idempotency-key";

/**
 * Makes sure that the deployed code has the task.
 * @throws HoldfastError HF203, naming those that there are.
 */
export function knownTask(deps: HttpDeps, id: string): TaskListing {
  const tasks = deps.code.tasks();
  const found = tasks.find((task) => task.id === id);
  if (found !== undefined) return found;
  const names = tasks.slice(0, 20).map((task) => JSON.stringify(task.id));
  const known =
    names.length === 0
      ? "There are no tasks at all."
      : `There are: ${names.join(", ")}${tasks.length > 20 ? " …" : ""}.`;
  const shown = JSON.stringify(id.length > 100 ? `${id.slice(0, 100)}…` : id);
  throw new HoldfastError("HF203", `There is no task ${shown}.`, `${known} Check the id.`);
}

/**
 * The code that a run of a task is to be started on.
 * @throws HoldfastError HF203 for a task that there is not, HF229 for a version that is not kept, or not with this task, HF518,
 * HF510 for a limit that the code does not declare
 */
export async function codeFor(
  deps: HttpDeps,
  task: string,
  { version, machine, concurrency = [] }: Pick<Asked, "version" | "machine" | "concurrency">,
): Promise<string> {
  checkRoom(machine, deps.code.tasks().find(({ id }) => id === task)?.longRunning === true);
  const current = deps.code.version();
  if (version === undefined || version === current) {
    knownTask(deps, task);
    checkKnown(concurrency, deps.code.limits?.() ?? concurrency);
    return current;
  }
  return chosenCode({ current, kept: deps.ports.keptCode }, task, version);
}

function listing({
  id,
  description,
  jsonSchema,
  retry,
  maxDurationSeconds,
  webhookSecret,
  file,
}: TaskListing) {
  const webhook = { path: `/hooks/${encodeURIComponent(id)}`, secretSetting: webhookSecret };
  return { id, description, payloadSchema: jsonSchema, retry, maxDurationSeconds, file, webhook };
}

/**
 * How long the answer to a trigger is to wait for the run's end.
 * @throws HoldfastError HF219 for a caller who may start runs, and not look at them
 */
function waitOf(c: Context): number {
  const { wait = 0 } = queryOf(c, waitQuery);
  if (wait === 0 || mayLook(c)) return wait;
  throw new HoldfastError(
    "HF219",
    "The key lets you start runs, and not look at them: ?wait would show the run's output.",
    "Leave ?wait away, or take a key that may read.",
  );
}

async function trigger(c: Context, deps: HttpDeps, links: Packets): Promise<Response> {
  const task = c.req.param("id") ?? "";
  const wait = waitOf(c);
  const body = await jsonBody(c);
  const requestKey = c.req.header(requestKeyHeader);
  const runId = runIdOf(requestKey, task);
  const asks = await triggerForm(body, deps.ports, runId);
  const codeVersion = await codeFor(deps, task, asks);
  const { version: _, upload, ...asked } = asks;
  await useOnce(c, deps, { body, requestKey });
  const started = await startRun(deps.ports, {
    ...asked,
    ...(runId === undefined ? {} : { id: runId }),
    task,
    codeVersion,
    source: "api",
  });
  await usedUp(deps, upload, started, runId);
  const view = startedView(deps, task, started, runId);
  tellReadToken(c, deps, { runs: view.id });
  if (wait > 0) return c.json({ ...view, run: await shownAtEnd(c, deps, links, started.run, wait) });
  if (!isPublicToken(bearerOf(c) ?? "")) return c.json(view);
  return c.json({ ...view, publicAccessToken: readTokenFor(deps, { runs: view.id }) });
}

/** What the caller learns. A run that this very request made before its answer was lost is not "cached". */
export function startedView(
  deps: HttpDeps,
  task: string,
  started: Awaited<ReturnType<typeof startRun>>,
  runId?: string,
): { id: string; isCached: boolean; payloadChanged?: true } {
  const isCached = started.isCached && started.id !== runId;
  if (!started.payloadChanged) return { id: started.id, isCached };
  deps.log.warn(
    "A trigger with a known idempotency key came with another payload; the run keeps its first.",
    {
      task,
      runId: started.id,
    },
  );
  return { id: started.id, isCached, payloadChanged: true };
}

/** Adds the routes of tasks. */
export function taskRoutes(app: Hono, deps: HttpDeps, links: Packets): void {
  app.get("/api/v1/tasks", (c) => {
    noQuery(c);
    return c.json({ version: deps.code.version(), data: deps.code.tasks().map(listing) });
  });
  app.post("/api/v1/tasks/:id/trigger", (c) => trigger(c, deps, links));
}
