/** Functions with more memory on the template brought to life: who works on which run, through waits, deaths and deployments. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import type { RunCost } from "../../sdk/run-cost.ts";
import { type Folder, linkHoldfast, makeFolder } from "../world/place.ts";
import { dynamodb, test } from "./on-java.ts";
import { linesOf, totalUnits } from "./records.ts";
import { type Stack, startStack } from "./stack.ts";

const source = (build: string): string => `import { OutOfMemoryError, step, task, wait } from "holdfast";
const here = async () => \`\${process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE} ${build}\`;
const memory = () => Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE);
const retry = { outOfMemory: { machine: "medium-1x" } } as const;

export const plain = task({ id: "plain", run: async () => await step("here", here) });

export const ten = task({ id: "ten", run: async () => {
  for (let i = 0; i < 10; i++) await step("here", here);
} });

export const big = task({ id: "big", machine: "medium-1x", run: async ({ seconds }: { seconds: number }) => {
  const before = await step("here", here);
  await wait.for({ seconds });
  return [before, await step("here", here)];
} });

export const parent = task({ id: "parent", run: async () => {
  const child = await plain.triggerAndWait(undefined, { machine: "medium-2x" }).unwrap();
  return [await step("here", here), child];
} });

export const tells = task({ id: "tells", run: async ({ version }: { version: string }) => {
  const { id } = await plain.trigger(undefined, { version });
  return id;
} });
${build === "first" ? `export const retired = task({ id: "retired", run: async () => "retired" });` : ""}

export const grows = task({ id: "grows", retry, run: async () => {
  const place = await step("here", here);
  if (memory() < 2_048) throw new OutOfMemoryError();
  return [place, await step("here", here)];
} });

export const dies = task({ id: "dies", retry, run: async () => {
  await step("dies", async () => {
    if (memory() < 2_048) process.kill(process.pid, "SIGKILL");
  });
  return await step("here", here);
} });
`;

let project: Folder;
let stack: Stack;
let second: string;

beforeAll(async () => {
  project = await makeFolder("machines");
  const file = join(project.path, "tasks", "all.ts");
  await mkdir(join(project.path, "tasks"));
  await writeFile(join(project.path, "package.json"), `{ "private": true, "type": "module" }`);
  await linkHoldfast(project.path);
  await writeFile(file, source("first"));
  const plan = {
    tasks: join(project.path, "tasks"),
    projectRoot: project.path,
    machines: ["medium-2x"] as const,
  };
  stack = await startStack(plan, { minuteMs: 1_000, dynamodb });
  await writeFile(file, source("second"));
  second = await stack.synth();
});
afterAll(async () => {
  await stack?.close();
  await project?.remove();
});

const run = async (task: string, payload: object = {}, options: Readonly<Record<string, unknown>> = {}) =>
  stack.finished(await stack.trigger(task, payload, options), 120_000);

test("in AWS a run is on its task's machine, or on its trigger's, before and behind a wait; others are on the smallest", async () => {
  expect((await run("plain")).output).toBe("512 first");
  expect((await run("big", { seconds: 2 })).output).toEqual(["2048 first", "2048 first"]);
  expect((await run("plain", {}, { machine: "medium-2x" })).output).toBe("4096 first");
  // More than the task's own, and less than any other function has.
  expect((await run("big", { seconds: 1 }, { machine: "small-2x" })).output).toEqual([
    "2048 first",
    "2048 first",
  ]);
  expect((await run("parent")).output).toEqual(["512 first", "4096 first"]);
});

test("a machine that no function of the stack has is refused, by the name of what gives it one", async () => {
  const options = { machine: "large-1x" };
  const { status, body } = await stack.request("POST", "/api/v1/tasks/plain/trigger", {
    payload: {},
    options,
  });
  expect([status, body]).toMatchObject([
    422,
    { code: "HF518", fix: expect.stringContaining(`machines: ["large-1x"]`) },
  ]);
});

test("in AWS an attempt that tells that it is out of memory is followed by one with more, and what was recorded is kept", async () => {
  const { status, output } = await run("grows");
  expect([status, output]).toEqual(["COMPLETED", ["512 first", "2048 first"]]);
});

test("in AWS a run whose pass died goes on with the memory of retry.outOfMemory", async () => {
  const { status, output } = await run("dies");
  expect([status, output]).toEqual(["COMPLETED", "2048 first"]);
});

test("a run of a larger machine costs its function's gigabyte-seconds, a refused claim and a message a pass; a small one what it did", async () => {
  const costOf = async (id: string): Promise<RunCost["aws"]> => {
    const { body } = await stack.request("GET", `/api/v1/runs/${id}/checkpoints`);
    return (body as { readonly run: { readonly cost: RunCost } }).run.cost.aws;
  };
  const counted = async (options: object) => {
    const { records } = stack.bench.proxy;
    const from = records.length;
    const { id } = await run("ten", {}, { ...options });
    await expect.poll(() => stack.bench.sources.reduce((sum, { working }) => sum + working, 0)).toBe(0);
    const own = records.slice(from).filter(({ caller }) => !/Timer|Housekeeper/.test(caller));
    return { own, cost: await costOf(id) };
  };
  const small = await counted({});
  expect(totalUnits(small.own).write, linesOf(small.own).join("\n")).toBe(13);
  expect(small.cost).toMatchObject({ writeUnits: 13, invocations: 1, sqsRequests: 3 });
  const large = await counted({ machine: "medium-2x" });
  expect(totalUnits(large.own).write, linesOf(large.own).join("\n")).toBe(14);
  expect(large.cost).toMatchObject({ writeUnits: 14, invocations: 2, sqsRequests: 6 });
});

test("a run of older code stays on its own code and machine, whatever is deployed; new ones are on the new", async () => {
  const id = await stack.trigger("big", { seconds: 20 });
  await expect.poll(async () => (await stack.run(id)).status).toBe("WAITING");
  await stack.bench.deploy(second);
  expect((await run("big", { seconds: 1 })).output).toEqual(["2048 second", "2048 second"]);
  expect((await stack.finished(id, 120_000)).output).toEqual(["2048 first", "2048 first"]);
  const handed = stack.bench.proxy.records.filter(
    ({ action, caller }) => action === "Invoke" && !/Api/.test(caller),
  );
  expect(handed.map(({ caller }) => caller)).toEqual(["OrdersDispatcher", "OrdersMachine2048"]);
});

test("all of it was allowed, and each grant for larger functions was used", async () => {
  const { proxy, policies } = stack.bench;
  expect(linesOf(proxy.refusals)).toEqual([]);
  const unused = policies.unused().map(({ statement, action }) => `${statement} ${action}`);
  expect(unused.filter((each) => /^(GiveOn|HearRings|HandOff) /.test(each))).toEqual([]);
});

test("in AWS a trigger may name the version of an earlier deployment, from outside and within a run: its code is the older one's, on whatever machine", async () => {
  const newest = String((await stack.run(await stack.trigger("plain", {}))).version);
  const { data } = (await stack.request("GET", "/api/v1/runs?page[size]=100")).body as {
    readonly data: readonly { readonly version: string }[];
  };
  const first = data.find(({ version }) => version !== newest)?.version ?? "";
  expect((await run("plain", {}, { version: first })).output).toBe("512 first");
  expect((await run("plain", {}, { version: first, machine: "medium-2x" })).output).toBe("4096 first");
  expect((await run("retired", {}, { version: first })).output).toBe("retired");
  const { output: child } = await run("tells", { version: first });
  expect((await stack.finished(`${child}`, 120_000)).output).toBe("512 first");
  const within = await run("tells", { version: "1.feed" });
  expect([within.status, within.error?.message]).toEqual(["FAILED", expect.stringContaining("HF229")]);
  const refused = async (task: string, version: string) =>
    (await stack.request("POST", `/api/v1/tasks/${task}/trigger`, { options: { version } })).body;
  expect(await refused("plain", "99.feed")).toMatchObject({ code: "HF229" });
  expect(await refused("plain", first.replace(/^\d+/, "99"))).toMatchObject({ code: "HF229" });
  expect(await refused("retired", newest)).toMatchObject({ code: "HF203" });
  expect(stack.bench.proxy.refusals).toEqual([]);
});

test("a trigger of the current code asks nobody which versions there are", async () => {
  const from = stack.bench.proxy.records.length;
  await run("plain");
  const asked = stack.bench.proxy.records.slice(from).filter(({ caller }) => /Api|Planner/.test(caller));
  expect(asked.map(({ action }) => action)).not.toContain("Invoke");
});

test("in AWS a batch is looked at with the rights that the api has, by its own index", async () => {
  const { proxy } = stack.bench;
  const items = [1, 2].map(() => ({ task: "plain" }));
  const { body } = await stack.request("POST", "/api/v2/tasks/batch", { items });
  const { id } = body as { readonly id: string };
  const from = proxy.records.length;
  const looked = async () => (await stack.request("GET", `/api/v1/batches/${id}`)).body;
  await expect.poll(looked, { timeout: 60_000 }).toMatchObject({ status: "COMPLETED", runCount: 2 });
  const queries = proxy.records
    .slice(from)
    .filter(({ action, caller }) => action === "Query" && /Api/.test(caller));
  expect(queries.length).toBeGreaterThan(0);
  expect(linesOf(proxy.refusals)).toEqual([]);
});
