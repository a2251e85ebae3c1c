/**
 * Throttling, lost answers and conflicts: what the SDK tries again, what the store does, and what is left to the engine.
 *
 * Invariant: a write whose answer got lost is known for one's own; no outcome is ever taken for another's.
 */
import { type AddressInfo, createServer } from "node:net";
import {
  BatchGetItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactionConflictException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { mockClient } from "aws-sdk-client-mock";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { claim, finish, suspend } from "../../engine/head-write.ts";
import { makeDynamoClient } from "../../functions/aws/clients.ts";
import { dynamoStore } from "../../functions/aws/dynamo-store.ts";
import { headKey, itemsOf } from "../../functions/aws/keys.ts";
import { anEntry, aRun, claimed, plain } from "../contract/runs.ts";
import { faultsOf } from "./faults.ts";
import { hasDynamo, makeClient, type OpenTable, openTable } from "./table.ts";

const rest = {
  wakeAt: 9_000,
  waitingFor: { kind: "timer", count: 1 },
  activeMs: 0,
  attempts: 0,
  lastNumber: 0,
} as const;

describe.skipIf(!hasDynamo)("a call whose answer got lost", () => {
  let open: OpenTable;
  let faults: ReturnType<typeof faultsOf>;
  beforeAll(async () => {
    open = await openTable();
    faults = faultsOf(open.client);
  });
  afterAll(() => open?.close());

  test("create: the run is new, not somebody else's", async () => {
    const run = aRun();
    faults.next("PutItem", "lost", "lost");
    expect(await open.store.create(run)).toStrictEqual({ created: true, run: plain(run) });
    expect(faults.left()).toBe(0);
    faults.next("PutItem", "lost");
    expect((await open.store.create(run)).created).toBe(false);
  });

  test("create with an idempotency key: the same", async () => {
    const run = aRun();
    faults.next("TransactWriteItems", "lost", "lost");
    const key = { key: "lost", expiresAt: 9_999 };
    expect((await open.store.create(run, key)).created).toBe(true);
    expect(await open.store.create(aRun(), key)).toMatchObject({ created: false, run: { id: run.id } });
  });

  test("claim: the lease is ours, and the epoch was raised once", async () => {
    const run = aRun();
    await open.store.create(run);
    faults.next("UpdateItem", "lost", "lost");
    const answer = await open.store.write(run.id, claim("p1", 1_000, 31_000));
    expect(answer).toMatchObject({ applied: true, run: { owner: "p1", epoch: 1, leaseUntil: 31_000 } });
    expect(faults.left()).toBe(0);
  });

  test("claim of a run that somebody else holds: it stays theirs", async () => {
    const lease = await claimed(open.store);
    faults.next("UpdateItem", "lost");
    expect(await open.store.write(lease.runId, claim("p2", 1_000, 31_000))).toMatchObject({
      applied: false,
      run: { owner: "p1", epoch: 1 },
    });
  });

  test("suspend and finish: given back once, and known to be", async () => {
    const one = await claimed(open.store);
    faults.next("UpdateItem", "lost");
    expect(await open.store.write(one.runId, suspend(one, 2_000, 0, rest))).toMatchObject({
      applied: true,
      run: { status: "WAITING", wakeAt: 9_000 },
    });
    const two = await claimed(open.store);
    faults.next("UpdateItem", "lost", "lost", "lost");
    expect(await open.store.write(two.runId, finish(two, "completed", 2_000, rest, false))).toMatchObject({
      applied: true,
      run: { status: "COMPLETED" },
    });
  });

  test("append: the entry counts as appended; another's does not", async () => {
    const lease = await claimed(open.store);
    faults.next("PutItem", "lost", "lost");
    expect(await open.store.append(lease, anEntry(1, 1, "a"))).toStrictEqual({ outcome: "appended" });
    faults.next("PutItem", "lost");
    expect(await open.store.append(lease, anEntry(1, 1, "b"))).toMatchObject({ outcome: "taken" });
  });

  test("send: the item is there once, and the news is told at least once", async () => {
    const lease = await claimed(open.store);
    faults.next("UpdateItem", "lost");
    expect(await open.store.send(lease.runId, { id: "cancel", data: "{}" }, 5_000)).toBe(true);
    expect(await open.store.inbox(lease.runId)).toHaveLength(1);
    expect((await open.store.read(lease.runId))?.news).toBeGreaterThanOrEqual(1);
  });
});

describe.skipIf(!hasDynamo)("a throttled call", () => {
  test("is tried again by the SDK, and after four times left to the caller, with nothing changed", async () => {
    const open = await openTable();
    const faults = faultsOf(open.client);
    const lease = await claimed(open.store);
    faults.next("PutItem", "throttled", "throttled");
    expect(await open.store.append(lease, anEntry(1, 1))).toStrictEqual({ outcome: "appended" });
    faults.next("PutItem", "throttled", "throttled", "throttled", "throttled");
    await expect(open.store.append(lease, anEntry(2, 1))).rejects.toThrow("Slow down");
    expect(faults.left()).toBe(0);
    expect((await open.store.journal(lease.runId, 0)).entries).toHaveLength(1);
    await open.close();
  });
});

describe.skipIf(!hasDynamo)("an idempotency key whose run is gone", () => {
  test("is taken over", async () => {
    const { store, client, table, close } = await openTable();
    const [gone, next] = [aRun(), aRun()];
    await store.create(gone, { key: "k", expiresAt: 9_999 });
    await client.send(new DeleteItemCommand({ TableName: table, Key: headKey(gone.id) }));
    expect(await store.create(next, { key: "k", expiresAt: 9_999 })).toMatchObject({ created: true });
    expect((await store.create(aRun(), { key: "k", expiresAt: 9_999 })).run.id).toBe(next.id);
    await close();
  });
});

describe("a service that does not answer", () => {
  test("is an error while the lease still lasts, not a call that hangs", async () => {
    const tries = new Set<unknown>();
    const silent = createServer((socket) => tries.add(socket));
    await new Promise<void>((done) => silent.listen(0, "127.0.0.1", done));
    const { port } = silent.address() as AddressInfo;
    const credentials = { accessKeyId: "a", secretAccessKey: "b" };
    const client = makeDynamoClient({ region: "r", endpoint: `http://127.0.0.1:${port}`, credentials });
    const begun = Date.now();
    await expect(dynamoStore({ client, table: "t" }).read("run_a")).rejects.toMatchObject({
      name: "TimeoutError",
    });
    expect(Date.now() - begun).toBeLessThan(20_000);
    expect(tries.size).toBe(4);
    client.destroy();
    silent.close();
  });
});

describe("a conflict", () => {
  const meta = { $metadata: {}, message: "conflict" };
  const canceled = (...codes: string[]) =>
    new TransactionCanceledException({ ...meta, CancellationReasons: codes.map((Code) => ({ Code })) });
  const mocked = () => {
    const client = makeClient();
    const pauses: number[] = [];
    const pause = async (ms: number) => void pauses.push(ms);
    return { mock: mockClient(client), pauses, store: dynamoStore({ client, table: "t", pause }) };
  };

  test("of two transactions is asked again; of a transaction and an update too", async () => {
    const { mock, pauses, store } = mocked();
    mock
      .on(TransactWriteItemsCommand)
      .rejectsOnce(canceled("TransactionConflict", "None"))
      .rejectsOnce(canceled("None", "ThrottlingError"))
      .resolves({});
    const run = aRun();
    expect(await store.create(run, { key: "k", expiresAt: 9_999 })).toStrictEqual({
      created: true,
      run: plain(run),
    });
    expect(pauses).toHaveLength(2);
    mock
      .on(UpdateItemCommand)
      .rejectsOnce(new TransactionConflictException(meta))
      .resolves({ Attributes: itemsOf(run, "w").head });
    expect((await store.write(run.id, claim("p", 1))).applied).toBe(true);
  });

  test("that does not end is an error in the end, and one for another reason at once", async () => {
    const { mock, pauses, store } = mocked();
    mock.on(TransactWriteItemsCommand).rejects(canceled("TransactionConflict", "None"));
    await expect(store.create(aRun(), { key: "k", expiresAt: 9_999 })).rejects.toThrow("conflict");
    expect(pauses).toHaveLength(7);
    mock.on(TransactWriteItemsCommand).rejects(canceled("ValidationError", "None"));
    await expect(store.create(aRun(), { key: "k", expiresAt: 9_999 })).rejects.toThrow("conflict");
    expect(pauses).toHaveLength(7);
  });

  test("items that a batch left unread are read again", async () => {
    const { mock, store } = mocked();
    const { head } = itemsOf(aRun({ id: "a", createdAt: 5 }), "w");
    const place = { pk: { S: "run#a" }, sk: { S: "head" }, createdAt: { N: "5" } };
    mock.on(GetItemCommand).resolves({});
    mock
      .on(QueryCommand)
      .resolvesOnce({ Items: [place] })
      .resolves({ Items: [] });
    mock
      .on(BatchGetItemCommand)
      .resolvesOnce({ Responses: {}, UnprocessedKeys: { t: { Keys: [headKey("a")] } } })
      .resolves({ Responses: { t: [head] } });
    expect((await store.list({ limit: 5 })).runs.map(({ id }) => id)).toStrictEqual(["a"]);
  });
});
