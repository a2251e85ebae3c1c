/** What resuming a run would do, in AWS: the template brought to life, beside the same on one machine. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import type { ResumePlan } from "../../engine/plan.ts";
import { command, type Holdfast, secretKey, startHoldfast } from "../world/holdfast.ts";
import { type Folder, linkHoldfast, makeFolder } from "../world/place.ts";
import { dynamodb, test } from "./on-java.ts";
import { asRole, environmentOf } from "./person.ts";
import { linesOf, totalUnits } from "./records.ts";
import { type Stack, startStack } from "./stack.ts";

const source = (
  second: string,
  behind: string,
): string => `import { setTimeout as delay } from "node:timers/promises";
import { step, task } from "holdfast";
export const order = task({
  id: "order",
  retry: { maxAttempts: 1 },
  run: async ({ key }: { key: string }) => {
    const secret = process.env.PLANNED ?? "";
    const large = await step("large", async () => {
      console.info("made for " + key);
      return Array.from({ length: 9_000 }, (_, n) => key + n + secret).join();
    });
    const first = await delay(1, "first " + key + large.length);
    const second = await delay(2, "${second} " + key);
    ${behind}
    return [first, second];
  },
});
`;
const before = source("second", `throw new Error("Not yet");`);
const after = source("another", `await delay(3, "third");`);

let project: Folder;
let stack: Stack;
let local: Holdfast;
const file = () => join(project.path, "tasks", "order.ts");

beforeAll(async () => {
  project = await makeFolder("plans");
  await mkdir(join(project.path, "tasks"));
  await writeFile(join(project.path, "package.json"), `{ "private": true, "type": "module" }`);
  await writeFile(file(), before);
  await linkHoldfast(project.path);
  const plan = {
    tasks: join(project.path, "tasks"),
    projectRoot: project.path,
    encryption: true,
    callers: true,
  };
  stack = await startStack(plan, { minuteMs: 1_000, dynamodb });
  stack.bench.secrets.text("OrdersEncryption", "k".repeat(43));
  stack.bench.secrets.put({ PLANNED: "a secret of the plan's" });
  local = await startHoldfast({
    project: project.path,
    tasks: "tasks",
    data: join(project.path, "data"),
    command: "serve",
    env: { PLANNED: "a secret of the plan's" },
  });
}, 300_000);
afterAll(async () => {
  await stack?.close();
  await local?.stop();
  await project?.remove();
});

const planned = async (at: Stack | Holdfast, id: string): Promise<ResumePlan> =>
  (await at.request("POST", `/api/v1/runs/${id}/resume/plan`, {})).body as ResumePlan;

const firstRun = async () =>
  ((await stack.request("GET", "/api/v1/runs")).body as { data: [{ id: string }] }).data[0].id;

test("in AWS a plan is the one that there is on one machine: the run is played on the newest code, and nothing is written", async () => {
  const ids = [
    await stack.trigger("order", { key: "k" }),
    await local.trigger("order", { key: "k" }),
  ] as const;
  for (const run of [await stack.finished(ids[0], 60_000), await local.finished(ids[1], 60_000)])
    expect(run).toMatchObject({ status: "FAILED", error: { message: "Not yet" } });
  await writeFile(file(), after);
  await stack.bench.deploy(await stack.synth());
  await local.stop();
  local = await startHoldfast({
    project: project.path,
    tasks: "tasks",
    data: join(project.path, "data"),
    command: "serve",
    env: { PLANNED: "a secret of the plan's" },
  });
  const { records } = stack.bench.proxy;
  const from = records.length;
  const [there, here] = [await planned(stack, ids[0]), await planned(local, ids[1])];
  expect(there.rows?.map(({ name, what }) => [name, what])).toEqual([
    ["large", "reused"],
    ["delay", "reused"],
    ["delay", "conflict"],
  ]);
  expect({ ...there, runId: "", from: "", codeVersion: "" }).toEqual({
    ...here,
    runId: "",
    from: "",
    codeVersion: "",
  });
  const own = records.slice(from).filter(({ caller }) => caller.includes("Planner"));
  const actions = new Set(own.map(({ action }) => action));
  expect([...actions].sort()).toEqual(["GetItem", "GetObject", "GetSecretValue", "Query"]);
  expect(stack.bench.proxy.refusals).toEqual([]);

  const env = { HOLDFAST_API_URL: stack.url, HOLDFAST_SECRET_KEY: secretKey };
  const said = await command(project.path, ["resume", ids[0], "--dry-run"], env);
  expect(said.output).toMatch(/delay/);
  expect(said.output).not.toContain("HF228");
  expect((await stack.run(ids[0])).status).toBe("FAILED");
}, 480_000);

test("a plan in AWS takes one invocation of the api and one of the planner, and reads the run alone: no write, three read units and its large value", async () => {
  const id = await firstRun();
  await planned(stack, id);
  const { records } = stack.bench.proxy;
  const from = records.length;
  expect((await planned(stack, id)).rows).toHaveLength(3);
  // The timer's looks are nobody's plan.
  const made = records.slice(from).filter(({ caller }) => !caller.includes("Timer"));
  const { write, read } = totalUnits(made);
  expect({ write, read }, linesOf(made).join("\n")).toEqual({ write: 0, read: 3 });
  expect(made.filter(({ action }) => action === "Invoke")).toHaveLength(1);
  // The one value that is kept apart.
  expect(made.filter(({ service }) => service === "s3")).toHaveLength(1);
}, 60_000);

test("in AWS the command line shows what a run has logged, which the api reads out of CloudWatch", async () => {
  const id = await firstRun();
  const deployer = environmentOf(asRole(stack.bench, "Deployer"));
  const logs = (...args: string[]) =>
    command(project.path, ["logs", id, "--stack", "Orders", ...args], deployer);
  const lines = await logs("--json");
  expect(JSON.parse(lines.output)).toMatchObject({
    data: [{ number: 1, level: "info", attempt: 1, pass: 1, try: 1, message: "made for k" }],
  });
  expect((await logs()).output).toMatch(/attempt 1, pass 1, try 1 {2}info {3}made for k/);
});

const onItsOwn = (id: string) => stack.request("POST", `/api/v1/runs/${id}/resume/plan`, { code: "same" });

test("in AWS a plan on the run's own code is made with the version that it is pinned to; the planner's function goes back to the newest", async () => {
  const id = await firstRun();
  const { records } = stack.bench.proxy;
  const from = records.length;
  const asked = await onItsOwn(id);
  expect(asked.status).toBe(200);
  const { rows, ends, stopped } = asked.body as ResumePlan;
  expect(rows?.map(({ name, what }) => [name, what])).toEqual([
    ["large", "reused"],
    ["delay", "reused"],
    ["delay", "reused"],
  ]);
  expect({ ends, stopped }).toEqual({ ends: { how: "fails", error: "Error: Not yet" }, stopped: undefined });
  expect((await planned(stack, id)).rows?.at(-1)?.what).toBe("conflict");
  // Fetched once, while it is the last one that was asked for.
  expect((await onItsOwn(id)).body).toEqual(asked.body);
  const own = records.slice(from).filter(({ caller }) => caller.includes("Planner"));
  const actions = own.map(({ action }) => action);
  expect(actions.filter((action) => action === "GetFunction")).toHaveLength(1);
  // The secrets are known for half a minute.
  const others = actions.filter((action) => action !== "GetSecretValue");
  expect([...new Set(others)].sort()).toEqual(["GetFunction", "GetItem", "GetObject", "Query"]);
  expect(stack.bench.proxy.refusals).toEqual([]);
}, 120_000);

test("in AWS a plan on a version that has gone says so, HF318", async () => {
  const id = await firstRun();
  const { version } = (await stack.run(id)) as { readonly version?: string };
  stack.bench.lambda.removeVersion(stack.bench.functionId("Dispatcher"), Number.parseInt(version ?? "", 10));
  for (const pool of stack.bench.lambda.pools(stack.bench.functionId("Planner"))) pool.retire();
  expect(await onItsOwn(id)).toMatchObject({ status: 409, body: { code: "HF318" } });
}, 60_000);
