/** What takes away: the sweep over a real table, what erasing costs there, the bin of the bucket. */
import { DeleteObjectCommand, HeadObjectCommand, NotFound, S3Client } from "@aws-sdk/client-s3";
import { mockClient } from "aws-sdk-client-mock";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { eraseIfEnded } from "../../engine/erasure.ts";
import { claim, finish, type Lease } from "../../engine/head-write.ts";
import { retentionOf } from "../../engine/retention.ts";
import type { Run } from "../../engine/run.ts";
import { tokenTask } from "../../engine/token-task.ts";
import { ages } from "../../functions/aws/dynamo-ages.ts";
import { dynamoProgress } from "../../functions/aws/dynamo-progress.ts";
import { DynamoTable } from "../../functions/aws/dynamo-table.ts";
import { s3Bin } from "../../functions/aws/s3-bin.ts";
import { type SweepDeps, sweep } from "../../functions/sweep.ts";
import { aRun } from "../contract/runs.ts";
import { hasDynamo, meter, type OpenTable, openTable } from "./table.ts";

const dayMs = 86_400_000;
const now = 1_790_000_000_000;
const settings = { region: "eu-central-1", credentials: { accessKeyId: "a", secretAccessKey: "b" } };
const daysAgo = (days: number, set: Partial<Run> = {}): Run => {
  const at = now - days * dayMs;
  return aRun({
    createdAt: at,
    updatedAt: at,
    finishedAt: at,
    status: "COMPLETED",
    wakeAt: undefined,
    ...set,
  });
};

describe.skipIf(!hasDynamo)("the sweep", () => {
  let open: OpenTable;
  let removed: number[];
  let logged: string[];
  let at: number;
  beforeEach(async () => {
    open = await openTable();
    [removed, logged, at] = [[], [], now];
  });
  afterEach(() => open.close());

  /** One call of it. `looks`: how often it finds that there is time. */
  function swept(more: Partial<SweepDeps> = {}, looks = Number.POSITIVE_INFINITY) {
    let left = looks;
    const table = new DynamoTable({ client: open.client, table: open.table });
    const line = (level: string) => (message: string) => void logged.push(`${level} ${message}`);
    return sweep({
      store: ages(table),
      eraser: { store: open.store, values: { remove: async () => true } },
      retention: retentionOf({ default: 30, FAILED: 90, keeps: "forever" }),
      versions: { list: async () => [1, 2, 3, 4, 5, 6, 7], remove: async (each) => removed.push(each) > 0 },
      current: 7,
      progress: dynamoProgress({ client: open.client, table: open.table }),
      clock: { now: () => at },
      goesOn: () => left-- > 0,
      log: { warn: line("warn"), error: line("error") },
      ...more,
    });
  }
  const there = async (...runs: readonly Run[]) =>
    (await Promise.all(runs.map(({ id }) => open.store.read(id)))).map((run) => run !== undefined);
  const create = async (...runs: readonly Run[]) => {
    for (let each = 0; each < runs.length; each += 20)
      await Promise.all(runs.slice(each, each + 20).map((run) => open.store.create(run)));
    return runs;
  };

  test("erases what was kept long enough by task and status, tokens too, and nothing that is open", async () => {
    const gone = await create(
      daysAgo(31),
      daysAgo(31, { status: "CANCELED" }),
      daysAgo(91, { status: "FAILED" }),
      daysAgo(31, { task: tokenTask }),
    );
    const stays = await create(
      daysAgo(29),
      daysAgo(60, { status: "FAILED" }),
      daysAgo(400, { task: "keeps" }),
      daysAgo(60, { finishedAt: now - dayMs }),
      aRun({ createdAt: now - 90 * dayMs, status: "WAITING", wakeAt: now + dayMs, codeVersion: "7.a" }),
    );
    expect(await swept()).toMatchObject({ erased: 4, failed: 0, isWhole: true });
    expect(await there(...gone)).toEqual([false, false, false, false]);
    expect(await there(...stays)).toEqual([true, true, true, true, true]);
  });

  test("removes versions without open runs and dead letters, never the current one or the two before it", async () => {
    await create(
      daysAgo(1, { codeVersion: "1.a" }),
      aRun({ createdAt: now - 300 * dayMs, status: "WAITING", wakeAt: now + dayMs, codeVersion: "2.b" }),
      daysAgo(2, { status: "FAILED", codeVersion: "3.c" }),
      aRun({ createdAt: now - 1_000, wakeAt: undefined, status: "QUEUED", codeVersion: "7.d" }),
    );
    expect(await swept()).toMatchObject({ looked: 4, removed: [4, 1] });
    expect(removed).toEqual([4, 1]);
  });

  test("looks once a day, and not at newer runs where no version could go", async () => {
    await create(daysAgo(1), daysAgo(31));
    const few = { list: async () => [5, 6, 7, 8], remove: async () => true };
    expect(await swept({ versions: few })).toMatchObject({ looked: 1, erased: 1 });
    await create(daysAgo(31));
    at += dayMs - 1;
    expect(await swept({ versions: few })).toMatchObject({ looked: 0, erased: 0 });
    at += 1;
    expect(await swept({ versions: few })).toMatchObject({ looked: 1, erased: 1 });
  });

  test("that is cut off goes on where it stood, and removes no version before all runs were looked at", async () => {
    const runs = await create(...Array.from({ length: 130 }, (_, i) => daysAgo(400 - i)));
    await create(daysAgo(1, { status: "FAILED", codeVersion: "4.z" }));
    expect(await swept({}, 4)).toMatchObject({ isWhole: false, removed: [] });
    const before = (await there(...runs)).filter((is) => is).length;
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(130);
    expect(removed).toEqual([]);
    // Half an hour later, while the day is not over.
    at += dayMs / 48;
    expect(await swept()).toMatchObject({ isWhole: true, erased: before, removed: [3, 2, 1] });
    expect((await there(...runs)).filter((is) => is)).toEqual([]);
  });

  test("a run that cannot be erased is told, and keeps no other", async () => {
    const [bad, good] = await create(daysAgo(40), daysAgo(31));
    const store = {
      ...open.store,
      valuesOf: (id: string) =>
        id === bad?.id ? Promise.reject(new Error("away")) : open.store.valuesOf(id),
    };
    const eraser = { store, values: { remove: async () => true } };
    expect(await swept({ eraser })).toMatchObject({ erased: 1, failed: 1 });
    expect(await there(...[bad, good].flatMap((run) => run ?? []))).toEqual([true, false]);
    expect(logged).toEqual(["error A run could not be erased"]);
  });

  test("a version that something else is on is kept, and told", async () => {
    const versions = { list: async () => [1, 2, 3, 7], remove: async () => false };
    expect(await swept({ versions })).toMatchObject({ removed: [] });
    expect(logged[0]).toMatch(/^warn A version without runs is kept/);
  });
});

describe.skipIf(!hasDynamo)("what erasing a run of ten awaits costs in DynamoDB", () => {
  let open: OpenTable;
  let take: ReturnType<typeof meter>["take"];
  beforeAll(async () => {
    open = await openTable();
    ({ take } = meter(open.client));
  });
  afterAll(() => open?.close());

  async function ended(spilled: number): Promise<Run> {
    const run = aRun({ createdAt: now, updatedAt: now, wakeAt: now + 1_000 });
    await open.store.create(run);
    const { run: head } = await open.store.write(run.id, claim("p1", now, now + 30_000));
    const lease: Lease = { runId: run.id, owner: "p1", epoch: head?.epoch ?? 0 };
    for (let number = 1; number <= 10; number++) {
      const value =
        number <= spilled
          ? { ref: `${run.id}${number}`.padEnd(64, "0").replace(/[^0-9a-f]/g, "0"), bytes: 40_000 }
          : { inline: "x".repeat(300) };
      const data = JSON.stringify({ kind: "result", ok: true, key: `a/b#${number}`, value, t: now });
      await open.store.append(lease, { number, epoch: lease.epoch, data });
    }
    const lastRecord = { inline: "x".repeat(300) };
    const counts = { activeMs: 1, attempts: 1, lastNumber: 11, lastRecord, output: { inline: "1" } };
    await open.store.write(run.id, finish(lease, "completed", now + 5, counts, false));
    take();
    return (await open.store.read(run.id)) ?? run;
  }

  async function costs(run: Run) {
    const taken: string[] = [];
    const values = { remove: async (ref: string) => taken.push(ref) > 0 };
    take();
    expect(await eraseIfEnded({ store: open.store, values }, run)).toBe("erased");
    const { table, wake, runs, calls } = take();
    const deletes = calls.filter((name) => name === "DeleteItem").length;
    return {
      deletes,
      queries: calls.filter((name) => name === "Query").length,
      units: table + wake + runs,
      taken: taken.length,
    };
  }

  test("with small results: 12 write units, one for each record in the journal and two for the head, and 3 read units", async () => {
    expect(await costs(await ended(0))).toEqual({ deletes: 11, queries: 5, units: 12 + 3, taken: 0 });
  });

  test("with three large values: two write units more for each, and four read units; a value is one call of its bin", async () => {
    expect(await costs(await ended(3))).toEqual({ deletes: 17, queries: 8, units: 12 + 6 + 7, taken: 3 });
  });
});

describe("the bin of the bucket", () => {
  const ref = "ab".repeat(32);
  function bin() {
    const client = new S3Client(settings);
    const mock = mockClient(client);
    mock.on(DeleteObjectCommand).resolves({});
    const values = s3Bin({ bucket: "b", makeClient: async () => client, clock: { now: () => now } });
    return {
      mock,
      values,
      deleted: () => mock.commandCalls(DeleteObjectCommand).map(({ args }) => args[0].input),
    };
  }
  const put = (secondsAgo: number) => ({ LastModified: new Date(now - secondsAgo * 1_000), VersionId: "v1" });

  test("takes away the copy that it has looked at, and no other", async () => {
    const { mock, values, deleted } = bin();
    mock.on(HeadObjectCommand).resolves(put(61));
    expect(await values.remove(ref)).toBe(true);
    expect(deleted()).toEqual([{ Bucket: "b", Key: `values/ab/${"ab".repeat(31)}`, VersionId: "v1" }]);
  });

  test("leaves a value of the last minute; one that is not there is gone, and an outage is told", async () => {
    const { mock, values, deleted } = bin();
    mock.on(HeadObjectCommand).resolves(put(59));
    expect(await values.remove(ref)).toBe(false);
    mock.on(HeadObjectCommand).rejects(new NotFound({ $metadata: {}, message: "none" }));
    expect([await values.remove(ref), await values.remove("../secret")]).toEqual([true, true]);
    mock.on(HeadObjectCommand).rejects(new Error("away"));
    await expect(values.remove(ref)).rejects.toThrow("away");
    expect(deleted()).toEqual([]);
  });
});
