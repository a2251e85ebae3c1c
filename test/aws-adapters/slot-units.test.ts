/** What slots cost in write units, from DynamoDB's own `ConsumedCapacity`: exact budgets. Runs in no queue pay nothing. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { claim, finish, type Queues } from "../../engine/head-write.ts";
import { graceMs } from "../../engine/new-run.ts";
import type { Run } from "../../engine/run.ts";
import { dynamoQueues } from "../../functions/aws/dynamo-queues.ts";
import { aRun } from "../contract/runs.ts";
import { hasDynamo, meter, type OpenTable, openTable, type Units } from "./table.ts";

const now = 1_790_000_000_000;
const counts = { activeMs: 1, attempts: 0, lastNumber: 3 };

describe.skipIf(!hasDynamo)("slots cost", () => {
  let open: OpenTable;
  let spent: () => Units;
  beforeAll(async () => {
    open = await openTable();
    spent = meter(open.client).take;
    await open.store.limit("q", 1, now);
  });
  afterAll(() => open?.close());

  const costs = () => {
    const { table, wake, runs } = spent();
    return { table, wake, runs };
  };
  async function create(named: Partial<Run> = {}): Promise<string> {
    const run = aRun({ task: "limited", createdAt: now, updatedAt: now, wakeAt: now + graceMs, ...named });
    await open.store.create(run);
    spent();
    return run.id;
  }
  const take = (runId: string, queue: Queues[string] = "q") =>
    open.store.write(runId, claim("p", now, now + 30_000, { limited: queue }));
  async function end(runId: string) {
    const run = await open.store.read(runId);
    spent();
    const lease = { runId, owner: "p", epoch: run?.epoch ?? 0 };
    return open.store.write(runId, finish(lease, "completed", now + 1, counts, false));
  }

  test("a claim that finds a slot, one that parks, an end that calls, and an end that does not", async () => {
    const [first, second] = [await create(), await create()];
    await take(first);
    const claimed = costs();
    expect((await take(second)).isFull).toBe(true);
    const parked = costs();
    expect((await end(first)).called).toEqual([second]);
    const calling = costs();
    await take(second);
    spent();
    await end(second);
    const last = costs();
    expect({ claimed, parked, calling, last }).toEqual(budget);
  });

  test.each([
    ["a total over all keys, alone", "total", { total: 1 }],
    ["a total beside a limit of each key", "both", { perKey: 1, total: 1 }],
    ["a rate", "rate", { rate: { limit: 1, periodMs: 60_000, perKey: false } }],
  ] as const)("%s: a claim that goes through, one that is put off, and an end", async (_, queue, limits) => {
    await open.store.limit(queue, limits, now);
    const [first, second] = [await create(), await create()];
    await take(first, queue);
    const claimed = costs();
    expect((await take(second, queue)).isFull).toBe(true);
    const parked = costs();
    await end(first);
    const ended = costs();
    expect({ claimed, parked, ended }).toEqual(queue === "rate" ? rateBudget : totalBudget);
  });

  /** What two runs cost of which the second waits for the first. */
  async function costsOf(first: string, second: string, queues: readonly [string, string]) {
    await take(first, queues);
    const claimed = costs();
    expect((await take(second, queues)).isFull).toBe(true);
    const parked = costs();
    expect((await end(first)).called).toEqual([second]);
    const ended = costs();
    await take(second, queues);
    return { claimed, parked, ended, last: costs() };
  }

  test("two limits: a claim that goes through, one that has its first slot and waits for the second, and an end that calls", async () => {
    await open.store.limit("several", 2, now);
    await open.store.limit("shared", 1, now);
    const queues = ["several", "shared"] as const;
    const [first, second] = [await create(), await create()];
    expect(await costsOf(first, second, queues)).toEqual(severalBudget);
  });

  test("limits that a trigger names cost what the same limits of a task do", async () => {
    await open.store.limit("first", 2, now);
    await open.store.limit("named", 1, now);
    const named = { concurrency: ["named"] };
    const [first, second] = [await create(named), await create(named)];
    const queues = ["first", "unused"] as const;
    expect(await costsOf(first, second, queues)).toEqual(severalBudget);
  });

  test("a limit of one key: to give it; claims, parking and ends beside it, of the key and of others, cost what they do without", async () => {
    await open.store.limit("keyed", 1, now);
    const api = dynamoQueues({ client: open.client, table: open.table, callsParked: false });
    const give = (key: string, limit: number) =>
      api.overrideKey("keyed", key, { limit, expiresAt: now + 900_000 }, now);
    spent();
    await give("a", 1);
    const given = costs();
    const [first, second] = [await create({ concurrencyKey: "a" }), await create({ concurrencyKey: "a" })];
    const other = await create({ concurrencyKey: "b" });
    await take(other, "keyed");
    const others = costs();
    await take(first, "keyed");
    const claimed = costs();
    expect((await take(second, "keyed")).isFull).toBe(true);
    const parked = costs();
    expect((await end(first)).called).toEqual([second]);
    const calling = costs();
    await take(second, "keyed");
    spent();
    await end(second);
    expect({ claimed, parked, calling, last: costs() }).toEqual(budget);
    expect({ given, others }).toEqual({ given: keyBudget, others: budget.claimed });
    await api.overrideKey("keyed", "a", undefined, now);
    expect(costs()).toEqual(keyBudget);
  });
});

/** Reads and writes the queue's item, and looks whether somebody waits: 4 units, of which 3 are reads. */
const keyBudget = { table: 4, wake: 0, runs: 0 };

/**
 * Reads are among those of the table, at a fifth of the price: of a claim's 8 they are 3. A run in no queue is claimed for
 * 1, and ends for 1.
 */
const budget = {
  claimed: { table: 8, wake: 0, runs: 0 },
  parked: { table: 10, wake: 1, runs: 0 },
  calling: { table: 11, wake: 1, runs: 0 },
  last: { table: 4, wake: 1, runs: 0 },
};

/** A key's turn is written down beside the limit of each key: 1 more to park, 3 more to call the next. */
const totalBudget = {
  claimed: { table: 8, wake: 0, runs: 0 },
  parked: { table: 11, wake: 1, runs: 0 },
  ended: { table: 14, wake: 1, runs: 0 },
};

/** A run that is put off is called for its time at once, so an end calls nobody. */
const rateBudget = {
  claimed: { table: 10, wake: 0, runs: 0 },
  parked: { table: 17, wake: 2, runs: 0 },
  ended: { table: 3, wake: 0, runs: 0 },
};

/** The second pool is 4 more to a claim. To wait with one slot taken is a transaction of its own. */
const severalBudget = {
  claimed: { table: 12, wake: 0, runs: 0 },
  parked: { table: 16, wake: 4, runs: 0 },
  ended: { table: 14, wake: 1, runs: 0 },
  last: { table: 9, wake: 0, runs: 0 },
};
