/** What a crash between two steps leaves of a queue's pool is made good. */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { claim, endUnclaimed, finish } from "../../engine/head-write.ts";
import { dynamoQueues } from "../../functions/aws/dynamo-queues.ts";
import { dynamoStore } from "../../functions/aws/dynamo-store.ts";
import { poolKey } from "../../functions/aws/pool-items.ts";
import { aRun } from "../contract/runs.ts";
import { faultsOf } from "./faults.ts";
import { hasDynamo, type OpenTable, openTable } from "./table.ts";

const counts = { activeMs: 1, attempts: 0, lastNumber: 0 };

describe.skipIf(!hasDynamo)("a pool", () => {
  let open: OpenTable;
  let faults: ReturnType<typeof faultsOf>;
  beforeAll(async () => {
    open = await openTable();
    faults = faultsOf(open.client);
  });
  afterAll(() => open?.close());

  let queues = 0;
  async function queueOf(limit: number, runs: number): Promise<{ queue: string; ids: string[] }> {
    const queue = `q${++queues}`;
    await open.store.limit(queue, limit, 1_000);
    const made = Array.from({ length: runs }, (_, n) =>
      aRun({ queue, createdAt: 1_000 + n, wakeAt: undefined }),
    );
    for (const run of made) await open.store.create(run);
    return { queue, ids: made.map(({ id }) => id) };
  }
  const take = (id: string, now: number) => open.store.write(id, claim("p", now, now + 30_000));
  /** A run that is in the pool's books and nobody's: whoever gave its slot back died before he could say so. */
  const haunt = (queue: string, set: "held" | "called", id: string) =>
    open.client.send(
      new UpdateItemCommand({
        TableName: open.table,
        Key: poolKey({ queue, hash: "-" }),
        UpdateExpression: "ADD #set :ids, version :one",
        ExpressionAttributeNames: { "#set": set },
        ExpressionAttributeValues: { ":ids": { SS: [id] }, ":one": { N: "1" } },
      }),
    );

  test.each(["held", "called"] as const)(
    "whose slot is %s by a run that is gone gives it to the first who waits, a lease later",
    async (set) => {
      const { queue, ids } = await queueOf(1, 2);
      const [first = "", second = ""] = ids;
      await haunt(queue, set, "run_gone");
      expect(await take(second, 2_000)).toMatchObject({ isFull: true });
      expect(await take(first, 2_001)).toMatchObject({ isFull: true });
      expect(await open.store.due(31_000, 9)).toEqual([]);
      expect(await open.store.due(32_001, 9)).toEqual([first]);
      const woken = await take(first, 32_002);
      expect(woken.applied || woken.called?.includes(first)).toBe(true);
      expect((await take(first, 32_003)).run).toMatchObject({ status: "EXECUTING", owner: "p" });
      expect(await take(second, 32_004)).toMatchObject({ isFull: true });
    },
  );

  test("tells of whom it has called, though the answer to that write got lost", async () => {
    const { ids } = await queueOf(1, 2);
    const [first = "", second = ""] = ids;
    const lease = { runId: first, owner: "p", epoch: (await take(first, 2_000)).run?.epoch ?? 0 };
    await take(second, 2_001);
    // The head that ends, the pool that is left, the pool that calls, the head that is called.
    faults.next("UpdateItem", "none", "none", "none", "lost");
    const ended = await open.store.write(first, finish(lease, "completed", 2_002, counts, false));
    expect(faults.left()).toBe(0);
    expect(ended.called).toEqual([second]);
    expect(await open.store.read(second)).toMatchObject({ turn: "called", wakeAt: 2_002 });
    const next = { runId: second, owner: "p", epoch: (await take(second, 2_003)).run?.epoch ?? 0 };
    await open.store.write(second, finish(next, "completed", 2_004, counts, false));
  });

  test("whose called run was never told is told", async () => {
    const { queue, ids } = await queueOf(1, 2);
    const [first = "", second = ""] = ids;
    await take(first, 2_000);
    await take(second, 2_001);
    // The slot is given back and the next one written down as called; then the process dies.
    const half = dynamoStore({ client: open.client, table: open.table, callsParked: false });
    const run = await half.read(first);
    const lease = { runId: first, owner: "p", epoch: run?.epoch ?? 0 };
    await half.write(first, finish(lease, "completed", 2_002, counts, false));
    await haunt(queue, "called", second);
    expect(await open.store.due(32_002, 9)).toEqual([second]);
    await take(second, 32_003);
    expect((await take(second, 32_004)).run).toMatchObject({ status: "EXECUTING" });
  });

  test("of a queue that is resumed by who may not call gives as many runs as may come to ring for; the others come with the next tick", async () => {
    const { queue, ids } = await queueOf(2, 4);
    const api = dynamoQueues({ client: open.client, table: open.table, callsParked: false });
    expect(await api.adjust(queue, { isPaused: true }, 1_500)).toEqual([]);
    for (const id of ids) expect(await take(id, 2_000)).toMatchObject({ isFull: true });
    // Nobody is woken while the queue is paused, however long.
    expect((await open.store.due(900_000, 99)).filter((id) => ids.includes(id))).toEqual([]);
    const [first = "", second = "", third = ""] = ids;
    expect(await api.adjust(queue, { isPaused: false }, 900_001)).toEqual([first, second]);
    for (const id of [first, second]) expect((await take(id, 900_002)).applied).toBe(true);
    expect(await take(third, 900_003)).toMatchObject({ isFull: true });
    const { epoch = 0 } = (await open.store.read(first)) ?? {};
    const lease = { runId: first, owner: "p", epoch };
    const ended = await open.store.write(first, finish(lease, "completed", 900_004, counts, false));
    expect(ended.called).toEqual([third]);
  });

  test("is left by who may not call: a function that deletes nothing takes a run out, and the next claim calls", async () => {
    const { ids } = await queueOf(1, 3);
    const [first = "", second = "", third = ""] = ids;
    for (const id of ids) await take(id, 2_000);
    const read = await open.store.read(first);
    const lease = { runId: first, owner: "p", epoch: read?.epoch ?? 0 };
    expect((await open.store.write(first, finish(lease, "completed", 2_001, counts, false))).called).toEqual([
      second,
    ]);
    const api = dynamoStore({ client: open.client, table: open.table, callsParked: false });
    const ended = await api.write(second, endUnclaimed("canceled", 2_002, undefined, false));
    expect(ended).toMatchObject({ applied: true });
    expect(ended).not.toHaveProperty("called");
    expect(await open.store.due(32_002, 9)).toEqual([third]);
    const woken = await take(third, 32_003);
    expect(woken.applied || woken.called?.includes(third)).toBe(true);
  });
});
