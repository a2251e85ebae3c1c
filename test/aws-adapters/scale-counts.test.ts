/** What `bench/scale/counts.ts` says of a run's writes, partition by partition, on the real engine's writes and Amazon's DynamoDB. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { counted, readsOfRing, type Units } from "../../bench/scale/counts.ts";
import { claim, finish, type Lease, type Queues, suspend } from "../../engine/head-write.ts";
import { graceMs } from "../../engine/new-run.ts";
import { aRun } from "../contract/runs.ts";
import { hasDynamo, meter, type OpenTable, openTable, wakesOf } from "./table.ts";

const now = 1_790_000_000_000;
const owner = "d-8f14e45fceea167a-4c1b-9a3e-000000000000";
const ended = { activeMs: 12_345, attempts: 1, lastNumber: 12 };

interface Keyed {
  readonly pk?: { readonly S?: string };
}
interface Write {
  readonly Key?: Keyed;
  readonly Item?: Keyed;
}

describe.skipIf(!hasDynamo)("what the model of scale counts", () => {
  let open: OpenTable;
  let spent: () => Required<Units>;
  beforeAll(async () => {
    open = await openTable();
    let queue = 0;
    const isOfQueue = ({ Key, Item }: Write): boolean =>
      [Key, Item].some((at) => at?.pk?.S?.startsWith("queue#") === true);
    open.client.middlewareStack.add(
      (next, { commandName = "" }) =>
        (args) => {
          const { TransactItems = [] } = args.input as { TransactItems?: { Update?: Write }[] };
          if (/^(Put|Update|Delete)/.test(commandName) && isOfQueue(args.input as Write)) queue += 1;
          queue += 2 * TransactItems.filter(({ Update = {} }) => isOfQueue(Update)).length;
          return next(args);
        },
      { step: "initialize", name: "queues" },
    );
    const { take } = meter(open.client);
    spent = () => {
      const { table, wake, runs } = take();
      const found = { run: table - queue, wake, list: runs, queue };
      queue = 0;
      return found;
    };
  });
  afterAll(() => open?.close());

  const nothing = { run: 0, wake: 0, list: 0, queue: 0 };
  const only = (units: Units): Required<Units> => ({ ...nothing, ...units });
  const take = (runId: string, queues?: Queues) =>
    open.store.write(runId, claim(owner, now, now + 30_000, queues));
  async function started(): Promise<string> {
    const run = aRun({ createdAt: now, updatedAt: now, wakeAt: now + graceMs });
    await open.store.create(run);
    return run.id;
  }
  async function end(runId: string): Promise<void> {
    const run = await open.store.read(runId);
    const lease: Lease = { runId, owner, epoch: run?.epoch ?? 0 };
    await open.store.write(runId, finish(lease, "completed", now, ended, false));
  }

  test("a run: started, claimed, ten checkpoints, put away, ended", async () => {
    spent();
    const runId = await started();
    expect(spent()).toEqual(only(counted.start));
    await take(runId);
    expect(spent()).toEqual(only(counted.claim));
    const lease = { runId, owner, epoch: 1 };
    for (let number = 1; number <= 10; number++)
      await open.store.append(lease, { number, epoch: 1, data: `{"value":"${"x".repeat(300)}"}` });
    expect(spent()).toEqual(only({ run: 10 * counted.checkpoint.run }));
    const rest = { wakeAt: now + 60_000, waitingFor: { kind: "timer", count: 1 }, ...ended } as const;
    await open.store.write(runId, suspend(lease, now, 0, rest));
    expect(spent()).toEqual(only(counted.putAway));
    await open.store.write(runId, claim(owner, now + 60_000, now + 90_000));
    await open.store.read(runId);
    spent();
    await open.store.write(runId, finish({ ...lease, epoch: 2 }, "completed", now, ended, false));
    expect(spent()).toEqual(only(counted.laterEnd));
    const short = await started();
    await take(short);
    await open.store.read(short);
    spent();
    await open.store.write(short, finish({ ...lease, runId: short }, "completed", now, ended, false));
    expect(spent()).toEqual(only(counted.end));
  });

  test("a slot that is free, and one that is waited for: the units in the partition of the queue", async () => {
    await open.store.limit("q", 1, now);
    const [first, second] = [await started(), await started()];
    const queues = { order: "q" };
    spent();
    const inQueue = async (work: Promise<unknown>): Promise<number> => {
      await work;
      return spent().queue;
    };
    const taken = await inQueue(take(first, queues));
    const parked = await inQueue(take(second, queues));
    const givenOn = await inQueue(end(first));
    const takenBehind = await inQueue(take(second, queues));
    const givenBack = await inQueue(end(second));
    expect(taken + givenBack).toBe(counted.slot.queue);
    expect(parked + (givenOn - givenBack) + takenBehind + givenBack).toBe(counted.awaitedSlot.queue);
  });

  test("a tick reads the head of each run that it rings for, once", async () => {
    const count = 30;
    for (let n = 0; n < count; n++) await open.store.create(aRun({ wakeAt: 99_000 }));
    // It has looked at what is in the list, as it does once when a run is young.
    expect(await wakesOf(open.store, 50_000, 50_000, 100)).toHaveLength(0);
    spent();
    expect(await wakesOf(open.store, 100_000, 100_000, 100)).toHaveLength(count);
    const standing = 1;
    expect(spent().run).toBe(count * readsOfRing + standing);
  });
});
