/**
 * The examples and the demo's story, unchanged, on the synthesized template brought to life. What the one-machine tests
 * of `test/examples` and `test/demo` say of a Holdfast holds here too.
 */
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { type Collector, startCollector } from "../world/collector.ts";
import { forgedSecret } from "../world/holdfast.ts";
import { root } from "../world/place.ts";
import { kill } from "../world/processes.ts";
import { type Mood, startSite } from "../world/site.ts";
import { startWorld, type World } from "../world/world.ts";
import { describe, dynamodb, test } from "./on-java.ts";
import { type Stack, startStack } from "./stack.ts";

const order = {
  number: "A-1",
  email: "ann@shop.example",
  sku: "lamp",
  amount: 49,
  card: "visa",
  address: "Quay 7",
};

const url = (collector: Collector) => collector.url as `http${string}`;

describe("examples/order", () => {
  let world: World;
  let stack: Stack;
  let collector: Collector;

  beforeAll(async () => {
    [world, collector] = await Promise.all([startWorld(), startCollector()]);
    const tasks = join(root, "examples", "order", "tasks");
    stack = await startStack({ tasks, environment: world.env, traces: url(collector) }, { dynamodb });
    stack.bench.secrets.put({ OTEL_EXPORTER_OTLP_HEADERS: "x-collector-key=only%20for%20it" });
  });
  afterAll(async () => {
    await stack?.close();
    await Promise.all([world?.close(), collector?.close()]);
  });

  let killed = "";

  /** What the world was asked for since `before`. */
  const seen = (before: number) => {
    const calls = world.calls().slice(before);
    return { paths: calls.map(({ path }) => path), keys: calls.map(({ key }) => key) };
  };
  const place = async (changes: Partial<typeof order>) => {
    const before = world.calls().length;
    const run = await stack.finished(await stack.trigger("order", { ...order, ...changes }));
    return { run, ...seen(before) };
  };

  test("an order is reserved, paid, shipped and confirmed, each once and each with a key of its own", async () => {
    const { run, paths, keys } = await place({});
    expect(run).toMatchObject({ status: "COMPLETED", output: { status: "shipped" } });
    expect(paths).toEqual(["POST /reservations", "POST /charges", "POST /parcels", "POST /messages"]);
    expect(new Set(keys).size).toBe(4);
  });
  test("an address that the carrier refuses gives the money and the goods back", async () => {
    const { run, paths } = await place({ address: "nowhere" });
    expect(run).toMatchObject({ output: { status: "refused" } });
    const undone = ["POST /refunds", "POST /releases"];
    expect(paths).toEqual(["POST /reservations", "POST /charges", "POST /parcels", ...undone]);
  });
  test("a service that is down for a moment is asked again, and nothing before it", async () => {
    world.fail("carrier", 1);
    const { run, paths } = await place({});
    expect(run).toMatchObject({ status: "COMPLETED", output: { status: "shipped" } });
    const parcels = ["POST /parcels", "POST /parcels"];
    expect(paths).toEqual(["POST /reservations", "POST /charges", ...parcels, "POST /messages"]);
  });
  test.each([false, true])(
    "a webhook is one run however often it is delivered; its body as base64: %s",
    async (base64) => {
      stack.bench.api.alwaysBase64 = base64;
      const id = `delivery-${base64}`;
      const runId = await stack.webhook("order", order, id);
      expect(await stack.webhook("order", order, id)).toBe(runId);
      await expect(stack.webhook("order", order, "forged", forgedSecret)).rejects.toThrow(/ 401: /);
      expect(await stack.finished(runId)).toMatchObject({ status: "COMPLETED" });
      stack.bench.api.alwaysBase64 = false;
    },
  );
  test("killed while the charge is in flight, a run goes on: recorded effects once, the interrupted one twice with one key", async () => {
    const before = world.calls().length;
    const arrived = world.hang("payment");
    const runId = await stack.webhook("order", order, "killed");
    await arrived;
    expect(stack.dispatchers().map(kill)).toEqual([true]);
    expect(await stack.finished(runId)).toMatchObject({ status: "COMPLETED" });
    const { paths, keys } = seen(before);
    const charges = ["POST /charges", "POST /charges"];
    expect(paths).toEqual(["POST /reservations", ...charges, "POST /parcels", "POST /messages"]);
    expect(keys[1]).toBe(keys[2]);
    expect(new Set(keys).size).toBe(4);
    killed = runId;
  });
  test("a collector has the trace of the run whose process was killed: each checkpoint once, under the run", async () => {
    const of = () => collector.spans.filter(({ about }) => about["holdfast.run.id"] === killed);
    const kinds = (kind: string) => of().filter(({ about }) => about["holdfast.kind"] === kind);
    await expect.poll(() => kinds("run")).toHaveLength(1);
    expect(new Set(of().map(({ trace }) => trace)).size).toBe(1);
    expect(new Set(collector.spans.map(({ id }) => id)).size).toBe(collector.spans.length);
    const rows = (await stack.checkpoints(killed)).filter(({ kind }) => kind !== "event");
    const sent = of().filter(({ about }) => !/^(run|pass)$/.test(String(about["holdfast.kind"])));
    expect(sent.map(({ name }) => name).sort()).toEqual(rows.map(({ name }) => name).sort());
    const byPass = new Set(sent.map(({ about }) => about["holdfast.pass"]));
    expect(byPass).toContain(1);
    expect(kinds("pass").map(({ about }) => about["holdfast.pass"])).not.toContain(1);
    expect([collector.problems, of()[0]?.service]).toEqual([[], "Orders"]);
  });
  test("a collector's key stands in the project's secret, and in no line of the log", () => {
    const keys = collector.requests.map(({ headers }) => headers["x-collector-key"]);
    expect(keys.at(-1)).toBe("only for it");
    expect(stack.bench.log.filter((line) => /only.{1,3}for/.test(line))).toEqual([]);
  });
  test("a run that used up its attempts is a dead letter with a message of its own, and goes on when it is resumed", async () => {
    world.fail("mail", 3);
    const { run, paths } = await place({});
    expect(run).toMatchObject({ status: "FAILED", error: { message: "Mail answered 503." } });
    expect(paths.filter((path) => path === "POST /messages")).toHaveLength(3);
    const letters = stack.bench.queues.messages(stack.bench.queue("DeadLetters"));
    expect(letters.map(({ body }) => JSON.parse(body))).toEqual([
      expect.objectContaining({ runId: run.id, task: "order" }),
    ]);
    const before = world.calls().length;
    expect(await stack.request("POST", `/api/v1/runs/${run.id}/resume`)).toMatchObject({ status: 200 });
    expect(await stack.finished(run.id)).toMatchObject({ status: "COMPLETED" });
    expect(seen(before).paths).toEqual(["POST /messages"]);
  });
  test("what runs did is in CloudWatch's metrics, by fields of the line that ends each pass", () => {
    const lines = stack.bench.log
      .filter((line) => line.includes("OrdersDispatcher") && line.includes("CloudWatchMetrics"))
      .map((line) => JSON.parse(line.slice(line.indexOf("{"))) as Record<string, unknown>);
    const total = (name: string) => lines.reduce((sum, line) => sum + Number(line[name] ?? 0), 0);
    expect(new Set(lines.map(({ message }) => message))).toEqual(new Set(["Pass ended"]));
    const [started, completed, failed] = ["RunsStarted", "RunsCompleted", "RunsFailed"].map(total);
    expect(failed).toBe(1);
    // The one that failed was resumed, and has completed then.
    expect(completed).toBe(started);
    expect(total("FailedAttempts")).toBeGreaterThan(0);
    expect(new Set(lines.map(({ Project }) => Project))).toEqual(new Set(["Orders"]));
  });
  test("no call was refused by the template's policies", () => {
    expect(stack.bench.proxy.refusals).toEqual([]);
  });
});

describe("examples/scraper", () => {
  const page = `<html><body><ul><li data-price="4.50">Tea</li><li data-price="12">Lamp</li></ul></body></html>\n`;
  let stack: Stack;

  beforeAll(async () => {
    const tasks = join(root, "examples", "scraper", "tasks");
    stack = await startStack({ tasks }, { dynamodb });
  });
  afterAll(() => stack?.close());

  test.each<[string, readonly Mood[]]>([
    ["down, then half, then whole", ["down", "half", "whole"]],
    ["cut off, then whole", ["cut", "whole"]],
  ])("a page that is %s is asked for until it is whole", async (_, moods) => {
    const site = await startSite(page, moods);
    const run = await stack.finished(await stack.trigger("scrape", { url: site.url }));
    await site.close();
    expect(run).toMatchObject({
      status: "COMPLETED",
      output: [{ name: "Tea" }, { name: "Lamp", price: 12 }],
    });
    expect(site.seen).toEqual(moods);
  });
  test("a page that stays half is a dead letter after five attempts", async () => {
    const site = await startSite(page, ["half"]);
    const run = await stack.finished(await stack.trigger("scrape", { url: site.url }));
    await site.close();
    expect(run).toMatchObject({ status: "FAILED", error: { message: "The page is cut off." } });
    expect(site.seen).toHaveLength(5);
  });
});
