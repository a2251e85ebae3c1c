/** Limits of single concurrency keys in DynamoDB: who wakes whom, and how many there may be. */
import { GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { claim, finish } from "../../engine/head-write.ts";
import { mostKeyOverrides } from "../../engine/queues.ts";
import { dynamoQueues } from "../../functions/aws/dynamo-queues.ts";
import { limitKey } from "../../functions/aws/pool-items.ts";
import { keysText } from "../../functions/aws/pool-keys.ts";
import { aRun } from "../contract/runs.ts";
import { hasDynamo, type OpenTable, openTable, wakesOf } from "./table.ts";

const counts = { activeMs: 1, attempts: 0, lastNumber: 0 };
const later = 900_000_000;

describe.skipIf(!hasDynamo)("limits of single keys", () => {
  let open: OpenTable;
  let api: ReturnType<typeof dynamoQueues>;
  beforeAll(async () => {
    open = await openTable();
    api = dynamoQueues({ client: open.client, table: open.table, callsParked: false });
  });
  afterAll(() => open?.close());

  let queues = 0;
  async function queueOf(
    limits: Parameters<OpenTable["store"]["limit"]>[1],
    keys: readonly string[],
  ): Promise<{ queue: string; ids: string[] }> {
    const queue = `q${++queues}`;
    await open.store.limit(queue, limits, 1_000);
    const made = keys.map((concurrencyKey, n) =>
      aRun({ queue, concurrencyKey, createdAt: 1_000 + n, wakeAt: undefined }),
    );
    for (const run of made) await open.store.create(run);
    return { queue, ids: made.map(({ id }) => id) };
  }
  const take = (id: string, now: number) => open.store.write(id, claim("p", now, now + 1_000_000));
  async function end(runId: string, now: number) {
    const epoch = (await open.store.read(runId))?.epoch ?? 0;
    return open.store.write(runId, finish({ runId, owner: "p", epoch }, "completed", now, counts, false));
  }
  /** What a tick finds of these runs; only what is to be rung for by it. */
  const tick = async (ids: readonly string[], now: number) =>
    (await wakesOf(open.store, now, now + 65_000, 99)).filter(
      ({ runId, isUnrung }) => ids.includes(runId) && isUnrung === true,
    );

  test.each([
    ["in a pool of its own", { perKey: 3 }],
    ["where all keys share a total", { perKey: 3, total: 9 }],
  ])("one that ends before the next tick has its first run rung for then, %s", async (_, limits) => {
    const { queue, ids } = await queueOf(limits, ["a", "a", "a", "b"]);
    const [first = "", second = "", third = ""] = ids;
    await api.overrideKey(queue, "a", { limit: 0, expiresAt: 100_000 }, 1_500);
    for (const id of ids) await take(id, 2_000);
    expect((await tick(ids, 61_000)).filter(({ at }) => at > 61_000)).toEqual([
      { runId: first, at: 100_000, isUnrung: true },
    ]);
    const woken = await take(first, 100_000);
    expect(woken).toMatchObject({ applied: true, called: [second, third] });
    for (const id of [second, third]) expect((await take(id, 100_001)).applied).toBe(true);
  });

  test("one that blocks its key costs nobody a claim, however many ticks go by", async () => {
    const { queue, ids } = await queueOf({ perKey: 3 }, ["a", "a"]);
    await api.overrideKey(queue, "a", { limit: 0, expiresAt: later }, 1_500);
    for (const id of ids) await take(id, 2_000);
    for (const now of [61_000, 121_000, 181_000]) expect(await tick(ids, now)).toEqual([]);
  });

  test("one of a key whose limit is 0 for all others keeps its runs coming", async () => {
    const { queue, ids } = await queueOf({ perKey: 1, total: 9 }, ["a", "a", "b"]);
    const [first = "", second = "", other = ""] = ids;
    await api.adjust(queue, { override: 0 }, 1_200);
    for (const id of ids) await take(id, 2_000);
    expect(await api.overrideKey(queue, "a", { limit: 1, expiresAt: later }, 3_000)).toEqual([first]);
    expect((await take(first, 3_001)).applied).toBe(true);
    expect((await end(first, 3_002)).called).toEqual([second]);
    expect(await take(other, 3_003)).toMatchObject({ applied: false, isFull: true });
    // The same where that call got lost with its process: a tick finds it.
    expect(await tick([second, other], 61_000)).toHaveLength(1);
  });

  test("raised by who may call nobody, wakes as many runs of the key as there is room for, and none of others", async () => {
    const { queue, ids } = await queueOf({ perKey: 1, total: 4 }, ["b", "b", "a", "a", "a", "a", "a"]);
    for (const id of ids) await take(id, 2_000);
    const [, , , second = "", third = "", fourth = ""] = ids;
    // Two slots are free of the total, and the key may have three more.
    expect(await api.overrideKey(queue, "a", { limit: 4, expiresAt: later }, 3_000)).toEqual([second, third]);
    expect((await take(second, 3_001)).applied).toBe(true);
    await take(third, 3_002);
    expect(await take(fourth, 3_003)).toMatchObject({ applied: false, isFull: true });
    expect(await api.queueKey(queue, "a", 3_004)).toMatchObject({ running: 3 });
  });

  test(`there are ${mostKeyOverrides} of a queue at most, those that are over not counted: another is refused, and changes nothing`, async () => {
    const { queue } = await queueOf(1, []);
    const many = Array.from({ length: mostKeyOverrides }, (_, n) => {
      return [
        `hash-${String(n).padStart(17, "0")}`,
        { limit: 10_000, expiresAt: n === 0 ? 2_000 : later },
      ] as const;
    });
    const text = keysText(new Map(many));
    await open.client.send(
      new UpdateItemCommand({
        TableName: open.table,
        Key: limitKey(queue),
        UpdateExpression: "SET #keys = :keys",
        ExpressionAttributeNames: { "#keys": "keys" },
        ExpressionAttributeValues: { ":keys": { S: text } },
      }),
    );
    // The item stays far below DynamoDB's 400 KB.
    expect(text.length).toBeLessThan(40_000);
    const one = { limit: 2, expiresAt: later };
    await expect(api.overrideKey(queue, "a", one, 1_999)).rejects.toThrow(/HF542/);
    expect(await api.queueKey(queue, "a", 1_999)).toMatchObject({ override: undefined });
    expect(await api.overrideKey(queue, "a", one, 2_000)).toEqual([]);
    await expect(api.overrideKey(queue, "b", one, 2_001)).rejects.toThrow(/HF542/);
    // One that has it may have another.
    expect(await api.overrideKey(queue, "a", { ...one, limit: 3 }, 2_002)).toEqual([]);
    expect(await api.queueKey(queue, "a", 2_003)).toMatchObject({ override: { limit: 3 } });
  });

  test("two that are given at the same time are both there", async () => {
    const { queue } = await queueOf(1, []);
    const keys = ["a", "b", "c", "d"];
    await Promise.all(
      keys.map((key, n) => api.overrideKey(queue, key, { limit: n, expiresAt: later }, 2_000)),
    );
    const found = await Promise.all(keys.map((key) => api.queueKey(queue, key, 2_001)));
    expect(found.map((key) => key?.override?.limit)).toEqual([0, 1, 2, 3]);
    for (const key of keys) await api.overrideKey(queue, key, undefined, 2_002);
    const { Item } = await open.client.send(
      new GetItemCommand({ TableName: open.table, Key: limitKey(queue) }),
    );
    expect(Item).not.toHaveProperty("keys");
  });
});
