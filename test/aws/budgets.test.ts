/**
 * What a run costs in AWS, to the unit: DynamoDB's own `ConsumedCapacity`, indexes included, a failed condition counted
 * as one.
 */
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { oneWait, switchedOn, tenAwaits } from "../../bench/aws-costs.ts";
import type { RunCost } from "../../sdk/run-cost.ts";
import { type Ledger, startLedger } from "../heavy/ledger.ts";
import type { RunView } from "../world/holdfast.ts";
import { root } from "../world/place.ts";
import { calls, every } from "./faults.ts";
import { describe, dynamodb, test } from "./on-java.ts";
import { type CallRecord, linesOf, totalUnits } from "./records.ts";
import { type Stack, startStack } from "./stack.ts";

let ledger: Ledger;
let stack: Stack;

beforeAll(async () => {
  ledger = await startLedger();
  // The timer fires only when it is told to: what it does by itself is no part of a run's price.
  const options = { minuteMs: 0, processes: 3, dynamodb };
  stack = await startStack(
    { tasks: join(root, "test", "aws", "tasks"), lease: 30, maxConcurrency: 3, traces: "xray" },
    options,
  );
  // The first call of each function fetches what it keeps: secrets, connections.
  await run("ten");
});
afterAll(async () => {
  await stack?.close();
  await ledger?.close();
});

/** What callers ask while they wait is no part of a run's price. */
const isLook = ({ caller, action }: CallRecord): boolean => caller.includes("Api") && action === "GetItem";

/** A run, and all calls that it caused, from its trigger until nothing of it moves any more. */
async function run(task: string, payload: object = {}): Promise<{ view: RunView; records: CallRecord[] }> {
  const { records } = stack.bench.proxy;
  const from = records.length;
  const id = await stack.trigger(task, { ledger: ledger.url, name: `${task}-${from}`, ...payload });
  const view = await stack.finished(id, 60_000);
  expect(view.status).toBe("COMPLETED");
  // The ring is deleted after the pass has ended, and its trace is sent.
  while (stack.bench.sources[0]?.working) await new Promise((resolve) => setTimeout(resolve, 10));
  return { view, records: records.slice(from).filter((each) => !isLook(each)) };
}

/** Traces ask the store for nothing: every count below holds with them switched on. */
const counts = (records: readonly CallRecord[], caller: string): Record<string, number> => {
  const found: Record<string, number> = {};
  for (const { action } of records.filter((each) => each.caller.includes(caller) && each.service !== "xray"))
    found[action] = (found[action] ?? 0) + 1;
  return found;
};

describe("write units", () => {
  test("a trigger: one put of two units, one send", async () => {
    const { records } = await run("ten");
    expect(counts(records, "Api")).toEqual({ PutItem: 1, SendMessage: 1 });
    const made = records.filter(({ caller }) => caller.includes("Api"));
    expect(totalUnits(made)).toEqual({ write: 2, read: 0, indexes: { runs: 1 } });
  });
  test("a run of ten awaits: 13, all told", async () => {
    const { records } = await run("ten");
    expect(totalUnits(records), linesOf(records).join("\n")).toMatchObject({ write: 13 });
    expect(counts(records, "Dispatcher")).toEqual({ UpdateItem: 2, PutItem: 9 });
  });
  test("the first pass reads nothing: the claim's answer is all that it needs", async () => {
    const { records } = await run("ten");
    expect(totalUnits(records).read, linesOf(records).join("\n")).toBe(0);
  });
  test("a pass after a wait reads the journal, once", async () => {
    const { records } = await run("rests", { seconds: 2 });
    const reads = records.filter(({ units }) => units.read > 0);
    expect(reads.map(({ action, units }) => [action, units.read])).toEqual([["Query", 1]]);
  });
  test("a suspend and resume: six more", async () => {
    const { records } = await run("rests", { seconds: 2 });
    const twoAwaits = 13 - 8;
    expect(totalUnits(records).write - twoAwaits, linesOf(records).join("\n")).toBe(6);
  });
  test("a child: 30 for both runs", async () => {
    const { records } = await run("parent");
    expect(totalUnits(records).write, linesOf(records).join("\n")).toBe(30);
  });
  test("a minute of running: eight more, one for each renewal of the lease, and two for a place in time", async () => {
    const seconds = 12;
    const { records } = await run("slow", { seconds });
    // A function is written in it: its record is one of its own.
    const oneAwait = 14 - 9;
    const place = 2;
    const renewals = Math.floor(seconds / 10);
    expect(totalUnits(records).write - oneAwait, linesOf(records).join("\n")).toBe(renewals + place);
  });
});

describe("what docs/aws-costs.md counts", () => {
  /** What of a run is on AWS's bill, by the names of `bench/aws-costs.ts`. */
  function usage(records: readonly CallRecord[]) {
    const { write, read } = totalUnits(records);
    const sqs = records.filter(({ service }) => service === "sqs");
    return { writeUnits: write, readUnits: read, sqsRequests: sqs.length };
  }
  const counted = ({ writeUnits, readUnits, sqsRequests }: typeof tenAwaits) => ({
    writeUnits,
    readUnits,
    sqsRequests,
  });

  test("a run of ten awaits: write and read units, requests to SQS, one invocation of each function", async () => {
    const batches = stack.bench.sources[0]?.counts.batches ?? 0;
    const { records } = await run("ten");
    expect(usage(records), linesOf(records).join("\n")).toEqual(counted(tenAwaits));
    expect((stack.bench.sources[0]?.counts.batches ?? 0) - batches).toBe(tenAwaits.dispatcherInvocations);
    expect([tenAwaits.httpRequests, tenAwaits.apiInvocations]).toEqual([1, 1]);
  });
  test("a run logs two lines: the dispatcher's, which carries the metrics, and the HTTP API's", async () => {
    const from = stack.bench.log.length;
    await run("ten");
    const lines = stack.bench.log.slice(from).map((line) => line.replace(/^\w+: /, ""));
    expect(lines.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual(["Pass ended"]);
    const [stage] = stack.bench.template.all("AWS::ApiGatewayV2::Stage");
    const { Format = "" } = (stage?.properties.AccessLogSettings ?? {}) as { Format?: string };
    const usual: Readonly<Record<string, string>> = {
      requestTimeEpoch: "1790000000000",
      requestId: "a1b2c3d4e5f6g7h8=",
      httpMethod: "POST",
      path: "/api/v1/tasks/process-order/trigger",
      status: "202",
      responseLatency: "120",
    };
    const access = Format.replaceAll(/\$context\.([\w.]+)/g, (_, name: string) => usual[name] ?? "-");
    // CloudWatch counts 26 bytes for each line besides.
    const sizeOf = (of: readonly string[]): number =>
      of.reduce((sum, line) => sum + Buffer.byteLength(line) + 26, 0);
    for (const [bytes, kb] of [
      [sizeOf(lines), tenAwaits.logKb],
      [sizeOf([access]), tenAwaits.accessKb],
    ] as const) {
      expect(bytes).toBeGreaterThan(0.75 * kb * 1_000);
      expect(bytes).toBeLessThanOrEqual(kb * 1_000);
    }
  });
  test("what a run's own page says it takes is what it took: ten awaits, a wait, a child and its parent, a long await", async () => {
    const told = async (id: string) => {
      const { body } = await stack.request("GET", `/api/v1/runs/${id}/checkpoints`);
      return body as { run: { cost: RunCost }; data: readonly { sort?: string; runId?: string }[] };
    };
    const sumOf = async (ids: readonly string[]) => {
      const all = await Promise.all(ids.map(told));
      const sum = (name: "writeUnits" | "readUnits" | "sqsRequests"): number =>
        all.reduce((so, each) => so + each.run.cost.aws[name], 0);
      return { writeUnits: sum("writeUnits"), readUnits: sum("readUnits"), sqsRequests: sum("sqsRequests") };
    };
    for (const [task, payload] of [
      ["ten", {}],
      ["rests", { seconds: 2 }],
      ["parent", {}],
      ["slow", { seconds: 12 }],
    ] as const) {
      const { view, records } = await run(task, payload);
      const children = (await told(view.id)).data.flatMap(({ runId }) =>
        runId === undefined ? [] : [runId],
      );
      const ids = [view.id, ...children];
      expect([task, await sumOf(ids)], linesOf(records).join("\n")).toEqual([task, usage(records)]);
    }
  });
  test("a wait: what it adds", async () => {
    const batches = stack.bench.sources[0]?.counts.batches ?? 0;
    const { records } = await run("rests", { seconds: 2 });
    const { writeUnits, readUnits, sqsRequests } = usage(records);
    const twoAwaits = tenAwaits.writeUnits - 8;
    expect(
      {
        writeUnits: writeUnits - twoAwaits,
        readUnits: readUnits - tenAwaits.readUnits,
        sqsRequests: sqsRequests - tenAwaits.sqsRequests,
      },
      linesOf(records).join("\n"),
    ).toEqual(counted(oneWait));
    const invocations = (stack.bench.sources[0]?.counts.batches ?? 0) - batches;
    expect(invocations - tenAwaits.dispatcherInvocations).toBe(oneWait.dispatcherInvocations);
  });
});

describe("values above 32 KB", () => {
  const text = "payload ".repeat(5_000);
  const objects = (records: readonly CallRecord[], caller: string, action: string): string[] =>
    records
      .filter((each) => each.service === "s3" && each.caller.includes(caller) && each.action === action)
      .map(({ parameters }) => String(parameters.Key));

  test("payload, awaited result and output: each put once, and got once by each pass that uses it", async () => {
    const { view, records } = await run("large", { text });
    expect(String(view.output)).toMatch(/^40000, 50000: /);
    const [payload, ...more] = objects(records, "Api", "PutObject");
    const [page, output, ...others] = objects(records, "Dispatcher", "PutObject");
    expect([more, others, new Set([payload, page, output]).size]).toEqual([[], [], 3]);
    // One pass before the wait, one behind it.
    expect(objects(records, "Dispatcher", "GetObject")).toEqual([payload, page, payload, page]);
    // Whoever asks for the run gets payload and output.
    expect(new Set(objects(records, "Api", "GetObject"))).toEqual(new Set([payload, output]));
  });
});

/** The spans of a run, once that of the run itself has come: the invocation sends them behind the last write. */
async function traceOf(runId: string) {
  const of = () => stack.bench.xray.spans.filter(({ about }) => about["holdfast.run.id"] === runId);
  await expect.poll(() => of().map(({ about }) => about["holdfast.kind"])).toContain("run");
  return of();
}

test("each run is a trace in X-Ray, signed and within its limits: children in their parent's, passes linked", async () => {
  const { xray, proxy } = stack.bench;
  const sent = xray.requests.length;
  const ten = await traceOf((await run("ten")).view.id);
  // Each of its awaits is in a function of the author's: that is a frame, and a span, more.
  const [frames, others] = [true, false].map((is) =>
    ten.filter(({ about }) => (about["holdfast.kind"] === "frame") === is),
  );
  expect([frames?.length, others?.length]).toEqual([10, switchedOn.spans]);
  const [request = { bytes: 0, spans: 0 }] = xray.requests.slice(sent);
  expect(request.spans).toBe(ten.length);
  expect((request.bytes / request.spans) * switchedOn.spans).toBeLessThan(switchedOn.spanKb * 1_000);
  const parent = (await run("parent")).view.id;
  const spans = await traceOf(parent);
  const [child] = xray.spans.filter(
    ({ about, trace }) =>
      trace === spans[0]?.trace && about["holdfast.kind"] === "run" && about["holdfast.run.id"] !== parent,
  );
  expect(spans.find((span) => span.id === child?.parent)?.about["holdfast.kind"]).toBe("child");
  const rests = (await run("rests", { seconds: 2 })).view.id;
  const passes = (await traceOf(rests)).filter(({ about }) => about["holdfast.kind"] === "pass");
  expect(passes.map(({ name, links }) => [name, links])).toEqual([
    ["pass 1", []],
    ["pass 2", [passes[0]?.id]],
  ]);
  expect(new Set(xray.spans.map((span) => span.id)).size).toBe(xray.spans.length);
  const callers = proxy.records.filter(({ service }) => service === "xray").map(({ caller }) => caller);
  expect(new Set(callers)).toEqual(new Set(["OrdersDispatcher"]));
});

test("an X-Ray that is throttled or hangs delays no run: its spans are dropped, with a line that says so", async () => {
  const { faults } = stack.bench.proxy;
  const troubles = [
    { effect: { kind: "throttle" }, says: /Spans were dropped.*429/ },
    { effect: { kind: "delay", ms: 5_000 }, says: /Spans were dropped/ },
  ] as const;
  for (const { effect, says } of troubles) {
    const before = stack.bench.log.length;
    const takeBack = faults.add(every(calls("PutSpans"), 1, [effect]));
    await run("ten");
    await expect.poll(() => stack.bench.log.slice(before).some((line) => says.test(line))).toBe(true);
    takeBack();
  }
});

test("no call was refused", () => {
  expect(linesOf(stack.bench.proxy.refusals)).toEqual([]);
});
