/**
 * The routes of deployments, in Trigger.dev's shapes: a deployment is a version of the code that is kept, with its time.
 */
import type { Hono } from "hono";
import * as z from "zod";
import { HoldfastError } from "../../engine/errors.ts";
import { durationMs, instantMs } from "../../sdk/duration.ts";
import type { KnownDeployment } from "../deployments.ts";
import type { HttpDeps } from "../deps.ts";
import { noQuery, queryForm, queryOf, wholeNumber } from "../query.ts";

const pageSize = 20;

/** What the list takes. */
export const deploymentsQuery = queryForm({
  status: z
    .enum(["PENDING", "BUILDING", "DEPLOYING", "DEPLOYED", "FAILED", "CANCELED", "TIMED_OUT"])
    .optional(),
  period: z.string().optional(),
  from: z.string().optional(),
  to: z.string().optional(),
  "page[after]": z.string().optional(),
  "page[size]": wholeNumber(1, 100).optional(),
});

/** What cannot be deployed is kept nowhere. */
const view = ({ version, at, nodeVersion }: KnownDeployment) => ({
  id: version,
  shortCode: version.slice(0, 8),
  version,
  createdAt: new Date(at).toISOString(),
  deployedAt: new Date(at).toISOString(),
  status: "DEPLOYED",
  runtime: "node",
  runtimeVersion: nodeVersion ?? null,
});

async function newestFirst({ deployments }: HttpDeps): Promise<KnownDeployment[]> {
  const all = [...(await deployments())];
  return all.sort((a, b) => b.at - a.at || (a.version < b.version ? 1 : -1));
}

/** When it begins and ends, in ms of the epoch. @throws HoldfastError HF508 */
function timesOf({ period, from, to }: z.infer<typeof deploymentsQuery>, now: number) {
  const begins = [
    ...(from === undefined ? [] : [instantMs(from, now)]),
    ...(period === undefined ? [] : [now - durationMs(period)]),
  ];
  return {
    begin: Math.max(0, ...begins),
    end: to === undefined ? Number.POSITIVE_INFINITY : instantMs(to, now),
  };
}

/** @throws HoldfastError HF229, HF508 */
async function listed(deps: HttpDeps, query: z.infer<typeof deploymentsQuery>): Promise<object> {
  const { status, "page[after]": after, "page[size]": size = pageSize } = query;
  const { begin, end } = timesOf(query, deps.ports.clock.now());
  const all = await newestFirst(deps);
  const behind = after === undefined ? 0 : all.findIndex(({ version }) => version === after) + 1;
  if (after !== undefined && behind === 0) throw unknown(after);
  const isAsked = status === undefined || status === "DEPLOYED";
  const found = isAsked ? all.slice(behind).filter(({ at }) => at >= begin && at <= end) : [];
  const page = found.slice(0, size);
  const next = found.length > size ? { next: page.at(-1)?.version } : {};
  return { data: page.map(view), pagination: next };
}

function unknown(version: string): HoldfastError {
  const fix = "Ask for the list anew: versions without open runs are removed.";
  return new HoldfastError("HF229", `There is no code version ${version.slice(0, 100)}.`, fix);
}

/** Adds the routes. */
export function deploymentRoutes(app: Hono, deps: HttpDeps): void {
  app.get("/api/v1/deployments", async (c) => c.json(await listed(deps, queryOf(c, deploymentsQuery))));
  app.get("/api/v1/deployments/current", async (c) => {
    noQuery(c);
    const current = deps.code.version();
    const found = (await deps.deployments()).find(({ version }) => version === current);
    if (found === undefined) throw unknown(current);
    return c.json(view(found));
  });
}
