/**
 * The examples and the demo's story, unchanged, on the synthesized template brought to life. What the one-machine tests
 * of `test/examples` and `test/demo` say of a Holdfast holds here too.
 */
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
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

describe("examples/order", () => {
  let world: World;
  let stack: Stack;

  beforeAll(async () => {
    world = await startWorld();
    const tasks = join(root, "examples", "order", "tasks");
    stack = await startStack({ tasks, environment: world.env }, { dynamodb });
  });
  afterAll(async () => {
    await stack?.close();
    await world?.close();
  });

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
