/** The dashboard on the stack as it is deployed, and scheduled tasks: made ahead by the timer's tick, begun at their time, gone with the code. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { type Folder, linkHoldfast, makeFolder } from "../world/place.ts";
import { dynamodb, test } from "./on-java.ts";
import { linesOf } from "./records.ts";
import { type Stack, startStack } from "./stack.ts";

let project: Folder;
let stack: Stack;

const scheduled = `import { schedules } from "holdfast";
export const minutely = schedules.task({
  id: "minutely",
  cron: "* * * * *",
  run: async ({ timestamp, upcoming }) => {
    console.log("at work", { timestamp });
    return [timestamp, ...upcoming].map((each) => each.getTime());
  },
});
`;
const file = () => join(project.path, "tasks", "minutely.ts");

beforeAll(async () => {
  project = await makeFolder("schedules");
  await mkdir(join(project.path, "tasks"));
  await writeFile(file(), scheduled);
  await writeFile(join(project.path, "package.json"), `{ "private": true, "type": "module" }`);
  await linkHoldfast(project.path);
  const environment = {
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
    OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
  };
  stack = await startStack({ tasks: join(project.path, "tasks"), environment }, { minuteMs: 0, dynamodb });
});
afterAll(async () => {
  await stack?.close();
  await project?.remove();
});

const listed = async () => {
  const { body } = await stack.request("GET", "/api/v1/schedules");
  return (body as { data: { task: string; nextRun: string }[] }).data;
};
const runs = async () => {
  const { body } = await stack.request("GET", "/api/v1/runs");
  return (body as { data: { id: string; status: string; delayedUntil: string }[] }).data;
};

test("the dashboard is at the root of the stack's address, and what it loads beside it", async () => {
  const page = await fetch(`${stack.url}/`);
  const html = await page.text();
  expect(page.status).toBe(200);
  expect(page.headers.get("content-type")).toMatch(/^text\/html/);
  const loaded = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = ""]) => path);
  expect(loaded.length).toBeGreaterThan(0);
  for (const path of loaded) expect((await fetch(new URL(path, `${stack.url}/`))).status).toBe(200);
});

test("a tick makes the runs of the coming minute ahead, once; each begins at its time, and not before", async () => {
  for (let tick = 0; tick < 3; tick++) await stack.bench.rules.fire();
  await expect.poll(async () => (await listed()).map(({ task }) => task)).toEqual(["minutely"]);
  const made = await runs();
  expect(new Set(made.map(({ delayedUntil }) => delayedUntil)).size).toBe(made.length);
  const [id = ""] = made.map((run) => run.id).slice(-1);
  const run = await stack.finished(id, 90_000);
  const [at = 0, ...upcoming] = run.output as number[];
  expect(run).toMatchObject({ status: "COMPLETED", delayedUntil: new Date(at).toISOString() });
  expect(Date.parse(String(run.startedAt))).toBeGreaterThanOrEqual(at);
  expect(upcoming).toEqual(Array.from({ length: 10 }, (_, n) => at + (n + 1) * 60_000));
});

test("in AWS a setting of traces that is not valid is told in the dispatcher's log, and runs go on untraced", async () => {
  const lines = stack.bench.log.filter((line) => line.includes("Nothing is traced"));
  expect(lines[0]).toMatch(
    /OrdersDispatcher.*"level":"ERROR".*HF406 .*OTEL_EXPORTER_OTLP_PROTOCOL is .*grpc/,
  );
  expect((await runs()).filter(({ status }) => status === "COMPLETED").length).toBeGreaterThan(0);
});

test("a schedule that the deployed code does not have any more is gone with the next tick", async () => {
  await stack.bench.rules.fire();
  await writeFile(
    file(),
    scheduled
      .replace("{ schedules }", "{ task }")
      .replace("schedules.task", "task")
      .replace(/ {2}cron.*\n/, "")
      .replace(
        "async ({ timestamp, upcoming })",
        "async ({ timestamp, upcoming }: { timestamp: Date; upcoming: Date[] })",
      ),
  );
  await stack.bench.deploy(await stack.synth());
  await stack.bench.rules.fire();
  await expect.poll(listed).toEqual([]);
  const open = (await runs()).filter(({ status }) => status === "DELAYED");
  expect(open).toEqual([]);
});

test("the timer was refused nothing", () => {
  expect(linesOf(stack.bench.proxy.refusals)).toEqual([]);
});
