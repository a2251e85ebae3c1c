/**
 * An HTTP app on the memory store, for tests: real time, seeded ids, and everything that was written down.
 */
import type { Hono } from "hono";
import { expect } from "vitest";
import type { CodeList } from "../../engine/code-choice.ts";
import { encode } from "../../engine/codec.ts";
import { claim, finish, type Lease } from "../../engine/head-write.ts";
import { memoryLogs } from "../../engine/memory-logs.ts";
import { collectingDoorbell, memorySpill } from "../../engine/memory-ports.ts";
import { memorySchedules } from "../../engine/memory-schedules.ts";
import { memoryStore } from "../../engine/memory-store.ts";
import { keep } from "../../engine/new-run.ts";
import type { Ports } from "../../engine/ports.ts";
import type { Run } from "../../engine/run.ts";
import { secretKeys } from "../../functions/auth.ts";
import type { HttpDeps, TaskListing } from "../../functions/deps.ts";
import { httpApp } from "../../functions/http-app.ts";
import { openSqliteDeliveries } from "../../local/sqlite-deliveries.ts";
import { checkAnswer } from "./answers.ts";

export const key = "hf_dev_0123456789abcdef";
export const webhookSecret = `whsec_${Buffer.from("a secret of the task, 32 bytes..").toString("base64")}`;

export const strangeId = "orders/ship it? 100% \u00e9#1 ..%2F";

const tasks: readonly TaskListing[] = [
  {
    id: "order",
    description: "Ships an order",
    jsonSchema: { type: "object", required: ["id"] },
    retry: { maxAttempts: 3 },
    webhookSecret: "ORDER_SECRET",
    file: "tasks/order.ts",
  },
  { id: "report", retry: { maxAttempts: 1 }, machine: "medium-1x" },
  { id: strangeId, retry: {} },
];

export interface World {
  readonly app: Hono;
  readonly ports: Ports & {
    readonly store: ReturnType<typeof memoryStore>;
    readonly spill: ReturnType<typeof memorySpill>;
  };
  readonly rings: () => string[];
  readonly logged: { level: "warn" | "error"; message: string; fields: Readonly<Record<string, unknown>> }[];
  /** A request with the key; `body` is sent as JSON. The answer is checked against the OpenAPI file. */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  runs(): Promise<readonly Run[]>;
}

/** Now, in milliseconds; `shift` moves the app's clock. */
export function world(
  over: Partial<HttpDeps> & {
    readonly shift?: () => number;
    readonly kept?: () => CodeList;
    /** As in AWS: versions are known to who names them. */
    readonly unlisted?: true;
  } = {},
): World {
  const { kept } = over;
  const doorbell = collectingDoorbell();
  let ids = 0;
  const ports = {
    store: memoryStore(),
    doorbell,
    spill: memorySpill(),
    clock: {
      now: () => Date.now() + (over.shift?.() ?? 0),
      after(ms: number, fn: () => void) {
        const timer = setTimeout(fn, ms);
        return () => clearTimeout(timer);
      },
      turn: (fn: () => void) => void setImmediate(fn),
    },
    chance: { id: (prefix: string) => `${prefix}${String(++ids).padStart(24, "0")}`, fraction: () => 0.5 },
    ...(kept && {
      keptCode: {
        tasksOf: async (version: string) => kept().get(version),
        ...(!over.unlisted && { all: kept }),
      },
    }),
  };
  const logged: World["logged"] = [];
  const app = httpApp({
    ports,
    code: { version: () => "20260101.2", tasks: () => tasks },
    schedules: memorySchedules(),
    queues: ports.store,
    envvars: {
      stage: "prod",
      listed: async () => ({
        secrets: [{ name: "STRIPE_KEY", from: "Secrets Manager" }],
        versions: [{ version: "2", createdAt: 0 }, { version: "1" }],
        isComplete: false,
      }),
      current: async () => "2",
    },
    logs: memoryLogs(),
    deliveries: openSqliteDeliveries(":memory:", (line) => {
      throw new Error(line);
    }),
    metrics: async () => ({ type: "text/plain; version=0.0.4", body: "up 1\n" }),
    keys: secretKeys([key]),
    deployments: async () => over.deployments?.() ?? [],
    erasing: { store: ports.store, values: { remove: async () => true }, remains: [] },
    webhookSecret: (task) => (task === "order" ? [webhookSecret] : undefined),
    log: {
      warn: (message, fields) => void logged.push({ level: "warn", message, fields }),
      error: (message, fields) => void logged.push({ level: "error", message, fields }),
    },
    ...over,
  });
  return {
    app,
    ports,
    rings: () => doorbell.take(),
    logged,
    async send(method, path, body, headers = {}) {
      const answer = await app.request(path, {
        method,
        headers: { authorization: `Bearer ${key}`, ...headers },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      await checkAnswer(method, path, answer);
      return answer;
    },
    runs: async () => (await ports.store.list({ limit: 1_000 })).runs,
  };
}

/** A record of chunks of a stream. */
export const streamed = (stream: string, chunks: readonly unknown[], more: object = {}) => ({
  ...{ kind: "result", ok: true, sort: "stream", key: "/s#0", gen: 0 },
  value: { inline: encode({ stream, chunks }).text },
  ...more,
});

/** Claims a run as a pass would. */
export async function hold({ ports }: World, runId: string): Promise<Lease> {
  const claimed = await ports.store.write(runId, claim("a pass", ports.clock.now()));
  return { runId, owner: "a pass", epoch: claimed.run?.epoch ?? 0 };
}

/** Writes a record as that pass would. */
async function record({ ports }: World, lease: Lease, number: number, what: object): Promise<void> {
  const data = JSON.stringify({ t: ports.clock.now(), by: lease.owner, epoch: lease.epoch, ...what });
  await ports.store.append(lease, { number, epoch: lease.epoch, data });
}

/** Ends a run as a pass would. */
export async function end(
  w: World,
  runId: string,
  event: "completed" | "failed" | "crashed" | "timedOut" = "completed",
  set: { output?: unknown } & Partial<Pick<Run, "error" | "lastGood" | "streams">> = {},
  records: readonly object[] = [],
): Promise<void> {
  const { ports } = w;
  const now = ports.clock.now();
  const lease = await hold(w, runId);
  for (const [index, each] of records.entries()) await record(w, lease, index + 1, each);
  const { output, ...rest } = set;
  const stored = "output" in set ? { output: await keep(ports, encode(output).text) } : {};
  const fields = { activeMs: 12, attempts: event === "failed" ? 2 : 0, lastNumber: 0, ...rest, ...stored };
  const written = await ports.store.write(runId, finish(lease, event, now, fields, false));
  if (!written.applied) throw new Error(`The run ${runId} could not be ended.`);
}

/** What a refusal says. */
export async function refusal(
  answer: Response,
): Promise<{ status: number; code: string; fix: string; error: string }> {
  const body = (await answer.json()) as { code: string; fix: string; error: string };
  return { status: answer.status, ...body };
}

/** Triggers a task; gives the run's id. */
export async function trigger(w: World, body: unknown = { payload: 1 }, task = "order"): Promise<string> {
  const answer = await w.send("POST", `/api/v1/tasks/${task}/trigger`, body);
  return ((await answer.json()) as { id: string }).id;
}

/** What a GET answers with 200. */
export async function get(w: World, path: string): Promise<Record<string, unknown>> {
  const answer = await w.send("GET", path);
  expect([path, answer.status]).toEqual([path, 200]);
  return (await answer.json()) as Record<string, unknown>;
}
