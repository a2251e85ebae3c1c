/**
 * Plays one schedule: the runs are started, everything is looked at after each event, and judged in the end.
 */
import { isDeepStrictEqual } from "node:util";
import { decode } from "../../../engine/codec.ts";
import { isFinished, type Run } from "../../../engine/run.ts";
import { cancelRun, resumeRun, startRun } from "../../../engine/start.ts";
import { cloud } from "./cloud.ts";
import { wrongWith } from "./invariants.ts";
import { machine } from "./machine.ts";
import { actOn } from "./outside.ts";
import { randomOf } from "./random.ts";
import type { Schedule } from "./schedule.ts";
import { type Item, wanted } from "./shapes.ts";
import type { Stage } from "./stage.ts";
import { idOf, limits, versions } from "./tasks.ts";
import { World } from "./world.ts";

/** What came of a schedule. */
export interface Played {
  readonly violations: readonly string[];
  readonly trace: readonly string[];
  /** The trace, in short: the same for the same schedule. */
  readonly print: string;
  readonly events: number;
  readonly checks: number;
  readonly calls: number;
  readonly struck: number;
  readonly deaths: number;
  readonly effects: number;
  readonly repeated: number;
  readonly runs: number;
  readonly latestMs: number;
}

/** After so long every run must have ended. */
const longestMs = 3 * 3_600_000;

/** So many passes that end without a record convict a run. */
const convictions = 3;

/** What is left of a run that is to end is cut off after so long, whoever came so late. */
const cutOffMs = 180_000;

/**
 * A run that has not completed gives its key up: a second start that comes late is another run, and rightly. So these are
 * started once, and nothing happens to that.
 */
const givesKeyUp = (task: string): boolean => ["doomed", "timed", "canceled"].includes(task);

class Play {
  readonly #schedule: Schedule;
  readonly #world: World;
  readonly #stage: Stage;
  /** The run of each item. */
  readonly #ids = new Map<Item, string>();
  #open = 0;
  #checks = 0;

  constructor(schedule: Schedule) {
    const { seed, place, faults, losesRings, leaveAfterMs } = schedule;
    this.#schedule = schedule;
    this.#world = new World(place, randomOf(seed), faults, losesRings);
    actOn(this.#world.ledger);
    this.#stage = place === "machine" ? machine(this.#world) : cloud(this.#world, leaveAfterMs);
  }

  async through(): Promise<Played> {
    const world = this.#world;
    for (const { name, concurrencyLimit } of limits())
      await world.truth.store.limit(name, concurrencyLimit, world.time.now);
    this.#script();
    const limit = world.begunAt + longestMs;
    while (world.violations.length === 0 && (await world.time.step())) {
      if (world.truth.takeChanged()) await this.#check();
      if (this.#isOver) break;
      if (world.time.now > limit) {
        const open = [...world.truth.heads.values()].filter(({ status }) => !isFinished(status));
        world.violated(
          `not over after ${longestMs} ms: ${open.map(({ id, task, status }) => `${id} ${task} ${status}`).join()}`,
        );
      }
    }
    if (world.violations.length === 0) await this.#judge();
    return this.#played();
  }

  #played(): Played {
    const { violations, trace, print, time, calls, plan, deaths, ledger, truth, latestMs } = this.#world;
    const { effects, repeated } = ledger;
    const counts = {
      calls,
      struck: plan.struck,
      deaths,
      effects,
      repeated,
      runs: truth.heads.size,
      latestMs,
    };
    return { violations, trace, print, events: time.count, checks: this.#checks, ...counts };
  }

  async #check(): Promise<void> {
    await this.#world.truth.look();
    this.#checks++;
    const found = limits();
    const known = {
      isKnownOwner: (owner: string) => this.#stage.isKnownOwner(owner),
      limitOf: (queue: string) => found.find(({ name }) => name === queue)?.concurrencyLimit,
    };
    for (const each of wrongWith(this.#world.truth.heads, known)) this.#world.violated(each);
  }

  get #isOver(): boolean {
    if (this.#open > 0) return false;
    return [...this.#world.truth.heads.values()].every(
      ({ status, wakeAt }) => isFinished(status) && wakeAt === undefined,
    );
  }

  /** What people and their programs do. */
  #script(): void {
    const { items, faults } = this.#schedule;
    for (const item of items) this.#plays(item);
    for (const fault of faults) {
      if (fault.on !== "time") continue;
      this.#world.time.at(this.#world.begunAt + fault.at, () => this.#event(fault.what));
    }
  }

  #event(what: "deploy" | "rotate"): void {
    this.#world.note(what);
    this.#world.plan.struck++;
    if (what === "rotate") this.#world.secretVersion = "s2";
    else this.#deploy();
  }

  #deploy(): void {
    this.#world.codeVersion = versions[1];
    this.#stage.deploy();
  }

  #plays(item: Item): void {
    const { at, cancelAt, isTwice, task } = item;
    this.#do(at, () => this.#start(item));
    if (isTwice && !givesKeyUp(task)) this.#do(at + 40, () => this.#start(item));
    if (cancelAt !== undefined) {
      this.#do(cancelAt, async ({ ports }) => void (await cancelRun(ports, this.#idOf(item))));
    }
    if (task === "doomed") this.#do(at + 500, ({ ports }) => this.#mend(ports, item));
  }

  /** The run of an item, once it is there. */
  #idOf(item: Item): string {
    const id = this.#ids.get(item);
    if (id === undefined) throw new Error("not started yet");
    return id;
  }

  async #start(item: Item): Promise<void> {
    const { process, ports } = this.#stage.caller();
    void process;
    const { task, payload, delayMs } = item;
    const delay = delayMs === undefined ? {} : { delayUntil: ports.clock.now() + delayMs };
    const store = givesKeyUp(task) ? this.#world.truth.store : ports.store;
    const { id } = await startRun(
      { ...ports, store },
      {
        task: idOf(task),
        payload,
        codeVersion: this.#world.codeVersion,
        source: "api",
        idempotencyKey: payload.name,
        ...delay,
      },
    );
    const known = this.#ids.get(item);
    if (known !== undefined && known !== id)
      this.#world.violated(`${payload.name} is two runs: ${known}, ${id}`);
    this.#ids.set(item, id);
  }

  /** A dead letter is put on the code that mends it. */
  async #mend(ports: Parameters<typeof resumeRun>[0], item: Item): Promise<void> {
    const run = await ports.store.read(this.#idOf(item));
    if (run?.status === "COMPLETED" || (run?.resumes ?? 0) > 0) return;
    if (run?.status !== "FAILED") throw new Error("not yet");
    this.#deploy();
    await resumeRun(ports, run.id, versions[1]);
  }

  /** Does something from outside, and again until it has worked. */
  #do(at: number, act: (caller: ReturnType<Stage["caller"]>) => Promise<void>): void {
    this.#open++;
    const { time, begunAt } = this.#world;
    const attempt = (): void => {
      const caller = this.#stage.caller();
      let isOver = false;
      const again = (): void => {
        if (isOver) return;
        isOver = true;
        time.at(time.now + 500, attempt);
      };
      // Its process may die.
      time.at(time.now + 70_000, again);
      act(caller).then(() => {
        if (isOver) return;
        isOver = true;
        this.#open--;
      }, again);
    };
    time.at(begunAt + at, attempt);
  }

  async #judge(): Promise<void> {
    await this.#world.truth.look();
    const { ledger, truth } = this.#world;
    // Three passes of a run that end without a record convict it: rightly, with so many faults. Nothing more is to be said.
    const crashed = [...truth.heads.values()].filter(({ status }) => status === "CRASHED");
    if (crashed.length > 0 && this.#world.costly >= convictions) return;
    for (const { id } of crashed) this.#world.violated(`${id} is CRASHED`);
    const may = new Set<string>();
    for (const item of this.#schedule.items) {
      const { effects, effectsInTime = {}, perhaps = [] } = wanted(item);
      for (const name of [...Object.keys({ ...effects, ...effectsInTime }), ...perhaps]) may.add(name);
      const run = truth.heads.get(this.#ids.get(item) ?? "");
      this.#judgeEnd(item, run);
      const { startedAt = 0, finishedAt = 0 } = run ?? {};
      this.#judgeEffects(finishedAt - startedAt < cutOffMs ? { ...effects, ...effectsInTime } : effects);
    }
    for (const name of ledger.names())
      if (!may.has(name)) this.#world.violated(`${name} should not have been made`);
  }

  #judgeEffects(effects: Readonly<Record<string, number>>): void {
    for (const [name, keys] of Object.entries(effects)) {
      const found = this.#world.ledger.keysOf(name);
      if (found !== keys) this.#world.violated(`${name} was made under ${found} keys, not ${keys}`);
    }
  }

  #judgeEnd(item: Item, run: Run | undefined): void {
    const { status = ["COMPLETED"], output } = wanted(item);
    if (run === undefined || !status.includes(run.status)) {
      this.#world.violated(`${item.task} ${item.payload.name} is ${run?.status}: ${run?.error?.message}`);
      return;
    }
    const stored = run.output;
    const found = stored !== undefined && "inline" in stored ? decode(stored.inline) : undefined;
    if (!isDeepStrictEqual(found, output))
      this.#world.violated(
        `${item.task} ${item.payload.name} gave ${JSON.stringify(found)}, not ${JSON.stringify(output)}`,
      );
  }
}

/** Plays a schedule to its end, or to the first violation. */
export const play = (schedule: Schedule): Promise<Played> => new Play(schedule).through();
