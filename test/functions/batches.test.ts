/** Batches over HTTP: all of their runs, or none; and what is sent again. */
import { describe, expect, test } from "vitest";
import { get, refusal, type World, world } from "./world.ts";

const path = "/api/v2/tasks/batch";

interface Answer {
  readonly id: string;
  readonly runCount: number;
  readonly runs: readonly {
    readonly id: string;
    readonly isCached: boolean;
    readonly taskIdentifier: string;
  }[];
}

async function sent(w: World, items: unknown, headers?: Record<string, string>): Promise<Answer> {
  const answer = await w.send("POST", path, { items }, headers);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Answer;
}

const items = [
  { task: "order", payload: 1, options: { tags: ["a"] } },
  { task: "report", payload: 2, options: { delay: "1h", priority: 5 } },
];

describe("a batch", () => {
  test("starts its runs in one request, and tells them in the order of its items", async () => {
    const w = world();
    const { id, runCount, runs } = await sent(w, items);
    expect([id.slice(0, 6), runCount, runs.map((each) => each.taskIdentifier)]).toEqual([
      "batch_",
      2,
      ["order", "report"],
    ]);
    const heads = await Promise.all(runs.map((each) => w.ports.store.read(each.id)));
    expect(heads.map((head) => [head?.task, head?.status, head?.batchId, head?.priority])).toEqual([
      ["order", "QUEUED", id, 0],
      ["report", "DELAYED", id, 5],
    ]);
    expect(await get(w, `/api/v3/runs/${runs[0]?.id}`)).toMatchObject({
      batchId: id,
      payload: 1,
      tags: ["a"],
    });
  });
  test("with triggerSequentially stores each run when the one before it is, else many at once", async () => {
    const most = async (more: object): Promise<number> => {
      const w = world();
      const create = w.ports.store.create.bind(w.ports.store);
      let [open, highest] = [0, 0];
      w.ports.store.create = async (...args) => {
        highest = Math.max(highest, ++open);
        await new Promise((resolve) => setTimeout(resolve, 1));
        return create(...args).finally(() => open--);
      };
      const six = Array.from({ length: 6 }, (_, n) => ({ task: "order", payload: n }));
      expect((await w.send("POST", path, { items: six, ...more })).status).toBe(200);
      return highest;
    };
    expect(await most({ triggerSequentially: true })).toBe(1);
    expect(await most({})).toBe(6);
  });
  test("without items starts nothing", async () => {
    expect(await sent(world(), [])).toMatchObject({ runCount: 0, runs: [] });
  });
  test("with an item that is not valid starts none", async () => {
    const w = world();
    const bad = [
      { task: "nowhere" },
      { task: "order", options: { tags: [""] } },
      { task: "order", options: { delay: "soon" } },
      { task: "order", nonsense: 1 },
      { payload: 1 },
    ];
    for (const item of bad) {
      const answer = await refusal(await w.send("POST", path, { items: [items[0], item] }));
      expect([answer.status, answer.code]).toEqual(
        item.task === "nowhere" ? [404, "HF203"] : [422, expect.stringMatching(/^HF(207|508)$/)],
      );
    }
    const many = Array.from({ length: 1_001 }, () => ({ task: "order" }));
    expect(await refusal(await w.send("POST", path, { items: many }))).toMatchObject({
      status: 422,
      code: "HF207",
    });
    expect(
      await refusal(
        await w.send("POST", path, { items }, { "idempotency-key-ttl": "soon", "idempotency-key": "k" }),
      ),
    ).toMatchObject({ status: 422 });
    expect(await w.runs()).toEqual([]);
  });
  test("that is sent again under the same request key finds its runs", async () => {
    const w = world();
    const headers = { "x-trigger-request-idempotency-key": "once" };
    const first = await sent(w, items, headers);
    expect(await sent(w, items, headers)).toEqual(first);
    expect(first.runs.map((each) => each.isCached)).toEqual([false, false]);
    expect(await w.runs()).toHaveLength(2);
  });
  test("with an idempotency key gives each item a key of its own, unless it has one", async () => {
    const w = world();
    const twice = [...items, { task: "order", options: { idempotencyKey: "own" } }];
    const headers = { "idempotency-key": "import-7", "idempotency-key-ttl": "1h" };
    const first = await sent(w, twice, headers);
    const again = await sent(w, twice, headers);
    expect(again.runs.map((each) => each.id)).toEqual(first.runs.map((each) => each.id));
    expect(again.runs.map((each) => each.isCached)).toEqual([true, true, true]);
    const keys = (await w.runs()).map((each) => each.idempotencyKey).sort();
    expect(keys).toEqual(['["import-7","0"]', '["import-7","1"]', "own"]);
  });
});
