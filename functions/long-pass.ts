/**
 * One pass of a `longRunning` task, in a task of Fargate: the dispatcher's own code works on one run, without a limit of time, and
 * the process ends.
 *
 * Owns:      what stopping means: nothing new is begun, and what is in flight has until shortly before ECS kills.
 * Never:     takes a second run, or goes on without the process that started it (`long-boot.ts`).
 * Invariant: it is the code of the version that the run is pinned to, whole: the same bytes that Lambda runs.
 */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { longPassConfig } from "./config.ts";
import type { Invocation } from "./dispatch.ts";
import { errorFields } from "./log.ts";
import { standardLog } from "./wire.ts";

type Handler = (event: { readonly runId: string }, invocation: Invocation) => Promise<unknown>;

const { runId, folder } = longPassConfig();
const stopping = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stopping.abort());
process.on("disconnect", () => process.exit(1));

try {
  const { handler } = (await import(pathToFileURL(join(folder, "index.mjs")).href)) as { handler: Handler };
  const getRemainingTimeInMillis = (): number => Number.POSITIVE_INFINITY;
  await handler({ runId }, { awsRequestId: randomUUID(), getRemainingTimeInMillis, stop: stopping.signal });
  process.exit(0);
} catch (error) {
  standardLog().error("A long pass failed", { runId, ...errorFields(error) });
  process.exit(1);
}
