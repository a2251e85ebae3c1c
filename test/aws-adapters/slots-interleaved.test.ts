/**
 * Slots in DynamoDB under any order of the calls of several processes, some of which die between two of them: never more
 * runs are held than the limit; in the end all have ended, and those who sleep have held up nobody.
 * A failure names its seed: HOLDFAST_SEED=… HOLDFAST_RANDOM_RUNS=1 plays it again.
 */
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { gatesOf } from "../../engine/gates.ts";
import { claim, endUnclaimed, finish, type Lease, suspend, yieldPass } from "../../engine/head-write.ts";
import { isFinished, type Run } from "../../engine/run.ts";
import { dynamoStore } from "../../functions/aws/dynamo-store.ts";
import { unseenClaim } from "../../functions/unseen-claim.ts";
import { aRun } from "../contract/runs.ts";
import { seeded } from "../engine/world.ts";
import { chosenSeed } from "../heavy/random.ts";
import { Gate } from "./gate.ts";
import { hasDynamo, makeClient, type OpenTable, openTable } from "./table.ts";

const runIds = ["run_a", "run_b", "run_c", "run_d", "run_e"];
const hash = "h1";
const leaseMs = 30_000;
const minuteMs = 61_000;
const counts = { activeMs: 1, attempts: 0, lastNumber: 0 };
const waits = { ...counts, waitingFor: { kind: "timer", count: 1 } } as const;
const callCount = 250;
const patientRounds = 8;

/** Where runs are put, one after the other. */
type Places = readonly Pick<Run, "queue" | "limits">[];
const oneLimit: Places = [{ queue: "q" }];
const severalLimits: Places = [
  { queue: "q", limits: ["s"] },
  { queue: "s", limits: ["q"] },
  { queue: "task/x", limits: ["q", "s"] },
];

const isAsleep = ({ status, turn: at, wakeAt }: Run): boolean =>
  status === "WAITING" && at === undefined && wakeAt === undefined;

class Life {
  readonly #opened: OpenTable;
  readonly #random: () => number;
  readonly #gate: Gate;
  readonly #client = makeClient();
  readonly #store;
  readonly #limits: ReadonlyMap<string, number>;
  readonly #places: Places;
  #now = 10_000;
  #passes = 0;
  #going = 0;

  constructor(opened: OpenTable, seed: number, deaths: number, places: Places) {
    this.#opened = opened;
    this.#random = seeded(seed);
    this.#gate = new Gate(this.#random, deaths);
    this.#gate.guard(this.#client);
    this.#places = places;
    this.#limits = new Map(places.flatMap(gatesOf).map((queue) => [queue, this.#random() < 0.7 ? 1 : 2]));
    // A pause is a turn: the gate decides who is late.
    this.#store = dynamoStore({ client: this.#client, table: opened.table, pause: () => turn() });
  }

  async #heads(): Promise<Run[]> {
    const found = await Promise.all(runIds.map((id) => this.#opened.store.read(id)));
    return found.flatMap((run) => run ?? []);
  }

  async #left(): Promise<Run[]> {
    return (await this.#heads()).filter(({ status }) => !isFinished(status));
  }

  async #check(): Promise<void> {
    const held = (await this.#heads()).filter(({ owner }) => owner !== undefined);
    for (const [queue, limit] of this.#limits) {
      const there = held.filter((run) => gatesOf(run).includes(queue)).map(({ id }) => id);
      if (there.length > limit) throw new Error(`S1: ${there} are held in ${queue}, its limit is ${limit}`);
    }
  }

  /** A pass: takes the run, ends in some way, rings for those whom it called. */
  async #pass(id: string): Promise<void> {
    const owner = `p${++this.#passes}`;
    const { applied, run, called } = await this.#store.claimUnseen(
      id,
      unseenClaim(owner, this.#now, leaseMs),
      hash,
      this.#now,
    );
    for (const one of called ?? []) this.#begin(one);
    if (!applied || run === undefined) return;
    const ended = this.#store.write(id, this.#end({ runId: id, owner, epoch: run.epoch }, run.news));
    // What it waits for may come while it gives its slot back.
    if (this.#random() < 0.5) this.#begin(id);
    for (const one of (await ended).called ?? []) this.#begin(one);
  }

  #end(lease: Lease, news: number) {
    const way = this.#random();
    if (way < 0.3) return suspend(lease, this.#now, news, { ...waits, wakeAt: this.#now });
    if (way < 0.5) return suspend(lease, this.#now, news, { ...waits, wakeAt: undefined });
    if (way < 0.6) return yieldPass(lease, this.#now, counts);
    return finish(lease, "completed", this.#now, counts, false);
  }

  #begin(id: string): void {
    this.#going++;
    this.#pass(id)
      .catch(() => {})
      .finally(() => this.#going--);
  }

  #somethingNew(): void {
    const id = runIds[Math.floor(this.#random() * runIds.length)] ?? "";
    const way = this.#random();
    if (way < 0.85) this.#begin(id);
    else if (way < 0.9)
      this.#store.write(id, endUnclaimed("canceled", this.#now, undefined, false)).catch(() => {});
    else this.#tick().catch(() => {});
  }

  async #tick(): Promise<void> {
    for (const id of await this.#store.due(this.#now, 5)) this.#begin(id);
  }

  async play(): Promise<void> {
    const { store } = this.#opened;
    for (const [queue, limit] of this.#limits) await store.limit(queue, limit, this.#now);
    for (const [place, id] of runIds.entries()) {
      const where = this.#places[place % this.#places.length];
      await store.create(aRun({ id, ...where, createdAt: 1_000 + place, codeVersion: `1.${hash}` }));
    }
    for (let call = 0; call < callCount; call++) {
      if (this.#going < 3 || this.#random() < 0.1) this.#somethingNew();
      this.#now += this.#random() < 0.02 ? minuteMs : 1;
      if ((await this.#gate.let()) && call % 4 === 0) await this.#check();
    }
    this.#gate.isOpen = true;
    while ((await this.#gate.let()) || this.#gate.isBusy);
    await this.#check();
  }

  /** The dead are past: what they left has to be made good by those who come by. */
  async drain(): Promise<void> {
    for (let round = 0; round < patientRounds; round++) await this.#round();
    const held = (await this.#left()).filter((run) => !isAsleep(run));
    expect(shown(held), "those who sleep hold up others").toStrictEqual([]);
    for (const { id } of await this.#left())
      await this.#opened.store.send(id, { id: "last", data: "1" }, this.#now);
    for (let round = 0; round < patientRounds; round++) await this.#round();
    expect(shown(await this.#left())).toStrictEqual([]);
    this.#client.destroy();
  }

  /** A minute: the timer rings, and who is rung does what is left to do. */
  async #round(): Promise<void> {
    if ((await this.#left()).every(isAsleep)) return;
    const { store } = this.#opened;
    this.#now += minuteMs;
    const rung = [...(await store.due(this.#now, 20))];
    for (const id of rung) {
      const owner = `last${++this.#passes}`;
      const answer = await store.write(id, claim(owner, this.#now, this.#now + leaseMs));
      rung.push(...(answer.called ?? []));
      await this.#check();
      if (!answer.applied || answer.run === undefined) continue;
      const lease = { runId: id, owner, epoch: answer.run.epoch };
      const ended = await store.write(id, finish(lease, "completed", this.#now, counts, false));
      rung.push(...(ended.called ?? []));
    }
  }
}

const shown = (runs: readonly Run[]) => runs.map(({ id, status, turn: at }) => `${id} ${status} ${at}`);

async function live(seed: number, deaths: number, places = oneLimit): Promise<void> {
  const opened = await openTable();
  const life = new Life(opened, seed, deaths, places);
  await life.play();
  await life.drain();
  await opened.close();
}

describe.skipIf(!hasDynamo)("slots in DynamoDB, interleaved", () => {
  const { HOLDFAST_RANDOM_RUNS: asked = "4" } = process.env;
  const first = chosenSeed();
  const seeds = Array.from({ length: Number(asked) }, (_, index) => first + index);
  test.each(seeds)("no process dies, seed %i", (seed) => live(seed, 0));
  test.each(seeds)("processes die between their calls, seed %i", (seed) => live(seed, 0.02));
  test.each(seeds)("under several limits no process dies, seed %i", (seed) => live(seed, 0, severalLimits));
  test.each(seeds)("under several limits processes die between their calls, seed %i", (seed) =>
    live(seed, 0.02, severalLimits),
  );
});
