/**
 * What `runs.cancel`, `runs.retrieve` and `runs.poll` meet in a run under test: the store that the run itself is in.
 *
 * Never: leaves the process. Calls that would need the whole server are refused.
 */
import { HoldfastError } from "../engine/errors.ts";
import { textOf } from "../engine/new-run.ts";
import { isFinished, type Run, type Stored } from "../engine/run.ts";
import { cancelRun } from "../engine/start.ts";
import type { Transport, TransportRequest } from "../sdk/transport.ts";
import type { World } from "./world.ts";

/** How often a run that is waited for is looked at, in virtual time. */
const lookMs = 1_000;

const answer = (status: number, body: unknown): Response => Response.json(body, { status });

function refusal(status: number, error: HoldfastError): Response {
  const { code, fix, message } = error;
  return answer(status, { code, fix, error: message.slice(code.length + 1, -fix.length - 1) });
}

const date = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString();

/** A run in the form that the client reads. */
async function shown(world: World, run: Run): Promise<object> {
  const { id, status, task, tags, isTest, codeVersion, depth } = run;
  const isCompleted = isFinished(status);
  const text = async (stored: Stored | undefined) => stored && textOf(world.ports, stored);
  return {
    ...{ id, status, tags, isTest, depth, taskIdentifier: task, version: codeVersion, isCompleted },
    isQueued: status === "QUEUED" || status === "DELAYED",
    isExecuting: status === "EXECUTING",
    isWaiting: status === "WAITING",
    isSuccess: status === "COMPLETED",
    isFailed: isCompleted && status !== "COMPLETED" && status !== "CANCELED",
    isCancelled: status === "CANCELED",
    createdAt: date(run.createdAt),
    updatedAt: date(run.updatedAt),
    startedAt: date(run.startedAt),
    finishedAt: date(run.finishedAt),
    durationMs: run.activeMs,
    attemptCount: run.attempts + 1,
    error: run.error,
    payloadText: await text(run.payload),
    outputText: await text(run.output),
    relatedRuns: {},
  };
}

async function found(world: World, runId: string, waitMs: number): Promise<Response> {
  const until = world.time.now() + waitMs;
  for (;;) {
    const run = await world.store.read(runId);
    if (run === undefined)
      return refusal(404, new HoldfastError("HF208", `There is no run ${runId}.`, "Check the id."));
    if (isFinished(run.status) || world.time.now() >= until) return answer(200, await shown(world, run));
    await new Promise<void>((resolve) => void world.time.after(lookMs, resolve));
  }
}

async function canceled(world: World, runId: string): Promise<Response> {
  const there = await found(world, runId, 0);
  if (!there.ok) return there;
  await cancelRun(world.ports, runId);
  return answer(200, { id: runId });
}

/** The way from the SDK to the world of a run. */
export function apiOf(world: World): Transport {
  async function request({ method, path }: TransportRequest): Promise<Response> {
    const { pathname, searchParams } = new URL(path, "http://holdfast.invalid");
    const [, runId = "", isCancel] = /^\/api\/v\d\/runs\/([^/]+)(\/cancel)?$/.exec(pathname) ?? [];
    if (runId !== "" && isCancel !== undefined && method === "POST") return canceled(world, runId);
    if (runId !== "" && isCancel === undefined && method === "GET")
      return found(world, runId, Number(searchParams.get("wait") ?? 0) * 1_000);
    const what = `${method} ${pathname} is not there in a testkit.`;
    const fix = "Tasks can cancel, retrieve and poll runs in a test; try the rest against holdfast dev.";
    return refusal(404, new HoldfastError("HF211", what, fix));
  }
  return { address: "the testkit", request };
}
