/** Random operations on a store, and what it answers. Few ids, owners and times, so that they often meet. */
import fc from "fast-check";
import {
  announce,
  claim,
  endUnclaimed,
  finish,
  type HeadWrite,
  judge,
  type Lease,
  suspend,
  yieldPass,
} from "../../engine/head-write.ts";
import type { InboxItem, RunQuery } from "../../engine/ports.ts";
import { resume } from "../../engine/resuming.ts";
import { allStatuses, type Run, statusesBefore } from "../../engine/run.ts";
import { anEntry, aRun, wholeJournal } from "./runs.ts";
import type { Tested } from "./store.ts";

/** The heads as they were before a batch of operations. */
export type Heads = ReadonlyMap<string, Run | undefined>;

/** Something asked of a store, in one call: two in a row would meet others' calls in an order that no store promises. */
export interface Operation {
  readonly title: string;
  ask(tested: Tested, heads: Heads): Promise<unknown>;
}

const some = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const perhaps = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const runIds = ["run_a", "run_b", "run_c"];
const runId = some(...runIds);
const owner = some("p1", "p2");
const time = fc.integer({ min: 1_000, max: 1_012 });
const now = time;

function operation<T>(
  name: string,
  given: fc.Arbitrary<T>,
  ask: (tested: Tested, given: T, heads: Heads) => Promise<unknown>,
): fc.Arbitrary<Operation> {
  return given.map((value) => ({
    title: `${name} ${JSON.stringify(value)}`,
    ask: (tested, heads) => ask(tested, value, heads),
  }));
}

/** A lease that somebody may believe to have: mostly the one that is held, else one of another owner or a past epoch. */
const believed = fc.record({
  runId,
  other: some(undefined, undefined, undefined, undefined, undefined, "p1", "p2"),
  past: some(0, 0, 0, 0, 0, 0, 1),
});
type Believed = { readonly runId: string; readonly other: string | undefined; readonly past: number };

function leaseOf(heads: Heads, given: Believed) {
  const run = heads.get(given.runId);
  const held: Lease = {
    runId: given.runId,
    owner: given.other ?? run?.owner ?? "p3",
    epoch: (run?.epoch ?? 0) - given.past,
  };
  return { held, news: run?.news ?? 0, current: held.owner === run?.owner && held.epoch === run.epoch };
}

const ended = { activeMs: 5, attempts: 1, lastNumber: 3 };

/** Changes of a pass that believes to have a lease. */
const heldChanges: ((lease: Lease, now: number, news: number) => HeadWrite)[] = [
  (held, at, news) =>
    suspend(held, at, news, { ...ended, wakeAt: at + 3, waitingFor: { kind: "timer", count: 1 } }),
  (held, at, news) =>
    suspend(held, at, news, { ...ended, wakeAt: undefined, waitingFor: { kind: "token", count: 2 } }),
  (held, at) => yieldPass(held, at, ended),
  (held, at) => finish(held, "completed", at, { ...ended, output: { inline: "1" } }, true),
  (held, at) => finish(held, "failed", at, { ...ended, error: { name: "E", message: "m" } }, false),
];

/** Changes by somebody who holds nothing. */
const freeChanges: ((now: number, run: Run | undefined) => HeadWrite | undefined)[] = [
  (at) => endUnclaimed("canceled", at, undefined, true),
  (at) => endUnclaimed("expired", at, { name: "E", message: "m" }, false),
  (at) => announce(at),
  (at, run) => run && judge(run, at, { event: "crashed", error: { name: "E", message: "m" } }),
  () => ({ event: "erased", when: { status: statusesBefore("erased") }, set: {} }),
];

const newRun = fc
  .record({
    id: runId,
    createdAt: time,
    status: some<Run["status"]>("QUEUED", "QUEUED", "DELAYED", "PENDING_VERSION"),
    tags: fc.subarray(["x", "y"]),
    task: some("order", "mail"),
    payload: some({ inline: "1" }, { inline: "2".repeat(3_000) }, { ref: "f", bytes: 9 }),
  })
  .map((set) => aRun({ ...set, wakeAt: set.createdAt, updatedAt: set.createdAt }));

const query: fc.Arbitrary<RunQuery> = fc.record(
  {
    limit: fc.integer({ min: 1, max: 3 }),
    status: fc.subarray(allStatuses, { minLength: 8 }),
    task: fc.subarray(["order", "mail"]),
    tag: fc.subarray(["x", "y"]),
    from: time,
    to: time,
    after: some(...runIds, "run_none"),
  },
  { requiredKeys: ["limit"] },
);

const item: fc.Arbitrary<InboxItem> = fc.record({
  id: some("cancel", "token:1", "child:r"),
  data: some("1", "2"),
});

const keyOf = (...keys: string[]) => fc.record({ key: some(...keys), expiresAt: time });
/** Mostly it holds for long: a run has seldom only its second key in common with another. */
const longKeyOf = (...keys: string[]) =>
  fc.record({ key: some(...keys), expiresAt: fc.integer({ min: 1_000, max: 1_100 }) });

/** Any operation. */
export const anyOperation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 2,
    arbitrary: operation(
      "create",
      fc.record({ run: newRun, key: perhaps(keyOf("k1", "k2")), second: perhaps(longKeyOf("k3")) }),
      ({ store }, { run, key, second }) => store.create(run, key, second),
    ),
  },
  {
    weight: 2,
    arbitrary: operation(
      "give a key",
      fc.record({ key: longKeyOf("k1", "k3", "k3", "k5"), now, runId }),
      async ({ store }, { key, ...given }) =>
        (await store.read(given.runId)) && store.adopt(key, given.now, given.runId),
    ),
  },
  operation(
    "free a key",
    fc.record({ key: some("k1", "k2", "k3"), now, runId: perhaps(runId) }),
    ({ store }, given) => store.free(given.key, given.now, given.runId),
  ),
  {
    weight: 3,
    arbitrary: operation(
      "claim",
      fc.record({ runId, owner, now, until: perhaps(time) }),
      ({ store }, given) => store.write(given.runId, claim(given.owner, given.now, given.until)),
    ),
  },
  {
    weight: 2,
    arbitrary: operation(
      "held",
      fc.record({ lease: believed, now, unread: some(0, 0, 1), which: fc.nat(heldChanges.length - 1) }),
      async (tested, given, heads) => {
        const { held, news } = leaseOf(heads, given.lease);
        const change = heldChanges[given.which]?.(held, given.now, news - given.unread);
        return change && tested.store.write(held.runId, change);
      },
    ),
  },
  operation(
    "free",
    fc.record({ runId, now, which: fc.nat(freeChanges.length - 1) }),
    async ({ store }, given, heads) => {
      const change = freeChanges[given.which]?.(given.now, heads.get(given.runId));
      return change && store.write(given.runId, change);
    },
  ),
  {
    weight: 3,
    arbitrary: operation(
      "append",
      fc.record({
        lease: believed,
        number: fc.integer({ min: 1, max: 6 }),
        text: some("a", "b"),
        kind: some("result", "pass"),
      }),
      async (tested, { lease: given, number, text, kind }, heads) => {
        const { held, current } = leaseOf(heads, given);
        if (!current && !tested.fencesAppends) return "not asked";
        return tested.store.append(held, anEntry(number, held.epoch, text, kind));
      },
    ),
  },
  operation("erase", fc.record({ runId, most: fc.integer({ min: 1, max: 3 }) }), ({ store }, given) =>
    store.erase(given.runId, given.most),
  ),
  operation("send", fc.record({ runId, item, now }), ({ store }, given) =>
    store.send(given.runId, given.item, given.now),
  ),
  operation("read", runId, ({ store }, id) => store.read(id)),
  operation("due", fc.record({ now, limit: fc.integer({ min: 1, max: 3 }) }), ({ store }, given) =>
    store.due(given.now, given.limit),
  ),
  operation("nextWake", fc.constant(0), ({ store }) => store.nextWake()),
  operation("list", query, ({ store }, given) => store.list(given)),
  operation("journal", fc.record({ runId, after: fc.nat(3) }), ({ store }, given) =>
    wholeJournal(store, given.runId, given.after),
  ),
  operation("inbox", runId, ({ store }, id) => store.inbox(id)),
  operation("releaseOwner", fc.record({ owner, now }), async ({ leases }, given) =>
    leases?.releaseOwner(given.owner, given.now),
  ),
  operation("resume", fc.record({ runId, now }), async ({ store }, given, heads) => {
    const run = heads.get(given.runId);
    const decided = given.now % 2 === 0 ? undefined : { redo: ["/a#0"], keep: [] };
    return run && store.write(given.runId, resume(run, given.now, "v2", decided));
  }),
);

/** Two claimed runs to begin with, so that most sequences have something to work on. */
export const beginning: readonly Operation[] = ["run_a", "run_b"].flatMap((id) => [
  {
    title: `create ${id}`,
    ask: ({ store }: Tested) => store.create(aRun({ id }), { key: "k1", expiresAt: 1_000 }),
  },
  { title: `claim ${id}`, ask: ({ store }: Tested) => store.write(id, claim("p1", 1_000)) },
]);

/** The heads of all runs that the operations know. */
export async function headsOf({ store }: Tested): Promise<Heads> {
  return new Map(await Promise.all(runIds.map(async (id) => [id, await store.read(id)] as const)));
}

/** All that a store holds, in the words of its own answers. */
export async function everything(tested: Tested): Promise<unknown> {
  const { store, leases } = tested;
  return {
    heads: [...(await headsOf(tested))],
    journals: await Promise.all(runIds.map((id) => wholeJournal(store, id))),
    inboxes: await Promise.all(runIds.map((id) => store.inbox(id))),
    listed: await store.list({ limit: 10 }),
    due: await store.due(9_999, 10),
    next: await store.nextWake(),
    owners: await leases?.owners(),
  };
}
