/** What a run waits for, one by one, and what its log has cost. */
import { expect, test } from "vitest";
import { claim } from "../../engine/head-write.ts";
import type { Run } from "../../engine/run.ts";
import { awaitsOf, costOf, slotOf } from "../../functions/run-waits.ts";
import { treeOf } from "../../functions/tree.ts";
import { at, done, journal, tried } from "./journals.ts";
import { get, trigger, world } from "./world.ts";

const run = (set: Partial<Run> = {}): Run => ({ id: "run_1", status: "WAITING", epoch: 3, ...set }) as Run;
const children = (count: number) =>
  ({
    kind: "children",
    keys: Array.from({ length: count }, (_, each) => `/c#${each}`),
    others: { "/c#1": "waitpoint_abc" },
  }) as const;

test("children, tokens and awaits that are tried again are named, the first ten; what has ended is not", () => {
  const log = journal(done("/a#0"), tried("/b#0", 1), children(200), done("/c#0", 1, { sort: "child" }));
  const awaits = awaitsOf(run(), treeOf(log, undefined, "run_1"));
  expect(awaits?.count).toBe(200);
  expect(awaits?.named).toHaveLength(10);
  expect(awaits?.named.slice(0, 3)).toEqual([
    { id: "/b#0", name: "/b#0", sort: null, retryAt: at(60_000) },
    { id: "/c#1", name: expect.any(String), sort: "token", tokenId: "waitpoint_abc" },
    { id: "/c#2", name: expect.any(String), sort: "child", runId: expect.stringMatching(/^run_/) },
  ]);
});

test("a run that has ended waits for nothing, whatever its log has left open", () => {
  expect(awaitsOf(run({ status: "CANCELED" }), treeOf(journal(children(2))))).toBeUndefined();
});

test("the cost is what stands in the log, its bytes in UTF-8, passes and failed tries", () => {
  const log = journal(done("/a#0", "é".repeat(100)), tried("/b#0", 1), tried("/b#0", 2), done("/b#0"));
  expect(costOf(run(), log, treeOf(log), [])).toEqual({
    records: 4,
    recordBytes: Buffer.byteLength(log.map(({ data }) => data).join("")),
    passes: 3,
    failedTries: 2,
    aws: expect.objectContaining({ invocations: 3 }),
  });
});

test("the cost of a longRunning task's run is Fargate's, on the machine of its trigger, or of its task", () => {
  const costs = (given: object, task: object) =>
    costOf(run({ task: "order", ...given }), [], [], [{ id: "order", longRunning: true, ...task }]).aws
      .fargate;
  expect(costs({ epoch: 1, activeMs: 100_000 }, { machine: "medium-1x" })).toMatchObject({
    vcpuSeconds: 100,
  });
  expect(costs({ epoch: 1, activeMs: 100_000 }, {})).toMatchObject({ vcpuSeconds: 50 });
  expect(costs({ epoch: 1, activeMs: 100_000, machine: "large-1x" }, {})).toMatchObject({ gbSeconds: 800 });
});

test("a slot is waited for by a run that is in line, called, or put off by the queue's rate, and by no other", () => {
  const inLine = { status: "QUEUED", queue: "mails", turn: "parked" } as const;
  expect(slotOf(run(inLine))).toMatchObject({ queue: "mails", turn: "parked" });
  expect(slotOf(run({ ...inLine, turn: "later", wakeAt: 1_000, concurrencyKey: "ann" }))).toEqual({
    ...{ queue: "mails", turn: "later", concurrencyKey: "ann", at: "1970-01-01T00:00:01.000Z" },
  });
  expect(slotOf(run({ ...inLine, limits: ["gpu"], gate: 1 }))).toMatchObject({ queue: "mails" });
  expect(slotOf(run({ ...inLine, owner: "somebody" }))).toBeUndefined();
  expect(slotOf(run({ status: "QUEUED", queue: "mails" }))).toBeUndefined();
  expect(slotOf(run({ ...inLine, status: "CANCELED" }))).toBeUndefined();
});

test("a run shows the queue whose slot it waits for, and its tree what it waits for and has cost", async () => {
  const w = world();
  const first = await trigger(w, { options: { queue: "mails" } });
  const second = await trigger(w, { options: { queue: "mails" } });
  await w.ports.store.limit("mails", { perKey: 1 }, Date.now());
  await w.ports.store.write(first, claim("a pass", Date.now()));
  await w.ports.store.write(second, claim("a pass", Date.now()));
  expect(await get(w, `/api/v3/runs/${second}`)).toMatchObject({
    queue: "mails",
    waitingSlot: { queue: "mails", turn: "parked" },
  });
  expect(await get(w, `/api/v3/runs/${first}`)).not.toHaveProperty("waitingSlot");
  const { run: shown } = await get(w, `/api/v1/runs/${first}/checkpoints`);
  expect(shown).toMatchObject({ awaits: { named: [], count: 0 }, cost: { records: 0, passes: 1 } });
});
