/**
 * The world that a run under test lives in: its store, its time, and the processes that work on it, one after the other.
 *
 * Owns:      what dies with a process, and what is left: the store, and time.
 * Invariant: S1 once a process is dead, nothing of it is written, delivered or begun. S2 time moves on only when nothing
 *            else can.
 */
import { memorySpill } from "../engine/memory-ports.ts";
import { type MemoryContents, type MemoryStore, memoryStore } from "../engine/memory-store.ts";
import type { Pass } from "../engine/pass.ts";
import { passOver } from "../engine/pass-over.ts";
import type { Chance, Clock, Ports, Store } from "../engine/ports.ts";
import type { Run } from "../engine/run.ts";
import type { Definitions } from "../sdk/registry.ts";
import { taskCode } from "../sdk/task-code.ts";
import { CallLedger, type Mortal, PassWatch, type Places } from "./call-ledger.ts";
import type { Program } from "./program.ts";
import { currentLife, Life } from "./resources.ts";
import { seeded, seededChance } from "./seeded.ts";
import { strikesOf } from "./strikes.ts";
import { stubCode } from "./stubs.ts";
import type { RunOptions } from "./types.ts";
import { VirtualTime } from "./virtual-time.ts";

/** How long a pass waits for a child's end before its run is put away. */
const lingerMs = 100;
/** How long it takes until a process that has died is followed by another. */
const restartMs = 250;

/** What is left of a world: another one can begin with it. */
export interface Remains {
  readonly contents: MemoryContents;
  readonly spilled: ReadonlyMap<string, string>;
  readonly now: number;
  readonly seed: number;
}

/** What a world is made of. */
export interface WorldParts {
  readonly program: Program;
  readonly options: RunOptions;
  readonly places: Places;
  readonly from: Remains;
  /** A new process begins, with an empty temporary folder. */
  readonly renewed: () => void;
  readonly asked?: (watch: PassWatch, ask: Parameters<PassWatch["asked"]>[0], runId: string) => void;
}

/** What a process has evaluated, and which runs it has worked on. */
interface Evaluated {
  readonly definitions: Definitions;
  readonly runs: Set<string>;
}

/** A pass at work. */
interface LivePass {
  readonly watch: PassWatch;
  pass: Pass | undefined;
}

/** A process, as far as its runs can tell. */
class Process implements Mortal {
  readonly owner: string;
  readonly life = new Life();
  readonly passes = new Map<string, LivePass>();
  readonly alarms = new Set<() => void>();
  readonly #died: (at: string) => void;
  readonly #inVain: () => number;
  /** What it has evaluated last; one is done after the other. */
  evaluated: Promise<Evaluated | undefined> = Promise.resolve(undefined);
  isDead = false;

  constructor(owner: string, inVain: () => number, died: (at: string) => void) {
    this.owner = owner;
    this.#inVain = inVain;
    this.#died = died;
  }

  get inVain(): number {
    return this.#inVain();
  }

  die(at: string): void {
    if (this.isDead) return;
    this.isDead = true;
    this.end();
    for (const { pass, watch } of this.passes.values()) {
      watch.interrupted();
      pass?.stopAll();
    }
    this.#died(at);
  }

  /** What it has got going ends with it. */
  end(): void {
    for (const cancel of this.alarms) cancel();
    this.life.end();
  }
}

export class World {
  readonly time: VirtualTime;
  readonly store: MemoryStore;
  readonly spill = memorySpill();
  readonly chance: Chance;
  readonly ledger: CallLedger;
  readonly strikes;
  readonly lines: string[] = [];
  /** Lines of the engine's own: what could not be recorded. */
  readonly notes: string[] = [];
  writes = 0;
  passes = 0;
  suspends = 0;
  crashes = 0;
  /** Rises with all that happens in the store. */
  activity = 0;
  readonly #parts: WorldParts;
  readonly #slow: () => number;
  #inVain = 0;
  #processes = 0;
  #process: Process;
  #rings = new Set<string>();
  #failure: unknown;

  constructor(parts: WorldParts) {
    const { from, options, places } = parts;
    this.#parts = parts;
    this.time = new VirtualTime(from.now);
    this.store = memoryStore({ from: from.contents });
    for (const [ref, text] of from.spilled) this.spill.texts.set(ref, text);
    this.chance = seededChance(from.seed);
    this.strikes = strikesOf(options.crash);
    this.ledger = new CallLedger(places, this.strikes);
    const { writeLatency } = options;
    const random = seeded(writeLatency?.seed ?? 0);
    this.#slow = () => (writeLatency === undefined ? 0 : Math.floor(random() * (writeLatency.maxTurns + 1)));
    this.#process = this.#start();
  }

  /** What the world is at this moment, for another one to begin with. */
  remains(seed: number): Remains {
    return { contents: this.store.contents(), spilled: this.spill.texts, now: this.time.now(), seed };
  }

  /** The ports of a healthy outsider. */
  get ports(): Ports {
    const { store, spill, time, chance } = this;
    return { store, spill, clock: time, chance, doorbell: { ring: (runId) => this.ring(runId) } };
  }

  ring(runId: string): void {
    this.activity++;
    this.#rings.add(runId);
  }

  /** What goes wrong beside the run: task files that throw when they are loaded. */
  get failure(): unknown {
    return this.#failure;
  }

  get hasPasses(): boolean {
    return this.#process.passes.size > 0;
  }

  get life(): Life {
    return this.#process.life;
  }

  get watches(): PassWatch[] {
    return [...this.#process.passes.values()].map(({ watch }) => watch);
  }

  /** Begins a pass for each run that was rung for, or tells the one at work. */
  answerRings(): void {
    const rung = [...this.#rings];
    this.#rings.clear();
    for (const runId of rung) {
      const live = this.#process.passes.get(runId);
      if (live === undefined) this.#begin(this.#process, runId);
      else currentLife.run(this.#process.life, () => live.pass?.wake());
    }
  }

  /** Rings for the runs whose time has come; false: there are none that nobody works on. */
  async ringDue(): Promise<boolean> {
    const due = await this.store.due(this.time.now(), 10_000);
    const idle = due.filter((id) => !this.#process.passes.has(id));
    for (const id of idle) this.ring(id);
    return idle.length > 0;
  }

  /** When something is next due by itself. */
  async nextTime(): Promise<number | undefined> {
    const times = [this.time.next, await this.store.nextWake()].flatMap((at) => at ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Nothing goes on any more. */
  end(): void {
    const { passes } = this.#process;
    this.#process.isDead = true;
    for (const { pass } of passes.values()) pass?.stopAll();
    this.#process.end();
  }

  #start(): Process {
    const started = new Process(
      `process-${++this.#processes}`,
      () => this.#inVain,
      (at) => this.#died(started, at),
    );
    this.#parts.renewed();
    return started;
  }

  #died({ owner }: Process, at: string): void {
    this.crashes++;
    this.#inVain++;
    this.ledger.lastCrash = at;
    this.#rings.clear();
    this.activity++;
    this.#process = this.#start();
    this.time.after(restartMs, () => {
      void this.store.releaseOwner(owner, this.time.now()).then((ids) => {
        for (const id of ids) this.ring(id);
      });
    });
  }

  /** The code for a pass: evaluated afresh where this process has worked on the run before. */
  async #evaluatedFor(process: Process, runId: string): Promise<Definitions> {
    const next = process.evaluated.then(async (there): Promise<Evaluated> => {
      const isFresh = there !== undefined && !there.runs.has(runId);
      const evaluated = isFresh
        ? there
        : { definitions: await this.#evaluate(process), runs: new Set<string>() };
      evaluated.runs.add(runId);
      return evaluated;
    });
    process.evaluated = next;
    return (await next).definitions;
  }

  async #evaluate(process: Process): Promise<Definitions> {
    const definitions = await currentLife.run(process.life, () => this.#parts.program.evaluated());
    for (const { name, concurrencyLimit } of definitions.limits)
      await this.store.limit(name, concurrencyLimit, this.time.now());
    return definitions;
  }

  #begin(process: Process, runId: string): void {
    const { asked, options } = this.#parts;
    const watch: PassWatch = new PassWatch(this.ledger, runId, process, (ask) => asked?.(watch, ask, runId));
    const live: LivePass = { watch, pass: undefined };
    process.passes.set(runId, live);
    const work = async (): Promise<void> => {
      const { tasks, queueOfTask } = await this.#evaluatedFor(process, runId);
      if (process.isDead) return;
      this.passes++;
      const { outcome } = await passOver(
        { ...this.#portsOf(process), watch },
        {
          runId,
          owner: process.owner,
          lingerMs,
          queues: queueOfTask,
          print: (_run, level, parts) => this.#print(level, parts),
          findTask: (id) => {
            const stub = options.stubs?.[id];
            if (stub !== undefined) return stubCode(id, stub);
            const task = tasks.get(id);
            return task && taskCode(task);
          },
        },
        (pass) => {
          live.pass = pass;
        },
      );
      if (outcome === "suspended") this.suspends++;
      if (outcome === "busy" || outcome === "unknown") this.passes--;
    };
    currentLife
      .run(process.life, work)
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.activity++;
        if (process.isDead) return;
        watch.interrupted();
        if (process.passes.get(runId) === live) process.passes.delete(runId);
      });
  }

  #print(level: string, parts: readonly unknown[]): void {
    const [first] = parts;
    const isOwn = level === "debug" && typeof first === "string" && first.startsWith("HF303 ");
    (isOwn ? this.notes : this.lines).push(parts.map(shown).join(" "));
  }

  #portsOf(process: Process): Ports {
    const { time } = this;
    const clock: Clock = {
      now: () => time.now(),
      after: (ms, fn) => {
        const cancel = time.after(ms, () => {
          process.alarms.delete(cancel);
          if (!process.isDead) currentLife.run(process.life, fn);
        });
        process.alarms.add(cancel);
        return () => {
          process.alarms.delete(cancel);
          cancel();
        };
      },
      turn: (fn) => time.turn(() => process.isDead || fn()),
    };
    return { ...this.ports, clock, store: this.#storeOf(process), chance: this.chance };
  }

  /** The store as a process sees it: dead ones get no answer. */
  #storeOf(process: Process): Store {
    const { store } = this;
    const alive = <A extends readonly unknown[], R>(fn: (...args: A) => Promise<R>) => {
      return async (...args: A): Promise<R> => {
        this.activity++;
        if (process.isDead) return new Promise(() => {});
        const answer = await fn(...args);
        return process.isDead ? new Promise(() => {}) : answer;
      };
    };
    return {
      create: alive((...args) => store.create(...args)),
      read: alive((...args) => store.read(...args)),
      write: alive(async (...args) => {
        const written = await store.write(...args);
        for (const id of written.called ?? []) this.ring(id);
        return written;
      }),
      limit: alive((...args) => store.limit(...args)),
      journal: alive((...args) => store.journal(...args)),
      send: alive((...args) => store.send(...args)),
      inbox: alive((...args) => store.inbox(...args)),
      due: alive((...args) => store.due(...args)),
      nextWake: alive(() => store.nextWake()),
      list: alive((...args) => store.list(...args)),
      append: alive((lease, entry) => this.#append(process, lease, entry)),
    };
  }

  async #append(process: Process, ...args: Parameters<Store["append"]>): ReturnType<Store["append"]> {
    for (let turns = this.#slow(); turns > 0; turns--) {
      await new Promise((resolve) => setImmediate(resolve));
      this.activity++;
    }
    if (process.isDead) return new Promise(() => {});
    const number = ++this.writes;
    const strike = this.strikes.at("write", number, this.#inVain);
    if (strike === "before") {
      process.die(`before write ${number}`);
      return new Promise(() => {});
    }
    const appended = await this.store.append(...args);
    if (appended.outcome === "appended") {
      this.#inVain = 0;
      this.ledger.recorded(args[0].runId, args[1].data);
    }
    if (strike === "after") process.die(`after write ${number}`);
    return appended;
  }
}

const shown = (part: unknown): string =>
  (typeof part === "string" ? part : JSON.stringify(part)) ?? "undefined";

/** The head of a run, which has to be there. */
export async function headOf(world: World, runId: string): Promise<Run> {
  const run = await world.store.read(runId);
  if (run === undefined) throw new TypeError(`There is no run ${runId}.`);
  return run;
}
