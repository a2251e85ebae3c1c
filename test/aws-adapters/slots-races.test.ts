/** Two processes on one queue in DynamoDB, one of them stopped between two of its calls: for a while, or for good. */
import { QueryCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { claim, finish, type Lease, suspend, yieldPass } from "../../engine/head-write.ts";
import type { Store, Written } from "../../engine/ports.ts";
import type { Run } from "../../engine/run.ts";
import { dynamoQueues } from "../../functions/aws/dynamo-queues.ts";
import { dynamoStore } from "../../functions/aws/dynamo-store.ts";
import { aRun } from "../contract/runs.ts";
import { hasDynamo, makeClient, type OpenTable, openTable, wakesOf } from "./table.ts";

const counts = { activeMs: 1, attempts: 0, lastNumber: 0 };
const away = { ...counts, wakeAt: undefined, waitingFor: { kind: "token", count: 1 } } as const;
const minuteMs = 61_000;

let opened: OpenTable;
beforeEach(async () => {
  opened = await openTable();
});
afterEach(() => opened.close());

/** A process that stops before its `nth` call of this command. `stopped`: it has; `goOn`: it goes on. */
function processThatStops(command: string, nth = 1) {
  const client = makeClient();
  let seen = 0;
  let goOn: () => void = () => {};
  let stop: () => void = () => {};
  const stopped = new Promise<void>((done) => (stop = done));
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName === `${command}Command` && ++seen === nth) {
          stop();
          await new Promise<void>((go) => (goOn = go));
        }
        return next(args);
      },
    { step: "initialize", name: "stop" },
  );
  return { store: dynamoStore({ client, table: opened.table }), stopped, goOn: () => goOn() };
}

const put = async (limit: number, ...sets: Partial<Run>[]): Promise<string[]> => {
  await opened.store.limit("q", limit, 1_000);
  const runs = sets.map((set, place) => aRun({ queue: "q", createdAt: 1_000 + place, ...set }));
  for (const run of runs) await opened.store.create(run);
  return runs.map(({ id }) => id);
};
const take = (id: string, now = 2_000, store: Store = opened.store): Promise<Written> =>
  store.write(id, claim("p", now, now + 100_000));
const lease = async (id: string): Promise<Lease> => {
  const run = await opened.store.read(id);
  return { runId: id, owner: run?.owner ?? "", epoch: run?.epoch ?? 0 };
};
const done = async (id: string, store: Store = opened.store): Promise<Written> =>
  store.write(id, finish(await lease(id), "completed", 3_000, counts, false));
const sleep = async (id: string, store: Store = opened.store): Promise<Written> =>
  store.write(id, suspend(await lease(id), 3_000, 0, away));
const heldAmong = async (ids: readonly string[]): Promise<string[]> => {
  const runs = await Promise.all(ids.map((id) => opened.store.read(id)));
  return runs.flatMap((run) => (run?.owner === undefined ? [] : [run.id]));
};
/** What the timer does each minute, some times. */
async function minutes(count: number): Promise<void> {
  for (let minute = 1; minute <= count; minute++) {
    const now = 3_000 + minute * minuteMs;
    for (const id of await opened.store.due(now, 9)) await take(id, now);
  }
}

describe.skipIf(!hasDynamo)("slots in DynamoDB, between two calls", () => {
  test("a run that is taken again while its slot is given back keeps that slot", async () => {
    const ids = await put(1, {}, {});
    const [a = "", b = ""] = ids;
    await take(a);
    const slow = processThatStops("UpdateItem", 2);
    const giving = sleep(a, slow.store);
    await slow.stopped;
    expect((await take(a, 3_001)).applied).toBe(true);
    slow.goOn();
    await giving;
    await take(b, 3_002);
    expect(await heldAmong(ids)).toStrictEqual([a]);
  });

  test("a run whose caller died before it had cleaned up holds no slot while it sleeps", async () => {
    const ids = await put(1, {}, {}, {});
    const [a = "", b = "", c = ""] = ids;
    for (const id of ids) await take(id);
    const dying = processThatStops("DeleteItem");
    void done(a, dying.store);
    await dying.stopped;
    expect((await take(b, 3_001)).applied).toBe(true);
    await sleep(b);
    await minutes(3);
    expect(await heldAmong(ids)).toStrictEqual([c]);
  });

  test("a run that parks again is not forgotten by one who called it long ago", async () => {
    const ids = await put(1, {}, {}, { createdAt: 2_900 });
    const [a = "", b = "", c = ""] = ids;
    await take(a);
    await take(b);
    const slow = processThatStops("DeleteItem");
    const ending = done(a, slow.store);
    await slow.stopped;
    await take(b, 3_001);
    await sleep(b);
    expect((await take(c, 3_002)).applied).toBe(true);
    expect(await take(b, 3_003)).toMatchObject({ isFull: true });
    slow.goOn();
    await ending;
    await done(c);
    await minutes(3);
    expect(await heldAmong(ids)).toStrictEqual([b]);
  });

  test("a run that was called while it parked, by a process that died, is woken", async () => {
    const ids = await put(1, {}, {});
    const [a = "", b = ""] = ids;
    await take(a);
    // Its item is there, its head is not parked yet.
    const parking = processThatStops("UpdateItem", 2);
    void take(b, 2_001, parking.store);
    await parking.stopped;
    await done(a);
    parking.goOn();
    await new Promise((go) => setTimeout(go, 300));
    await minutes(4);
    expect(await heldAmong(ids)).toStrictEqual([b]);
  });

  test("the first parked run is woken though it has a time to live of its own", async () => {
    const ids = await put(1, {}, { ttlMs: 900_000_000 });
    const [a = "", b = ""] = ids;
    for (const id of ids) await take(id);
    const dying = processThatStops("UpdateItem", 2);
    void done(a, dying.store);
    await dying.stopped;
    await minutes(3);
    expect(await heldAmong(ids)).toStrictEqual([b]);
  });

  test("a slot whose giver died is given on by the first tick behind a lease, which rings for the run at once", async () => {
    const ids = await put(1, {}, {});
    const [a = "", b = ""] = ids;
    await take(a, 2_000);
    await take(b, 2_000);
    const dying = processThatStops("UpdateItem", 2);
    void done(a, dying.store);
    await dying.stopped;
    const tickAt = (now: number) => wakesOf(opened.store, now, now + 65_000);
    expect(await tickAt(31_999)).toStrictEqual([]);
    expect(await tickAt(32_000)).toStrictEqual([{ runId: b, at: 32_000, isUnrung: true }]);
    expect(await tickAt(92_000)).toStrictEqual([{ runId: b, at: 32_000 }]);
    expect((await take(b, 92_001)).called).toStrictEqual([b]);
    await take(b, 92_002);
    expect(await heldAmong(ids)).toStrictEqual([b]);
  });

  test("what waits in a paused queue goes behind the others that a tick looks after", async () => {
    const ids = await put(1, {}, {});
    for (const id of ids) await take(id);
    const { client, table: TableName } = opened;
    const lookedAfterAt = async () => {
      const asked = {
        KeyConditionExpression: "wakeShard = :q",
        ExpressionAttributeValues: { ":q": { S: "q#0" } },
      };
      const { Items = [] } = await client.send(new QueryCommand({ TableName, IndexName: "wake", ...asked }));
      return Items.map(({ wakeAt }) => Number(wakeAt?.N));
    };
    expect(await lookedAfterAt()).toEqual([32_000]);
    await dynamoQueues(opened).adjust("q", { isPaused: true }, 2_100);
    expect(await wakesOf(opened.store, 32_000, 97_000)).toEqual([]);
    expect(await lookedAfterAt()).toEqual([62_000]);
    expect(await dynamoQueues(opened).adjust("q", { isPaused: false, override: 2 }, 33_000)).toEqual([
      ids[1],
    ]);
  });

  test("a run that left work to its next pass is held to a limit that was lowered meanwhile", async () => {
    const ids = await put(2, {}, {});
    const [a = "", b = ""] = ids;
    for (const id of ids) await take(id);
    await opened.store.write(b, yieldPass(await lease(b), 2_500, counts));
    await opened.store.limit("q", 1, 2_600);
    expect(await take(b, 2_700)).toMatchObject({ applied: false, isFull: true });
    expect((await done(a)).called).toStrictEqual([b]);
    expect((await take(b, 3_001)).applied).toBe(true);
  });

  test("a pool in which nobody waits is not looked at each minute", async () => {
    const ids = await put(1, {}, {});
    const [a = "", b = ""] = ids;
    for (const id of ids) await take(id);
    await done(a);
    await take(b, 3_001);
    await done(b);
    await minutes(3);
    const names: string[] = [];
    const client = makeClient();
    client.middlewareStack.add(
      (next, { commandName = "" }) =>
        (args) => {
          names.push(commandName);
          return next(args);
        },
      { step: "initialize", name: "names" },
    );
    await dynamoStore({ client, table: opened.table }).due(9_000_000, 9);
    expect(names.filter((name) => name === "GetItemCommand")).toStrictEqual([]);
  });
});
