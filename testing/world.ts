/**
 * The world that a run under test lives in: its store, its time, and the processes that work on it, one after the other.
 *
 * Owns:      what dies with a process, and what is left: the store, and time.
 * Invariant: S1 once a process is dead, nothing of it is written, delivered or begun. S2 time moves on only when nothing
 *            else can.
 */
import "./loaded-ahead.ts";
import { memorySpill } from "../engine/memory-ports.ts";
import { type MemoryContents, type MemoryStore, memoryStore } from "../engine/memory-store.ts";
import { passOver } from "../engine/pass-over.ts";
import type { Chance, Ports } from "../engine/ports.ts";
import type { Run } from "../engine/run.ts";
import type { Apart, Definitions } from "../sdk/apart.ts";
import { taskCode } from "../sdk/task-code.ts";
import { CallLedger, PassWatch, type Places } from "./call-ledger.ts";
import { JournalWrites } from "./journal-writes.ts";
import { isNote, textOfLine } from "./printed.ts";
import { type Evaluated, type LivePass, Process } from "./process.ts";
import { portsOf } from "./process-ports.ts";
import type { Program } from "./program.ts";
import { currentLife, type Life } from "./resources.ts";
import { type OwnVault, vaultOf } from "./secrets.ts";
import { seededChance } from "./seeded.ts";
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
  readonly apart: Apart;
  readonly from: Remains;
  readonly secrets: Readonly<Record<string, string>>;
  /** A new process begins, with an empty temporary folder. */
  readonly renewed: () => void;
  readonly asked?: (watch: PassWatch, ask: Parameters<PassWatch["asked"]>[0], runId: string) => void;
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
  passes = 0;
  suspends = 0;
  crashes = 0;
  /** Rises with what happens in the store. */
  activity = 0;
  readonly #parts: WorldParts;
  readonly #vault: OwnVault;
  #hasEndHooks: (task: string) => boolean = () => false;
  readonly #writes: JournalWrites;
  #processes = 0;
  #process: Process;
  #rings = new Set<string>();
  #failure: unknown;

  constructor(parts: WorldParts) {
    const { from, options, places } = parts;
    this.#parts = parts;
    this.#vault = vaultOf(parts.secrets);
    this.time = new VirtualTime(from.now);
    this.store = memoryStore({ from: from.contents });
    for (const [ref, text] of from.spilled) this.spill.texts.set(ref, text);
    this.chance = seededChance(from.seed);
    this.strikes = strikesOf(options.crash);
    this.ledger = new CallLedger(places, this.strikes);
    this.#writes = new JournalWrites(this.store, this.ledger, this.strikes, options.writeLatency);
    this.#process = this.#start();
  }

  /** What the world is at this moment, for another one to begin with. */
  remains(seed: number): Remains {
    return { contents: this.store.contents(), spilled: this.spill.texts, now: this.time.now(), seed };
  }

  /** The ports of a healthy outsider. */
  get ports(): Ports {
    const { store, spill, time, chance } = this;
    const hasEndHooks = (task: string): boolean => this.#hasEndHooks(task);
    return {
      store,
      spill,
      clock: time,
      chance,
      hasEndHooks,
      doorbell: { ring: (runId) => this.ring(runId) },
    };
  }

  /** A text of the store with its secrets. */
  reveal(text: string): Promise<string> {
    return this.#vault.reveal(text);
  }

  /** Loads the task files in the first process: before a run of theirs begins, as a server does. */
  async prepare(): Promise<void> {
    await this.#vault.open();
    const definitions = await this.#evaluate(this.#process);
    this.#process.evaluated = Promise.resolve({ definitions, runs: new Set() });
    this.#hasEndHooks = (id) => {
      const task = this.#parts.options.stubs?.[id] === undefined ? definitions.tasks.get(id) : undefined;
      return task !== undefined && taskCode(task).hearsOfEnds === true;
    };
  }

  ring(runId: string): void {
    this.activity++;
    this.#rings.add(runId);
  }

  /** Rises with all that happens. */
  get moves(): number {
    return this.activity + this.#writes.activity + this.time.activity;
  }

  /** How many writes to journals there were. */
  get writes(): number {
    return this.#writes.count;
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
      this.time,
      () => this.#writes.inVain,
      (at) => this.#died(started, at),
    );
    this.#parts.renewed();
    return started;
  }

  #died({ owner }: Process, at: string): void {
    this.crashes++;
    this.#writes.inVain++;
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
    // Where nobody else works, what the run would see is a process of its own.
    if (process.passes.size === 1) this.#parts.renewed();
    const definitions = await currentLife.run(process.life, () =>
      this.#parts.program.evaluated(this.#parts.apart),
    );
    for (const { name, limits } of definitions.limits) await this.store.limit(name, limits, this.time.now());
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
        { ...this.#vault.before(portsOf(process, this, this.#writes)), watch },
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
    (isNote(level, parts) ? this.notes : this.lines).push(textOfLine(parts));
  }
}

/** The head of a run, which has to be there. */
export async function headOf(world: World, runId: string): Promise<Run> {
  const run = await world.store.read(runId);
  if (run === undefined) throw new TypeError(`There is no run ${runId}.`);
  return run;
}
