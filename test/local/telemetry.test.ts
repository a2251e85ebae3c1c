/** Traces and metrics of one machine: a real `holdfast dev`, a collector that it is told of, and what Prometheus would read. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startServer, type TestServer } from "../examples/servers.ts";
import { type Collector, startCollector, type TraceSpan } from "../world/collector.ts";
import { type Holdfast, secretKey, startHoldfast } from "../world/holdfast.ts";
import { type Folder, makeFolder, root } from "../world/place.ts";
import { kill } from "../world/processes.ts";

const secret = "canary-7f3a91";
let collector: Collector;
let site: TestServer;
let data: Folder;
let holdfast: Holdfast;
let flaky = 1;
let hangs = 1;
let arrived: () => void = () => {};

beforeAll(async () => {
  [collector, data] = await Promise.all([startCollector(), makeFolder("telemetry")]);
  site = await startServer(({ path }) => {
    if (path === "/flaky" && flaky-- > 0) return { body: "busy" };
    if (path !== "/hang" || hangs-- <= 0) return { body: "ok" };
    arrived();
    return undefined;
  });
  holdfast = await startHoldfast({
    project: join(root, "test", "local", "telemetry"),
    tasks: "tasks",
    data: data.path,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SERVICE_NAME: "shop" },
  });
});
afterAll(async () => {
  await holdfast?.stop();
  await Promise.all([collector?.close(), site?.close()]);
  await data?.remove();
});

const of = (runId: string): TraceSpan[] =>
  collector.spans.filter(({ about }) => about["holdfast.run.id"] === runId);
const kindOf = ({ about }: TraceSpan) => about["holdfast.kind"];
/** The spans of a run, once that of the run itself has come. */
async function traceOf(runId: string): Promise<TraceSpan[]> {
  await vi.waitFor(() => expect(of(runId).map(kindOf)).toContain("run"), { timeout: 60_000 });
  return of(runId);
}
const metrics = async (key = secretKey) => {
  const answer = await fetch(`${holdfast.url}/metrics`, { headers: { authorization: `Bearer ${key}` } });
  return { status: answer.status, type: answer.headers.get("content-type"), text: await answer.text() };
};

describe("a run with a retry, parallel branches, a child, a wait, and a process killed in the middle", () => {
  let runId: string;
  let spans: TraceSpan[];
  const named = (name: string): TraceSpan[] => spans.filter((each) => each.name === name);
  const one = (name: string): TraceSpan => {
    const [found, ...more] = named(name);
    if (found === undefined || more.length > 0)
      throw new Error(`${named(name).length} spans named ${name}, of ${spans.map((each) => each.name)}`);
    return found;
  };

  beforeAll(async () => {
    const silence = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    runId = await holdfast.trigger("traced", { url: site.url, secret });
    await silence;
    for (const pid of await holdfast.runners()) kill(pid);
    expect(await holdfast.finished(runId)).toMatchObject({ status: "COMPLETED", output: `9 ${secret}` });
    spans = await traceOf(runId);
  });

  test("is one trace, its child in it, and no span is sent twice", async () => {
    const child = collector.spans.filter(({ about }) => about["holdfast.task"] === "square");
    expect(new Set([...spans, ...child].map(({ trace }) => trace)).size).toBe(1);
    expect(new Set(collector.spans.map(({ id }) => id)).size).toBe(collector.spans.length);
    const [waiting, ...others] = spans.filter((each) => kindOf(each) === "child");
    expect(others).toEqual([]);
    expect(child.find((each) => kindOf(each) === "run")?.parent).toBe(waiting?.id);
    expect(waiting).toBeDefined();
    expect(collector.problems).toEqual([]);
    expect(new Set(spans.map(({ service }) => service))).toEqual(new Set(["shop"]));
  });

  test("has one span for each try, and the one that failed says of what", () => {
    const tries = named("flaky").map(({ about, failed }) => [about["holdfast.try"], failed]);
    expect(tries).toEqual([
      [1, "RangeError"],
      [2, undefined],
    ]);
  });

  test("has the tree that the run's page shows: the same checkpoints, under the same parents", async () => {
    const rows = (await holdfast.checkpoints(runId)).filter(({ kind }) => kind !== "event");
    const names = new Map(rows.map(({ id, name }) => [id, name]));
    const shown = rows.map(({ name, parent }) => `${name} in ${names.get(parent ?? "") ?? "traced"}`);
    const byId = new Map(spans.map((each) => [each.id, each.name]));
    const sent = spans
      .filter((each) => kindOf(each) !== "pass" && kindOf(each) !== "run")
      .filter(({ failed }) => failed === undefined)
      .map(({ name, parent }) => `${name} in ${byId.get(parent ?? "")}`);
    expect(sent.sort()).toEqual(shown.sort());
    expect(sent.filter((each) => each.startsWith("branch in"))).toHaveLength(2);
    expect(new Set(named("branch").map(({ id }) => id))).toEqual(
      new Set([one("left one").parent, one("right one").parent]),
    );
  });

  test("shows how long it waited", () => {
    expect(one("wait.for").ms).toBeGreaterThanOrEqual(2_900);
    expect(kindOf(one("wait.for"))).toBe("wait");
    expect(one("traced").ms).toBeGreaterThanOrEqual(one("wait.for").ms);
  });

  test("has what the killed pass had done, told once by the pass behind it", () => {
    const passes = spans.filter((each) => kindOf(each) === "pass");
    const last = Math.max(...passes.map(({ about }) => Number(about["holdfast.pass"])));
    expect(passes.map(({ about }) => about["holdfast.pass"])).not.toContain(last - 1);
    expect(one("wait.for").about["holdfast.pass"]).toBe(last - 1);
    expect(one("cut off").about["holdfast.pass"]).toBe(last);
  });

  test("tells nothing of payloads, results, or the messages of errors", () => {
    expect(collector.requests.filter(({ body }) => body.includes(secret))).toEqual([]);
  });

  test("is counted: what Prometheus reads has the run, its tries, and how late it was taken up", async () => {
    const { status, type, text } = await metrics();
    expect([status, type]).toEqual([200, "text/plain; version=0.0.4; charset=utf-8"]);
    expect(text).toContain('holdfast_runs_started_total{task="traced"} 1\n');
    expect(text).toContain('holdfast_runs_ended_total{task="traced",status="COMPLETED"} 1\n');
    expect(text).toContain('holdfast_tries_failed_total{task="traced"} 1\n');
    expect(text).toContain('holdfast_runs_started_total{task="square"} 1\n');
    expect(text).toContain('holdfast_run_seconds_count{task="traced"} 1\n');
    expect(text).toMatch(/holdfast_wake_late_seconds_count [1-9]/);
    expect(text).toMatch(/holdfast_rings_waiting 0\n/);
  });
});

test("each pass of a run that waits has a span below the run's, linked to the pass before", async () => {
  const runId = await holdfast.trigger("naps", {});
  expect(await holdfast.finished(runId)).toMatchObject({ status: "COMPLETED" });
  const spans = await traceOf(runId);
  const passes = spans.filter((each) => kindOf(each) === "pass");
  expect(passes.map(({ name }) => name)).toEqual(["pass 1", "pass 2", "pass 3"]);
  const [first, second] = passes;
  expect(passes.map(({ links }) => links)).toEqual([[], [first?.id], [second?.id]]);
  const run = spans.find((each) => kindOf(each) === "run");
  expect(new Set(passes.map(({ parent }) => parent))).toEqual(new Set([run?.id]));
  expect(passes.map(({ about }) => about["holdfast.outcome"])).toEqual([
    "suspended",
    "suspended",
    "finished",
  ]);
});

test("a run that fails, and the try that it failed of, are marked in its trace", async () => {
  const runId = await holdfast.trigger("fails", {});
  expect(await holdfast.finished(runId)).toMatchObject({ status: "FAILED" });
  const spans = await traceOf(runId);
  const marks = spans.map((each) => [each.name, each.failed]);
  expect(marks).toContainEqual(["refused", "TypeError"]);
  expect(marks).toContainEqual(["fails", "FAILED"]);
});

test("a run that kills its processes has a trace: what was recorded, and that it has crashed", async () => {
  const runId = await holdfast.trigger("kills", {});
  expect(await holdfast.finished(runId)).toMatchObject({ status: "CRASHED" });
  const spans = await traceOf(runId);
  expect(spans.map(({ name, failed }) => [name, failed])).toEqual(
    expect.arrayContaining([
      ["once", undefined],
      ["kills", "CRASHED"],
    ]),
  );
  const { text } = await metrics();
  expect(text).toContain('holdfast_runs_ended_total{task="kills",status="CRASHED"} 1\n');
});

test("a collector that does not answer, or refuses, delays no run: spans are dropped, with a line that says so", async () => {
  const before = collector.spans.length;
  collector.status = 503;
  expect(await holdfast.finished(await holdfast.trigger("square", 4))).toMatchObject({ output: 16 });
  await expect.poll(() => holdfast.output()).toMatch(/Spans were dropped .*The collector answered 503/);
  collector.status = 0;
  const asked = collector.requests.length;
  expect(await holdfast.finished(await holdfast.trigger("square", 5))).toMatchObject({ output: 25 });
  await expect.poll(() => collector.requests.length).toBeGreaterThan(asked);
  expect(await holdfast.finished(await holdfast.trigger("square", 6))).toMatchObject({ output: 36 });
  expect(collector.spans.length).toBe(before);
  collector.status = 200;
});

test("metrics are for those who have the key", async () => {
  expect(await metrics("tr_dev_wrong_key_wrong_key")).toMatchObject({ status: 401 });
  expect((await fetch(`${holdfast.url}/metrics`)).status).toBe(401);
});
