/**
 * Runs of a `longRunning` task on the template brought to life: their passes are processes that the definition's own command starts,
 * with nothing but what ECS gives a container.
 */
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, vi } from "vitest";
import type { RunCost } from "../../sdk/run-cost.ts";
import { type Ledger, startLedger } from "../heavy/ledger.ts";
import { type Folder, linkHoldfast, makeFolder } from "../world/place.ts";
import { dynamodb, test } from "./on-java.ts";
import { type Stack, startStack } from "./stack.ts";

const source = (build: string): string => `import { createHash } from "node:crypto";
import { idempotencyKey, secret, step, task, wait } from "holdfast";

const tell = (url: string) => fetch(url, { method: "POST", headers: { "idempotency-key": idempotencyKey() } });
const sleep = (ms: number, signal: AbortSignal) => new Promise<void>((resolve, reject) => {
  setTimeout(resolve, ms);
  signal.addEventListener("abort", () => reject(signal.reason));
});
type Told = { readonly ledger: string; readonly name: string; readonly ms?: number };

export const child = task({ id: "child", run: async ({ ledger, name }: Told) => {
  await tell(\`\${ledger}/\${name}/90\`);
  return process.env.AWS_LAMBDA_FUNCTION_VERSION;
} });

export const long = task({
  id: "long",
  longRunning: true,
  queue: { concurrencyLimit: 2 },
  run: async ({ ledger, name, ms = 0 }: Told, { signal }) => {
    await tell(\`\${ledger}/\${name}/1\`);
    await step("long", async () => {
      await tell(\`\${ledger}/\${name}/2\`);
      await sleep(ms, signal);
    });
    await tell(\`\${ledger}/\${name}/3\`);
    return [${JSON.stringify(build)}, createHash("sha256").update(secret("ROTATED")).digest("hex"), process.env.GREETING];
  },
});

export const family = task({
  id: "family",
  longRunning: true,
  machine: "medium-1x",
  run: async ({ ledger, name }: Told) => {
    await tell(\`\${ledger}/\${name}/1\`);
    await wait.for({ seconds: 2 });
    const version = await child.triggerAndWait({ ledger, name }).unwrap();
    await tell(\`\${ledger}/\${name}/2\`);
    return [${JSON.stringify(build)}, typeof version];
  },
});
`;

let project: Folder;
let stack: Stack;
let ledger: Ledger;
let second: string;

beforeAll(async () => {
  ledger = await startLedger();
  project = await makeFolder("long");
  const tasks = join(project.path, "tasks");
  await mkdir(tasks);
  await writeFile(join(project.path, "package.json"), `{ "private": true, "type": "module" }`);
  await linkHoldfast(project.path);
  await writeFile(join(tasks, "long.ts"), source("first"));
  const plan = { tasks, projectRoot: project.path, network: true, environment: { GREETING: "hello" } };
  stack = await startStack(plan, { minuteMs: 2_000, dynamodb });
  stack.bench.secrets.put({ ROTATED: "before the change" });
  await writeFile(join(tasks, "long.ts"), source("second"));
  second = await stack.synth();
});
afterAll(async () => {
  await stack?.close();
  await ledger?.close();
  await project?.remove();
});

const hashed = (text: string): string => createHash("sha256").update(text).digest("hex");
const start = (task: string, name: string, more: object = {}): Promise<string> =>
  stack.trigger(task, { ledger: ledger.url, name, ...more }, { idempotencyKey: name });
const effectsOf = (name: string): number[] =>
  ledger.lines.filter(({ run }) => run === name).map(({ effect }) => effect);
const keysOf = (name: string, effect: number): number =>
  new Set(ledger.lines.flatMap((line) => (line.run === name && line.effect === effect ? [line.key] : [])))
    .size;
const patience = { timeout: 120_000, interval: 20 };
interface TreeView {
  readonly run: { readonly cost: RunCost };
}
const startsOf = (id: string): number => stack.bench.fargate.started.filter((each) => each === id).length;

test.concurrent("in AWS an await of a longRunning task lasts longer than Lambda would, and its run completes", async () => {
  const id = await start("long", "outlives", { ms: 35_000 });
  const run = await stack.finished(id, 120_000);
  expect(run).toMatchObject({ status: "COMPLETED", output: ["first", hashed("before the change"), "hello"] });
  expect(effectsOf("outlives")).toEqual([1, 2, 3]);
  expect(startsOf(id)).toBe(1);
  const { cost } = ((await stack.request("GET", `/api/v1/runs/${id}/checkpoints`)).body as TreeView).run;
  // 35 s of a task that is paid for a minute: half a processor and 1 GB.
  expect(cost.aws).toMatchObject({
    ...{ invocations: 1, sqsRequests: 3, gbSeconds: 0 },
    fargate: { tasks: 1, vcpuSeconds: 30, gbSeconds: 60 },
  });
  // It has printed into the dispatcher's group, where lines of runs are looked for.
  expect(stack.bench.log.some((line) => /^OrdersLongRunningTask\w*: .*Pass ended/.test(line))).toBe(true);
});

test.concurrent("a pass in Fargate that is killed goes on in another task, and what was recorded is not made again", async () => {
  const id = await start("long", "killed", { ms: 6_000 });
  await vi.waitFor(() => expect(effectsOf("killed")).toEqual([1, 2]), patience);
  stack.bench.fargate.signal(id, "SIGKILL");
  expect(await stack.finished(id, 120_000)).toMatchObject({ status: "COMPLETED" });
  expect(effectsOf("killed")).toEqual([1, 2, 2, 3]);
  expect(keysOf("killed", 2)).toBe(1);
  expect(startsOf(id)).toBe(2);
});

test.concurrent("a task of Fargate that is told to stop gives its run back, and another goes on with it", async () => {
  const id = await start("family", "stopped");
  const slow = await start("long", "told", { ms: 4_000 });
  await vi.waitFor(() => expect(effectsOf("told")).toEqual([1, 2]), patience);
  stack.bench.fargate.signal(slow, "SIGTERM");
  expect(await stack.finished(slow, 120_000)).toMatchObject({ status: "COMPLETED" });
  // What was in flight had time to end.
  expect(effectsOf("told")).toEqual([1, 2, 3]);
  expect(startsOf(slow)).toBe(2);
  await stack.finished(id, 120_000);
});

test.concurrent("in Fargate a run waits, and for a child in Lambda, without a process meanwhile; its secrets and its code stay, whatever is deployed", async () => {
  const id = await start("family", "waits");
  await vi.waitFor(() => expect(effectsOf("waits")).toContain(1), patience);
  const held = await start("long", "stays", { ms: 3_000 });
  await vi.waitFor(() => expect(effectsOf("stays")).toContain(2), patience);
  stack.bench.secrets.put({ ROTATED: "behind the change" });
  await stack.bench.deploy(second);
  expect(await stack.finished(id, 120_000)).toMatchObject({
    status: "COMPLETED",
    output: ["first", "string"],
  });
  expect(effectsOf("waits")).toEqual([1, 90, 2]);
  expect(startsOf(id)).toBeGreaterThanOrEqual(2);
  // Each run has its own task's size.
  expect(new Set(stack.bench.fargate.sizesOf(id).map(String))).toEqual(new Set(["1024,2048"]));
  expect(stack.bench.fargate.sizesOf(held).map(String)).toEqual(["512,1024"]);
  expect((await stack.finished(held, 120_000)).output).toEqual([
    "first",
    hashed("before the change"),
    "hello",
  ]);
  const next = await start("long", "newer");
  expect((await stack.finished(next, 120_000)).output).toEqual([
    "second",
    hashed("behind the change"),
    "hello",
  ]);
});

test.concurrent("rings that are doubled, and starts that ECS refuses, end in one task of Fargate", async () => {
  stack.bench.fargate.refusals.push("Capacity is unavailable at this time.");
  const id = await start("family", "refused");
  expect(await stack.finished(id, 120_000)).toMatchObject({ status: "COMPLETED" });
  expect(effectsOf("refused")).toEqual([1, 90, 2]);
});

test.concurrent("a canceled run of a longRunning task ends in Fargate, its signal aborted", async () => {
  const id = await start("long", "canceled", { ms: 60_000 });
  await vi.waitFor(() => expect(effectsOf("canceled")).toEqual([1, 2]), patience);
  expect((await stack.request("POST", `/api/v2/runs/${id}/cancel`)).status).toBe(200);
  expect(await stack.finished(id, 120_000)).toMatchObject({ status: "CANCELED" });
});
