/**
 * Fresh runs, which have no place in time: that the timer finds every one of them that nobody works on, however late an index
 * shows it, and what its looks cost.
 */
import { type AttributeValue, type DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { claim, finish, type Lease, release, renew, suspend } from "../../engine/head-write.ts";
import { graceMs } from "../../engine/new-run.ts";
import { isFinished, type Run } from "../../engine/run.ts";
import { lookedAtAges } from "../../functions/aws/dynamo-fresh.ts";
import { headKey } from "../../functions/aws/keys.ts";
import { aRun } from "../contract/runs.ts";
import { hasDynamo, meter, type OpenTable, openTable, wakesOf } from "./table.ts";

const start = 1_790_000_000_000;
const minute = 60_000;
const hour = 60 * minute;
const counts = { activeMs: 0, attempts: 0, lastNumber: 0 };

const rest = { waitingFor: { kind: "timer", count: 1 }, ...counts } as const;

const happens = ["begin", "take", "renew", "end", "rest", "die", "tick", "hide", "show"] as const;

interface Step {
  readonly what: (typeof happens)[number];
  readonly which: number;
  readonly ms: number;
}

type Row = Record<string, AttributeValue>;

/** Runs that no index shows yet. */
function hiding(client: DynamoDBClient): Set<string> {
  const hidden = new Set<string>();
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const answer = await next(args);
        const output = answer.output as { Items?: Row[] };
        if (commandName === "QueryCommand" && hidden.size > 0)
          output.Items = (output.Items ?? []).filter(
            ({ pk }) => !hidden.has(pk?.S?.replace("run#", "") ?? ""),
          );
        return answer;
      },
    { step: "initialize", name: "hide" },
  );
  return hidden;
}

describe.skipIf(!hasDynamo)("fresh runs", () => {
  let open: OpenTable;
  let hidden: Set<string>;
  beforeEach(async () => {
    open = await openTable();
    hidden = hiding(open.client);
  });
  afterEach(() => open?.close());

  async function begun(at: number, set: Partial<Run> = {}): Promise<string> {
    const run = aRun({ createdAt: at, updatedAt: at, wakeAt: at + graceMs, ...set });
    await open.store.create(run);
    return run.id;
  }
  async function taken(runId: string, at: number): Promise<Lease> {
    const { run } = await open.store.write(runId, claim("p", at, at + 30_000));
    return { runId, owner: "p", epoch: run?.epoch ?? 0 };
  }
  const end = (lease: Lease, at: number) =>
    open.store.write(lease.runId, finish(lease, "completed", at, counts, false));
  /** Whom a tick rings for. */
  const tick = async (now: number): Promise<string[]> =>
    (await wakesOf(open.store, now, now + 65_000, 10_000)).map(({ runId }) => runId);
  const isPlaced = async (runId: string): Promise<boolean> => {
    const get = new GetItemCommand({ TableName: open.table, Key: headKey(runId), ConsistentRead: true });
    return (await open.client.send(get)).Item?.wakeShard !== undefined;
  };

  test("one whose ring was lost is found by when it was created, and by each tick from then on", async () => {
    const runId = await begun(start);
    expect(await isPlaced(runId)).toBe(false);
    for (let n = 1; n <= 3; n++) expect(await tick(start + n * minute)).toEqual([runId]);
    expect(await isPlaced(runId)).toBe(true);
    await end(await taken(runId, start + 4 * minute), start + 4 * minute);
    expect(await tick(start + 5 * minute)).toEqual([]);
  });

  test("one whose pass died before it renewed its lease is found once that has ended", async () => {
    const runId = await begun(start);
    await taken(runId, start);
    expect(await tick(start + 20_000)).toEqual([]);
    expect(await tick(start + 80_000)).toEqual([runId]);
  });

  test("one that a tick never saw as it was worked on has its place by its lease's renewal", async () => {
    const runId = await begun(start);
    const lease = await taken(runId, start);
    await open.store.write(runId, renew(lease, start + 10_000, start + 40_000));
    expect(await isPlaced(runId)).toBe(true);
    await end(lease, start + 11_000);
    expect(await isPlaced(runId)).toBe(false);
  });

  test("one that had no time to wake has its place by its claim: a pass that dies with it is found", async () => {
    const runId = await begun(start);
    const lease = await taken(runId, start);
    await open.store.write(runId, suspend(lease, start, 0, { ...rest, wakeAt: undefined }));
    expect(await tick(start + minute)).toEqual([]);
    await taken(runId, start + minute);
    expect(await isPlaced(runId)).toBe(true);
    expect(await tick(start + 2 * minute)).toEqual([runId]);
  });

  test("that has ended costs no write, and half a read unit: an hour and a day later the list alone is looked at", async () => {
    const count = 80;
    for (let n = 0; n < count; n++) {
      const runId = await begun(start + n);
      await end(await taken(runId, start + n), start + n);
    }
    const { take } = meter(open.client);
    const written: string[] = [];
    let heads = 0;
    const times = lookedAtAges.flatMap((age) => [minute, 2 * minute, hour].map((ms) => start + age + ms));
    for (const now of times) {
      expect(await tick(now)).toEqual([]);
      const { table, wake, runs, calls } = take();
      written.push(...calls.filter((call) => call.startsWith("Update")));
      // Beside the heads: how far the last one came, and that it is written down.
      heads += table - 1 - calls.filter((call) => call === "PutItem").length;
      expect([wake, runs]).not.toContain(count);
    }
    expect(written).toEqual([]);
    expect(heads).toBe(count / 2);
  });

  test.each([
    ["an hour", start + hour + 2 * minute],
    ["a day", start + 24 * hour + 2 * minute],
  ])(
    "that an index does not show when it is looked for is found by the look behind %s",
    async (_, shownAt) => {
      const late = await begun(start);
      const other = await begun(start + 20_000);
      await end(await taken(other, start + 20_000), start + 20_000);
      hidden.add(late);
      for (let now = start + minute; now < shownAt - minute; now += 13 * minute)
        expect(await tick(now)).toEqual([]);
      hidden.delete(late);
      // Once its hour is over, it has one run more than the first look saw, and the next tick looks at heads.
      for (const at of [shownAt, shownAt + hour]) expect(await tick(at)).toEqual([]);
      expect(await tick(shownAt + hour + minute)).toEqual([late]);
    },
  );

  test("a search that is cut off forgets none: the next one goes on there", async () => {
    const ids: string[] = [];
    for (let n = 0; n < 250; n++) ids.push(await begun(start + n));
    const found = new Set<string>();
    const seen = async (limit: number, now: number) => {
      for (const { runId } of await wakesOf(open.store, now, now, limit)) found.add(runId);
    };
    await seen(1, start + minute);
    await seen(120, start + 2 * minute);
    await seen(10_000, start + 3 * minute);
    expect([...found].sort()).toEqual(ids.toSorted());
  });

  test("the place that a tick gives keeps no claim from knowing its own write", async () => {
    const runId = await begun(start);
    let isLost = true;
    open.client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const { Key, UpdateExpression = "" } = args.input as { Key?: unknown; UpdateExpression?: string };
          const answer = await next(args);
          if (
            commandName !== "UpdateItemCommand" ||
            Key === undefined ||
            !UpdateExpression.includes("#epoch")
          )
            return answer;
          if (!isLost) return answer;
          isLost = false;
          // The claim is applied, its answer lost; before it is made again, a tick comes by.
          await tick(start + minute);
          return next(args);
        },
      { step: "initialize", name: "lose", priority: "high" },
    );
    expect(await open.store.write(runId, claim("p", start + minute, start + 2 * minute))).toMatchObject({
      applied: true,
      run: { owner: "p", epoch: 1 },
    });
  });

  /** What happens, one thing after another. */
  class Story {
    readonly ids: string[] = [];
    readonly #leases = new Map<string, Lease>();
    now = start;

    async go({ what, which, ms }: Step): Promise<void> {
      this.now += ms;
      const runId = this.ids[which % Math.max(1, this.ids.length)] ?? "";
      await this.#parts[what](runId, this.#leases.get(runId));
    }

    readonly #parts: Readonly<Record<Step["what"], (runId: string, lease?: Lease) => unknown>> = {
      begin: async () => this.ids.push(await begun(this.now)),
      tick: () => tick(this.now),
      hide: (runId) => hidden.add(runId),
      show: () => hidden.clear(),
      take: async (runId) => this.#leases.set(runId, await taken(runId, this.now)),
      renew: (runId, lease) => lease && open.store.write(runId, renew(lease, this.now, this.now + 30_000)),
      end: (_, lease) => lease && end(lease, this.now),
      rest: (runId, lease) =>
        lease && open.store.write(runId, suspend(lease, this.now, 0, { ...rest, wakeAt: this.now + 5_000 })),
      die: async (runId) => {
        const run = await open.store.read(runId);
        if (run?.owner !== undefined) await open.store.write(runId, release(run, this.now));
      },
    };

    async open(): Promise<string[]> {
      const heads = await Promise.all(this.ids.map((id) => open.store.read(id)));
      return heads.flatMap((run) => (run?.wakeAt === undefined || isFinished(run.status) ? [] : [run.id]));
    }
  }

  test("whatever happens to runs, no tick forgets one that is open, free and due", async () => {
    const step = fc.record({
      what: fc.constantFrom(...happens),
      which: fc.nat(5),
      ms: fc.constantFrom(0, 400, 3_000, 20_000, 61_000, 1_300_000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
        await open.close();
        open = await openTable();
        hidden = hiding(open.client);
        const story = new Story();
        for (const each of steps) await story.go(each);
        hidden.clear();
        const found = new Set<string>();
        // All leases have ended; what was hidden is found by a later look.
        for (const hours of [0, 2, 25])
          for (const age of [1, 2, 3, 4, 5].map((n) => hours * hour + n * minute))
            for (const id of await tick(story.now + age)) found.add(id);
        expect([...found].sort()).toEqual((await story.open()).sort());
      }),
      { numRuns: 25 },
    );
  });
});
