/**
 * The routes of versions: which code is kept, and how many runs are on each; the tasks of one.
 *
 * Never: counts further than a page of the list, so that no answer costs a look at all runs of a version.
 */
import type { Hono } from "hono";
import { HoldfastError } from "../../engine/errors.ts";
import type { Store } from "../../engine/ports.ts";
import { allStatuses, isDeadLetter, isFinished, type RunStatus } from "../../engine/run.ts";
import type { HttpDeps } from "../deps.ts";
import { noQuery } from "../query.ts";

/** It is counted up to this. */
const countedMost = 100;

const open = allStatuses.filter((status) => !isFinished(status));
const dead = allStatuses.filter(isDeadLetter);

/** How many runs of a version there are; `isMore`: and others that were not counted. */
async function counted(store: Store, version: string, status: readonly RunStatus[]) {
  const { runs, next } = await store.list({ version: [version], status, limit: countedMost });
  return { count: runs.length, isMore: next !== undefined };
}

const idsOf = (code: HttpDeps["code"]): string[] => code.tasks().map(({ id }) => id);

async function versions({ ports, code }: HttpDeps) {
  const current = code.version();
  const kept = new Map(ports.keptCode?.all?.() ?? []);
  kept.set(current, idsOf(code));
  const data = [];
  for (const [version, tasks] of kept) {
    const openRuns = await counted(ports.store, version, open);
    const deadLetters = await counted(ports.store, version, dead);
    data.push({ version, isCurrent: version === current, tasks: [...tasks].sort(), openRuns, deadLetters });
  }
  data.sort((a, b) => Number(b.isCurrent) - Number(a.isCurrent) || (a.version < b.version ? 1 : -1));
  return { data, isComplete: ports.keptCode?.all !== undefined };
}

/** @throws HoldfastError HF229 */
async function version({ ports, code }: HttpDeps, asked: string) {
  const isCurrent = asked === code.version();
  const tasks = isCurrent ? idsOf(code) : await ports.keptCode?.tasksOf(asked);
  if (tasks !== undefined) return { version: asked, isCurrent, tasks: [...tasks].sort() };
  const fix = `The current one is ${code.version()}; runs.retrieve() tells that of a run.`;
  throw new HoldfastError("HF229", `There is no code version ${asked.slice(0, 100)}.`, fix);
}

/** Adds the routes. */
export function versionRoutes(app: Hono, deps: HttpDeps): void {
  app.get("/api/v1/versions", async (c) => {
    noQuery(c);
    return c.json(await versions(deps));
  });
  app.get("/api/v1/versions/:version", async (c) => {
    noQuery(c);
    return c.json(await version(deps, c.req.param("version")));
  });
}
