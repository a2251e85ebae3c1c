/**
 * Random lives of runs in queues with limits: after every operation the heads themselves must say that S1 and S2 of
 * `engine/slots.ts` hold, and in the end every run has come to its end. `slotModel(name, make)`.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { gatesOf, standsAt, waitsAt } from "../../engine/gates.ts";
import {
  claim,
  endUnclaimed,
  finish,
  type HeadWrite,
  type Lease,
  suspend,
  yieldPass,
} from "../../engine/head-write.ts";
import type { KeyOverride } from "../../engine/queues.ts";
import { resume } from "../../engine/resuming.ts";
import { isFinished, type Run } from "../../engine/run.ts";
import { isParked } from "../../engine/slots.ts";
import { chosenSeed } from "../heavy/random.ts";
import { aRun } from "./runs.ts";
import type { Tested } from "./store.ts";

const runIds = ["run_a", "run_b", "run_c", "run_d", "run_e", "run_f"];
const leaseMs = 30_000;
const counts = { activeMs: 1, attempts: 0, lastNumber: 0 };
const away = { ...counts, waitingFor: { kind: "timer", count: 1 } } as const;

/** Ends of a pass. */
const ends: readonly ((lease: Lease, now: number, news: number) => HeadWrite)[] = [
  (lease, now, news) => suspend(lease, now, news, { ...away, wakeAt: now + 5 }),
  (lease, now, news) => suspend(lease, now, news, { ...away, wakeAt: undefined }),
  (lease, now) => yieldPass(lease, now, counts),
  (lease, now) => finish(lease, "completed", now, counts, false),
  (lease, now) => finish(lease, "failed", now, { ...counts, error: { name: "E", message: "m" } }, true),
];
const completed = 3;

const anyStep = fc.record({
  does: fc.constantFrom(
    ...([
      "claim",
      "claim",
      "claim",
      "end",
      "end",
      "due",
      "limit",
      "key",
      "key",
      "send",
      "cancel",
      "resume",
      "die",
    ] as const),
  ),
  run: fc.nat(runIds.length - 1),
  which: fc.nat(ends.length - 1),
  limit: fc.constantFrom(1, 1, 2, 3, undefined),
  keyLimit: fc.constantFrom(0, 1, 2, 3, undefined),
  lasts: fc.constantFrom(3, 10, 50_000),
  passing: fc.constantFrom(0, 1, 4, 40_000),
});
type Step = typeof anyStep extends fc.Arbitrary<infer S> ? S : never;

/** Where runs are put, one after the other. */
type Places = readonly Pick<Run, "queue" | "limits">[];

/** Some in one queue, others under its limit and others in every order, some of them under three. */
const severalLimits: Places = [
  { queue: "q", limits: ["s"] },
  { queue: "s", limits: ["q"] },
  { queue: "s" },
  { queue: "task/x", limits: ["s", "q"] },
  { queue: "q" },
];

/** Do both need a slot of the queue, for the same concurrency key? */
const isBeside = (run: Run, other: Run, queue: string): boolean =>
  gatesOf(other).includes(queue) && run.concurrencyKey === other.concurrencyKey;

/** One life: a store, the time, and what the limits of the queues are. */
class Lives {
  readonly #tested: Tested;
  readonly #places: Places;
  readonly #limits = new Map<string, number | undefined>();
  /** The limits of the one key that there is. */
  readonly #keyLimits = new Map<string, KeyOverride>();
  #now = 10_000;
  #passes = 0;

  constructor(tested: Tested, places: Places) {
    this.#tested = tested;
    this.#places = places;
    for (const queue of places.flatMap(gatesOf)) this.#limits.set(queue, 1);
  }

  async begin(): Promise<void> {
    const { store } = this.#tested;
    for (const [queue, limit] of this.#limits) await store.limit(queue, limit, this.#now);
    for (const [place, id] of runIds.entries()) {
      const key = place % 3 === 2 ? { concurrencyKey: "k" } : {};
      const where = this.#places[place % this.#places.length];
      await store.create(aRun({ id, createdAt: 1_000 + place, priority: place % 2, ...key, ...where }));
    }
  }

  async heads(): Promise<Run[]> {
    const found = await Promise.all(runIds.map((id) => this.#tested.store.read(id)));
    return found.flatMap((run) => run ?? []);
  }

  /** How many of this run's pool may be held at once. `isSure`: whatever is over counts no more, whoever has looked. */
  #limitFor({ concurrencyKey }: Run, queue: string, isSure: boolean): number {
    const limit = this.#limits.get(queue) ?? Number.POSITIVE_INFINITY;
    const own = concurrencyKey === undefined ? undefined : this.#keyLimits.get(queue);
    if (own === undefined) return limit;
    if (own.expiresAt > this.#now) return own.limit;
    return isSure ? limit : Math.min(limit, own.limit);
  }

  /** The timer has looked: what is over has been seen. */
  #looked(): void {
    for (const [queue, { expiresAt }] of this.#keyLimits)
      if (expiresAt <= this.#now) this.#keyLimits.delete(queue);
  }

  /** The key of some runs gets a limit of its own in a queue, or loses it. */
  #limitKey(queue: string, limit: number | undefined, lasts: number): Promise<unknown> {
    const override = limit === undefined ? undefined : { limit, expiresAt: this.#now + lasts };
    if (override === undefined) this.#keyLimits.delete(queue);
    else this.#keyLimits.set(queue, override);
    return this.#tested.desk.overrideKey(queue, "k", override, this.#now);
  }

  async step({ does, run: index, which, limit, keyLimit, lasts, passing }: Step): Promise<void> {
    const { store, leases } = this.#tested;
    this.#now += passing;
    const id = runIds[index] ?? "";
    const run = await store.read(id);
    if (run === undefined) return;
    const acts: Readonly<Record<Step["does"], () => Promise<unknown>>> = {
      claim: () => this.claim(id),
      end: () => this.end(run, which),
      due: async () => {
        const due = await store.due(this.#now, 3);
        // On one machine the look itself calls who may come; a tick wakes one, which looks after the others.
        if (leases !== undefined) this.#looked();
        for (const one of due) await this.claim(one);
      },
      key: () => {
        const queues = [...this.#limits.keys()];
        return this.#limitKey(queues[index % queues.length] ?? "", keyLimit, lasts);
      },
      send: () => store.send(id, { id: `item ${this.#now}`, data: "1" }, this.#now),
      cancel: () => store.write(id, endUnclaimed("canceled", this.#now, undefined, false)),
      resume: () => store.write(id, resume(run, this.#now, "v2")),
      die: async () => run.owner !== undefined && leases?.releaseOwner(run.owner, this.#now),
      limit: () => {
        const queues = [...this.#limits.keys()];
        const queue = queues[index % queues.length] ?? "";
        this.#limits.set(queue, limit);
        return store.limit(queue, limit, this.#now);
      },
    };
    await acts[does]();
  }

  /** S1: whoever gets a slot had one, or finds fewer held than the limit. */
  async claim(id: string): Promise<void> {
    const before = await this.heads();
    const until = this.#tested.leases === undefined ? this.#now + leaseMs : undefined;
    const { applied, run } = await this.#tested.store.write(
      id,
      claim(`p${++this.#passes}`, this.#now, until),
    );
    if (!applied || run === undefined) return;
    for (const queue of gatesOf(run)) {
      const limit = this.#limitFor(run, queue, true);
      const pool = before.filter((one) => isBeside(run, one, queue) && one.owner !== undefined);
      // It may have got it before the limit was lowered, and have waited for another one since.
      const hadOne = before.some((one) => one.id === id && standsAt(one, queue) === "held");
      if (!hadOne && pool.length >= limit)
        throw new Error(
          `S1: ${id} was claimed beside ${pool.length} others in ${queue}, its limit is ${limit}`,
        );
    }
  }

  async end({ id, owner, epoch, news }: Run, which: number): Promise<void> {
    if (owner === undefined) return;
    const write = ends[which]?.({ runId: id, owner, epoch }, this.#now, news);
    if (write !== undefined) await this.#tested.store.write(id, write);
  }

  /** S2: nobody is parked while a slot is free that nobody was called for. */
  async check(): Promise<void> {
    const heads = (await this.heads()).filter(({ status }) => !isFinished(status));
    for (const run of heads.filter(isParked)) {
      const queue = waitsAt(run) ?? "";
      const limit = this.#limitFor(run, queue, false);
      const beside = heads.filter((one) => isBeside(run, one, queue)).map((one) => standsAt(one, queue));
      const taken = beside.filter((stands) => stands === "held" || stands === "called").length;
      if (taken < limit)
        throw new Error(`S2: ${run.id} is parked, ${taken} of ${limit} slots of ${queue} taken`);
    }
  }

  /** Who waits is told something, and everybody does what is left to do: all come to their ends. */
  async drain(): Promise<void> {
    const { store } = this.#tested;
    const rounds = 4 * runIds.length;
    for (let round = 0; round < rounds; round++) {
      this.#now += 60_000;
      for (const run of await this.heads()) {
        if (run.status === "WAITING" && run.turn === undefined)
          await store.send(run.id, { id: `last ${round}`, data: "1" }, this.#now);
      }
      for (const id of await store.due(this.#now, 20)) await this.claim(id);
      for (const run of await this.heads()) await this.end(run, completed);
      if (round > 1) this.#looked();
      await this.check();
    }
    const left = (await this.heads()).filter(({ status }) => !isFinished(status));
    expect(left.map(({ id, status, turn }) => [id, status, turn])).toStrictEqual([]);
  }
}

/** Checks a store on random lives. A failure prints its seed: HOLDFAST_SEED=… plays it again. */
export function slotModel(
  name: string,
  make: () => Promise<Tested>,
  { numRuns, steps }: { readonly numRuns: number; readonly steps: number },
): void {
  test.each([
    ["one limit", [{ queue: "q" }]],
    ["several limits", severalLimits],
  ])(
    `${name}, %s: never more runs are held than it says, and nobody is parked while a slot is free`,
    async (_name, places) => {
      const lives = fc.array(anyStep, { minLength: steps / 2, maxLength: steps, size: "max" });
      const property = fc.asyncProperty(lives, async (all) => {
        const tested = await make();
        try {
          const life = new Lives(tested, places);
          await life.begin();
          for (const step of all) {
            await life.step(step);
            await life.check();
          }
          await life.drain();
        } finally {
          await tested.close();
        }
      });
      await fc.assert(property, {
        numRuns: Number(process.env.HOLDFAST_RANDOM_RUNS ?? numRuns),
        seed: chosenSeed(),
      });
    },
  );
}
