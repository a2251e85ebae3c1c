/**
 * Searching the table: who is due, and the list, with what they cost in read units.
 */
import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { claim, finish } from "../../engine/head-write.ts";
import { graceMs } from "../../engine/new-run.ts";
import { resume } from "../../engine/resuming.ts";
import { headKey } from "../../functions/aws/keys.ts";
import { aRun, claimed } from "../contract/runs.ts";
import { hasDynamo, meter, type OpenTable, openTable, wakesOf } from "./table.ts";

const ended = { activeMs: 0, attempts: 0, lastNumber: 0 };
const fresh = (createdAt: number, set = {}) => aRun({ createdAt, wakeAt: createdAt + graceMs, ...set });

/** How often which call was made. DynamoDB Local takes nothing for an empty query, AWS half a unit: queries are counted. */
function counted(calls: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const call of calls) counts[call] = (counts[call] ?? 0) + 1;
  return counts;
}

describe.skipIf(!hasDynamo)("searches", () => {
  let open: OpenTable;
  beforeEach(async () => {
    open = await openTable();
  });
  afterEach(() => open?.close());

  async function many(count: number, createdAt: (n: number) => number): Promise<void> {
    for (let at = 0; at < count; at += 50)
      await Promise.all(
        Array.from({ length: Math.min(50, count - at) }, (_, n) =>
          open.store.create(fresh(createdAt(at + n))),
        ),
      );
  }

  test("runs ahead of their time are told with their time; those held now are left out, however soon they are free", async () => {
    const { store } = open;
    await store.create(aRun({ id: "b", wakeAt: 5_000 }));
    await store.create(aRun({ id: "a", wakeAt: 4_000 }));
    await store.create(aRun({ id: "late", wakeAt: 6_001 }));
    await store.create(aRun({ id: "held", wakeAt: 1_000, owner: "p", leaseUntil: 1_501 }));
    await store.create(aRun({ id: "left", wakeAt: 1_000, owner: "p", leaseUntil: 1_500 }));
    expect(await wakesOf(store, 1_500, 6_000)).toStrictEqual([
      { runId: "left", at: 1_000 },
      { runId: "a", at: 4_000 },
      { runId: "b", at: 5_000 },
    ]);
    expect(await wakesOf(store, 1_500, 6_000, 1)).toHaveLength(1);
    expect(await wakesOf(store, 1_500, 6_000, 0)).toStrictEqual([]);
  });

  test("a tick costs 25 queries, a look at how far the last one came, and one at each run whose time has come", async () => {
    const { store, client } = open;
    const now = 1_790_000_000_000;
    for (let n = 0; n < 5; n++) await claimed(store, "p", { wakeAt: now });
    await store.create(aRun({ wakeAt: now + 99_000 }));
    const { take } = meter(client);
    expect(await wakesOf(store, now + 1_000, now + 66_000)).toStrictEqual([]);
    const { table, calls } = take();
    // None of them is in the list at a place that tells its time: each is looked at there, too, and that is written down.
    expect({ table, calls: counted(calls) }).toStrictEqual({
      table: 1 + 5 + 6 / 2 + 1,
      calls: { Query: 25, GetItem: 1, BatchGetItem: 2, PutItem: 1 },
    });
    expect(await wakesOf(store, now + 61_000, now + 98_000)).toStrictEqual([]);
    take();
  });

  test("more runs at one moment than a query gives come in order, none twice and none left out", async () => {
    await many(230, (n) => n % 3);
    const ids: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await open.store.list({ limit: 60, ...(after === undefined ? {} : { after }) });
      ids.push(...page.runs.map(({ id, createdAt }) => `${createdAt} ${id}`));
      after = page.next;
      if (after === undefined) break;
    }
    expect(ids).toHaveLength(230);
    expect(ids).toStrictEqual([...new Set(ids)].sort().reverse());
    const due = await open.store.due(9_999, 500);
    expect(due).toHaveLength(230);
  });

  test("a fresh run is in the list, and stays there once while it is claimed, told something, and ends", async () => {
    const { store } = open;
    const run = fresh(5_000);
    await store.create(run);
    const listed = async (status?: "QUEUED" | "EXECUTING" | "FAILED") =>
      (await store.list({ limit: 9, ...(status === undefined ? {} : { status: [status] }) })).runs.map(
        ({ id }) => id,
      );
    expect([await listed(), await listed("QUEUED")]).toStrictEqual([[run.id], [run.id]]);
    await store.send(run.id, { id: "token:1", data: "{}" }, 7_000);
    expect(await listed()).toStrictEqual([run.id]);
    expect(await store.due(7_000, 9)).toStrictEqual([run.id]);
    await store.write(run.id, claim("p", 7_000, 37_000));
    expect([await listed(), await listed("QUEUED"), await listed("EXECUTING")]).toStrictEqual([
      [run.id],
      [],
      [run.id],
    ]);
    await store.write(run.id, finish({ runId: run.id, owner: "p", epoch: 1 }, "failed", 8_000, ended, false));
    expect([await listed(), await listed("FAILED")]).toStrictEqual([[run.id], [run.id]]);
  });

  test("a page of the list costs its queries and half a unit for each head; dead letters are found without looking at others", async () => {
    const { store, client } = open;
    await many(40, (n) => n);
    const lease = await claimed(store);
    await store.write(lease.runId, finish(lease, "failed", 2_000, ended, false));
    const { take } = meter(client);
    expect((await store.list({ limit: 10, status: ["FAILED"] })).runs).toHaveLength(1);
    const letters = take();
    expect({ table: letters.table, calls: counted(letters.calls) }).toStrictEqual({
      table: 0.5,
      calls: { Query: 4, BatchGetItem: 1 },
    });
    expect((await store.list({ limit: 10 })).runs).toHaveLength(10);
    const page = take();
    expect(counted(page.calls).Query).toBe(8);
    expect(page.table).toBeLessThanOrEqual(11);
  });

  test("a search for what is rare stops after a thousand heads and says where to go on", async () => {
    await many(1_050, (n) => n);
    const first = await open.store.list({ limit: 5, task: ["none"] });
    expect(first).toMatchObject({ runs: [], next: expect.any(String) });
    const { next } = first;
    expect(
      await open.store.list({ limit: 5, task: ["none"], ...(next === undefined ? {} : { after: next }) }),
    ).toStrictEqual({
      runs: [],
    });
  });

  test("a head that has ended is deleted later, if the project wants that; one put back to work is not", async () => {
    const kept = await openTable({ keepEndedMs: 86_400_000 });
    const ttl = async (id: string) => {
      const { Item } = await kept.client.send(
        new GetItemCommand({ TableName: kept.table, Key: headKey(id) }),
      );
      return Item?.ttl?.N;
    };
    const lease = await claimed(kept.store);
    expect(await ttl(lease.runId)).toBeUndefined();
    const { run } = await kept.store.write(lease.runId, finish(lease, "failed", 2_500, ended, false));
    expect(await ttl(lease.runId)).toBe("86403");
    if (run !== undefined) await kept.store.write(run.id, resume(run, 3_000, "v2"));
    expect(await ttl(lease.runId)).toBeUndefined();
    await kept.close();
    const other = await claimed(open.store);
    await open.store.write(other.runId, finish(other, "completed", 2_500, ended, false));
    const { Item } = await open.client.send(
      new GetItemCommand({ TableName: open.table, Key: headKey(other.runId) }),
    );
    expect(Item).not.toHaveProperty("ttl");
  });
});
