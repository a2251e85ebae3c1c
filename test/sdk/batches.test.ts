/** Batches from outside: one request, all of the runs or none, also when answers are lost. */
import { afterEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import { type BatchRunHandle, configure, task, tasks } from "../../sdk/index.ts";
import { key, world } from "../functions/world.ts";
import { clientOf } from "./client-of.ts";

const order = task({ id: "order", run: async (payload: { n: number }) => payload.n });
const report = task({ id: "report", run: async () => "done" });

afterEach(() => vi.unstubAllGlobals());

/** Lets the SDK's calls reach the app. */
function reached() {
  const w = world();
  const { requests, fetch } = clientOf(w);
  vi.stubGlobal("fetch", fetch);
  configure({ baseURL: "http://localhost:7474", secretKey: key });
  return { w, requests };
}

describe("batchTrigger", () => {
  test("is one request, whose runs come back in the order of the items", async () => {
    const { w, requests } = reached();
    const at = new Date(5);
    const items = [
      { payload: { n: 1 } },
      { payload: { n: 2, at } as { n: number }, options: { tags: ["a"], delay: "1h" } },
    ];
    const { batchId, runCount, runs } = await order.batchTrigger(items, {
      idempotencyKey: ["import", "7"],
      idempotencyKeyTTL: "1h",
    });
    expect([batchId.slice(0, 6), runCount, requests.length]).toEqual(["batch_", 2, 1]);
    expect(runs.map((each) => [each.taskIdentifier, each.isCached])).toEqual([
      ["order", false],
      ["order", false],
    ]);
    const heads = await Promise.all(runs.map(({ id }) => w.ports.store.read(id)));
    expect(heads.map((head) => [head?.status, head?.tags, head?.batchId])).toEqual([
      ["QUEUED", [], batchId],
      ["DELAYED", ["a"], batchId],
    ]);
    const again = await tasks.batchTrigger<typeof order>("order", items, { idempotencyKey: ["import", "7"] });
    expect(again.runs.map(({ id, isCached }) => [id, isCached])).toEqual(runs.map(({ id }) => [id, true]));
  });
  test("that is too large for one request is sent in parts, as one batch", async () => {
    const { w, requests } = reached();
    const text = "x".repeat(600_000);
    const items = Array.from({ length: 10 }, (_, n) => ({ payload: { n, text } as { n: number } }));
    const { batchId, runCount, runs } = await order.batchTrigger(items, { idempotencyKey: "import-8" });
    const sizes = await Promise.all(requests.map(async (each) => (await each.clone().text()).length));
    expect([sizes.length, Math.max(...sizes) < 3_000_000, runCount]).toEqual([3, true, 10]);
    const heads = await Promise.all(runs.map(({ id }) => w.ports.store.read(id)));
    expect(new Set(heads.map((head) => head?.batchId))).toEqual(new Set([batchId]));
    expect(heads.map((head) => head?.idempotencyKey)).toEqual(
      items.map((_, n) => JSON.stringify(["import-8", String(n)])),
    );
    const again = await order.batchTrigger(items, { idempotencyKey: "import-8" });
    expect(again.runs.map(({ id }) => id)).toEqual(runs.map(({ id }) => id));
  });
  test("tells the server of triggerSequentially", async () => {
    const { w } = reached();
    const sent = vi.spyOn(globalThis, "fetch");
    await order.batchTrigger([{ payload: { n: 1 } }], { triggerSequentially: true });
    expect(JSON.parse(String(sent.mock.calls[0]?.[1]?.body))).toMatchObject({ triggerSequentially: true });
    expect(await w.runs()).toHaveLength(1);
  });
  test("by id and by object have the task's types", async () => {
    reached();
    expectTypeOf(order.batchTrigger).returns.resolves.toEqualTypeOf<
      BatchRunHandle<"order", { n: number }, number>
    >();
    // @ts-expect-error: a payload of another form
    await tasks.batchTrigger<typeof order>("order", [{ payload: { m: 1 } }]);
    // @ts-expect-error: another id
    const unknown = tasks.batchTrigger<typeof order>("ordr", []);
    await unknown;
    // @ts-expect-error: the payload is missing
    await order.batchTrigger([{}]);
    await report.batchTrigger([{}, { options: { tags: "a" } }]);
  });
  test("with something wrong is refused before anything is sent", async () => {
    const { w, requests } = reached();
    const long = Array.from({ length: 1_001 }, () => ({ payload: { n: 1 } }));
    await expect(order.batchTrigger(long)).rejects.toThrow("HF511");
    await expect(order.batchTrigger("items" as never)).rejects.toThrow("HF511");
    await expect(order.batchTrigger([], { ttl: 1 } as never)).rejects.toThrow("HF506");
    await expect(order.batchTriggerAndWait([])).rejects.toThrow(
      "batchTriggerAndWait can only be used from inside a task.run().",
    );
    expect([requests, await w.runs()]).toEqual([[], []]);
  });
  test("whose answer was lost makes no run twice when it is sent again", async () => {
    const w = world();
    const { client, requests } = clientOf(w, async (_request, number) =>
      number <= 2 ? "forward, then lose the answer" : "forward",
    );
    const { runs } = await client.batchTrigger([
      { task: "order", payload: 1 },
      { task: "report", payload: 1n },
    ]);
    expect([requests.length, runs.map(({ isCached }) => isCached)]).toEqual([3, [false, false]]);
    expect((await w.runs()).map(({ id }) => id).sort()).toEqual(runs.map(({ id }) => id).sort());
  });
});

test("a trigger whose key has another payload says so on the handle", async () => {
  reached();
  const first = await order.trigger({ n: 1 }, { idempotencyKey: "k", priority: 5 });
  const second = await order.trigger({ n: 2 }, { idempotencyKey: "k" });
  const publicAccessToken = expect.stringMatching(/^hf_pub_/);
  const common = { id: first.id, taskIdentifier: "order", publicAccessToken };
  expect(second).toEqual({ ...common, isCached: true, payloadChanged: true });
  expect(first).toEqual({ ...common, isCached: false });
});
