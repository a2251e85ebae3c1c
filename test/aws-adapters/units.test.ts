/**
 * What each thing that happens to a run costs in write units, from DynamoDB's own `ConsumedCapacity`: exact budgets.
 *
 * Runs here are of a usual size: ids, versions and owners as long as in a deployment. A refused condition reports no
 * capacity and costs a unit: the meter counts it so.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { announce, claim, finish, type Lease, renew, suspend, yieldPass } from "../../engine/head-write.ts";
import { graceMs } from "../../engine/new-run.ts";
import { putStartOff } from "../../engine/put-off.ts";
import { resume } from "../../engine/resuming.ts";
import type { Run } from "../../engine/run.ts";
import { dynamoSchedules } from "../../functions/aws/dynamo-schedules.ts";
import { aRun } from "../contract/runs.ts";
import { hasDynamo, meter, type OpenTable, openTable, type Units } from "./table.ts";

const now = 1_790_000_000_000;
const owner = "d-8f14e45fceea167a-4c1b-9a3e-000000000000";
const counts = { activeMs: 12_345, attempts: 1, lastNumber: 12 };
let made = 0;

/** A run as a deployment has them. */
const usual = (set: Partial<Run> = {}): Run =>
  aRun({
    id: `run_${String(++made).padStart(24, "0")}`,
    task: "process-order",
    payload: { inline: JSON.stringify({ orderId: "ord_0123456789", amount: 4_200, currency: "EUR" }) },
    payloadHash: "0123456789abcdefghij",
    createdAt: now,
    updatedAt: now,
    wakeAt: now + graceMs,
    codeVersion: "137.0123456789abcdef",
    secretVersion: "a1b2c3d4-5678-90ab-cdef-EXAMPLE11111",
    seed: "0123456789abcdefghijklmn",
    maxAttempts: 3,
    ...set,
  });

const record = (text = "x".repeat(300)): string =>
  JSON.stringify({
    kind: "result",
    ok: true,
    key: "a/b#0",
    gen: 0,
    value: { inline: text },
    t: now,
    by: owner,
    epoch: 1,
  });

describe.skipIf(!hasDynamo)("write units", () => {
  let open: OpenTable;
  let spent: () => Units;
  beforeAll(async () => {
    open = await openTable();
    const { take } = meter(open.client);
    spent = take;
  });
  afterAll(() => open?.close());

  const only = (table: number, wake = 0, runs = 0) => ({ table, wake, runs });
  const costs = () => {
    const { table, wake, runs } = spent();
    return { table, wake, runs };
  };
  const sum = ({ table, wake, runs }: ReturnType<typeof costs>) => table + wake + runs;

  async function begun(set: Partial<Run> = {}): Promise<Lease> {
    const run = usual(set);
    await open.store.create(run);
    const { run: head } = await open.store.write(run.id, claim(owner, now, now + 30_000));
    spent();
    return { runId: run.id, owner, epoch: head?.epoch ?? 0 };
  }

  test("a trigger is one put: the head and its place in the list", async () => {
    await open.store.create(usual());
    expect(spent()).toStrictEqual({ ...only(1, 0, 1), calls: ["PutItem"] });
  });

  test("a trigger with a delay has a place in time as well", async () => {
    await open.store.create(usual({ status: "DELAYED", delayedUntil: now + 9_000, wakeAt: now + 9_000 }));
    expect(costs()).toStrictEqual(only(1, 1, 1));
  });

  test("a trigger with an idempotency key is one transaction of two items", async () => {
    await open.store.create(usual(), { key: "process-order:k1", expiresAt: now + 9_000 });
    expect(spent()).toStrictEqual({ ...only(4, 0, 2), calls: ["TransactWriteItems"] });
  });

  test("a key is freed with one update", async () => {
    const run = usual();
    await open.store.create(run, { key: "process-order:k2", expiresAt: now + 9_000 });
    spent();
    expect(await open.store.free("process-order:k2", now)).toBe(run.id);
    expect(spent()).toStrictEqual({ ...only(1), calls: ["UpdateItem"] });
  });

  test("a debounced trigger that puts a run off is a refused transaction and one update", async () => {
    const run = usual({ status: "DELAYED", delayedUntil: now + 5_000, wakeAt: now + 5_000 });
    const key = { key: ":debounce:process-order:k", expiresAt: now + 9_000 };
    await open.store.create(run, key);
    spent();
    const later = usual({ status: "DELAYED", delayedUntil: now + 6_000, wakeAt: now + 6_000 });
    expect((await open.store.create(later, key)).run.id).toBe(run.id);
    expect(spent().calls).toStrictEqual(["TransactWriteItems refused", "GetItem"]);
    const brought = { payload: { inline: "2" }, payloadHash: "h" };
    await open.store.write(run.id, putStartOff(now, now + 6_000, brought));
    expect(spent()).toStrictEqual({ ...only(1, 2), calls: ["UpdateItem"] });
  });

  test("a large payload is put once, and no later write pays for it", async () => {
    const text = Array.from({ length: 900 }, (_, n) => Math.sin(n).toString(36)).join("");
    const lease = await begun({ payload: { inline: text } });
    await open.store.write(lease.runId, renew(lease, now, now + 60_000));
    expect(costs()).toStrictEqual(only(1, 1));
  });

  test("a claim changes nothing but the head, the first and a later one", async () => {
    const run = usual();
    await open.store.create(run);
    spent();
    const first = await open.store.write(run.id, claim(owner, now, now + 30_000));
    expect(spent()).toStrictEqual({ ...only(1), calls: ["UpdateItem"] });
    const lease = { runId: run.id, owner, epoch: first.run?.epoch ?? 0 };
    await open.store.write(run.id, yieldPass(lease, now + 1, counts));
    spent();
    await open.store.write(run.id, claim(owner, now, now + 30_000));
    expect(spent()).toStrictEqual({ ...only(1), calls: ["UpdateItem"] });
  });

  test("a record under a kilobyte is one unit, and so is a compressed one of several", async () => {
    const lease = await begun();
    for (const text of [
      "1",
      "x".repeat(700),
      JSON.stringify({ name: "Order", items: ["some", "words"] }).repeat(60),
    ]) {
      await open.store.append(lease, { number: text.length, epoch: 1, data: record(text) });
      expect(spent()).toStrictEqual({ ...only(1), calls: ["PutItem"] });
    }
  });

  test("the longest record that costs one unit has 960 bytes", async () => {
    const lease = await begun();
    await open.store.append(lease, { number: 1, epoch: 1, data: "€".repeat(320) });
    expect(costs()).toStrictEqual(only(1));
  });

  test("the first renewal gives a run its place in time, the others touch no index: a minute of running is 7", async () => {
    const lease = await begun();
    for (let n = 1; n <= 6; n++) await open.store.write(lease.runId, renew(lease, now, now + n * 10_000));
    expect(costs()).toStrictEqual(only(6, 1));
  });

  test("a suspension gives the run a place in time, a later one moves it; one without a time takes it out, or leaves it out", async () => {
    const rest = { waitingFor: { kind: "timer", count: 1 }, ...counts } as const;
    const lease = await begun();
    await open.store.write(lease.runId, suspend(lease, now, 0, { wakeAt: now + 60_000, ...rest }));
    expect(costs()).toStrictEqual(only(1, 1));
    const again = async (runId: string, wakeAt: number | undefined) => {
      const { run } = await open.store.write(runId, claim(owner, now + 60_000, now + 90_000));
      spent();
      const next = { runId, owner, epoch: run?.epoch ?? 0 };
      await open.store.write(runId, suspend(next, now, 0, { wakeAt, ...rest }));
      return costs();
    };
    expect(await again(lease.runId, now + 120_000)).toStrictEqual(only(1, 2));
    expect(await again(lease.runId, undefined)).toStrictEqual(only(1, 1));
    const other = await begun();
    await open.store.write(other.runId, suspend(other, now, 0, { wakeAt: undefined, ...rest }));
    expect(costs()).toStrictEqual(only(1));
  });

  test("a wait costs 6 more: the suspension, the claim, the fence, the record of the wait, and a place in time to take away at the end", async () => {
    const lease = await begun();
    const rest = { wakeAt: now + 60_000, waitingFor: { kind: "timer", count: 1 }, ...counts } as const;
    await open.store.write(lease.runId, suspend(lease, now, 0, rest));
    await open.store.write(lease.runId, claim(owner, now + 60_000, now + 90_000));
    const next = { ...lease, epoch: 2 };
    await open.store.append(next, { number: 13, epoch: 2, data: record("pass") });
    await open.store.append(next, { number: 14, epoch: 2, data: record("wait") });
    await open.store.write(lease.runId, finish(next, "completed", now + 60_000, counts, false));
    const endAlone = 1;
    expect(sum(costs()) - endAlone).toBe(6);
  });

  test("telling a run something is the item and its head, moved in time; the third unit is the look at the head", async () => {
    const tell = (runId: string) => open.store.send(runId, { id: "token:1", data: "{}" }, now + 5_000);
    const lease = await begun();
    await tell(lease.runId);
    expect(spent()).toMatchObject({ ...only(3, 1), calls: ["GetItem", "PutItem", "UpdateItem"] });
    await open.store.send(lease.runId, { id: "token:2", data: "{}" }, now + 6_000);
    expect(costs()).toStrictEqual(only(3, 2));
    const waiting = await begun();
    const rest = { wakeAt: undefined, waitingFor: { kind: "token", count: 1 }, ...counts } as const;
    await open.store.write(waiting.runId, suspend(waiting, now, 0, rest));
    spent();
    await tell(waiting.runId);
    expect(costs()).toStrictEqual(only(3, 1));
    const fresh = usual();
    await open.store.create(fresh);
    spent();
    await tell(fresh.id);
    expect(costs()).toStrictEqual(only(3, 1));
  });

  test("an end is the head alone, where nothing has given it a place in time; a dead letter goes to another part of the list", async () => {
    const lease = await begun();
    const output = { inline: '{"ok":true}' };
    await open.store.write(lease.runId, finish(lease, "completed", now, { ...counts, output }, false));
    expect(spent()).toStrictEqual({ ...only(1), calls: ["UpdateItem"] });
    const bad = await begun();
    const error = { name: "Error", message: "The card was declined." };
    await open.store.write(bad.runId, finish(bad, "failed", now, { ...counts, error }, true));
    expect(costs()).toStrictEqual(only(1, 1, 2));
    await open.store.write(bad.runId, announce(now));
    expect(costs()).toStrictEqual(only(1, 1));
    const { run } = await open.store.write(bad.runId, claim(owner, now));
    spent();
    if (run !== undefined) await open.store.write(run.id, resume(run, now, "138.fedcba9876543210"));
    expect(costs()).toStrictEqual(only(1, 1, 2));
  });

  test("a claim that comes second costs the unit of its refusal, and no read", async () => {
    const lease = await begun();
    expect(await open.store.write(lease.runId, claim("other", now, now + 1))).toMatchObject({
      applied: false,
    });
    expect(spent()).toStrictEqual({ ...only(1), calls: ["UpdateItem refused"] });
  });

  test("a scheduled run costs 4 units: the run with its time, and the schedule that moves on, which is in no index", async () => {
    const schedules = dynamoSchedules(open);
    const id = "sched_0123456789abcdefghijklmn";
    const schedule = {
      id,
      task: "process-order",
      cron: "*/15 9-17 * * MON-FRI",
      timezone: "Europe/Berlin",
      form: 1,
    };
    await schedules.put({ ...schedule, due: now + 60_000, revision: 1 });
    expect(spent()).toStrictEqual({ ...only(1), calls: ["PutItem"] });
    await open.store.create(usual({ status: "DELAYED", delayedUntil: now + 60_000, wakeAt: now + 60_000 }));
    await schedules.put({ ...schedule, due: now + 960_000, last: now + 60_000, revision: 2 });
    expect(sum(costs())).toBe(4);
  });

  test("a schedule that was made by a call costs 2 units more with each run: it moves on in the index, too", async () => {
    const schedules = dynamoSchedules(open);
    const schedule = {
      id: "sched_0123456789abcdefghijklmn",
      task: "process-order",
      cron: "0 9 * * *",
      timezone: "Europe/Berlin",
      form: 1,
      made: { deduplicationKey: "digest-customer_42", externalId: "customer_42" },
    };
    await schedules.put({ ...schedule, due: now + 60_000, revision: 1 });
    expect(sum(costs())).toBe(2);
    await schedules.put({ ...schedule, due: now + 86_460_000, last: now + 60_000, revision: 2 });
    expect(sum(costs())).toBe(3);
  });

  test("a run of ten awaits costs 13 units all told: the last record comes with the end, within its kilobyte", async () => {
    const run = usual();
    await open.store.create(run);
    const { run: head } = await open.store.write(run.id, claim(owner, now, now + 30_000));
    const lease = { runId: run.id, owner, epoch: head?.epoch ?? 0 };
    for (let number = 1; number <= 9; number++)
      await open.store.append(lease, { number, epoch: 1, data: record() });
    const output = { inline: '{"ok":true,"charge":"ch_0123456789"}' };
    const charge = {
      id: "ch_3MmlLrLkdIwHu7ix0snN0B15",
      amount: 1_099,
      currency: "usd",
      created: 1_679_090_539,
    };
    const lastRecord = { inline: record(JSON.stringify({ ...charge, status: "succeeded" })) };
    const end = finish(lease, "completed", now, { ...counts, output, lastRecord }, false);
    expect((await open.store.write(run.id, end)).run?.lastRecord).toEqual(lastRecord);
    const units = costs();
    expect(units).toStrictEqual(only(12, 0, 1));
    expect(sum(units)).toBe(13);
  });
});
