/**
 * All runners of a supervisor: those for everybody, those for runs that have to be alone, and those that are a machine.
 *
 * Owns:      which of them a ring goes to, and what follows when a runner is gone.
 */
import { rm } from "node:fs/promises";
import type { MachineName } from "../engine/machines.ts";
import type { Doorbell, ProcessLeases, Store } from "../engine/ports.ts";
import type { PassFigures } from "../functions/figures.ts";
import { type AftermathDeps, afterDeath, afterStop } from "./aftermath.ts";
import { runnerFolder } from "./data-folder.ts";
import type { ToSupervisor } from "./messages.ts";
import { Pool, type PoolDeps } from "./pool.ts";
import { type Exit, isOutOfMemory, type RunnerProcess } from "./runner-process.ts";
import { DeathCount } from "./suspects.ts";

/** What the runners need. */
export interface RunnersDeps extends Omit<PoolDeps, "hear" | "gone"> {
  readonly store: Store & ProcessLeases;
  /** Where a run of this task goes on that is out of memory. */
  readonly largerMachine: (task: string) => MachineName | undefined;
  /** A run wants attention at this time. */
  readonly expect: (at: number) => void;
  /** A run has ended. */
  readonly finished: (runId: string) => void;
  /** A pass has ended. */
  readonly passed: (figures: PassFigures) => void;
}

const fromOutside = new Set<NodeJS.Signals | null>(["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"]);

/** The runners of a supervisor. */
export class Runners implements Doorbell {
  readonly #deps: RunnersDeps;
  readonly #pool: Pool;
  readonly #solo: Pool;
  /** Made when the first run asks for one. */
  readonly #machines = new Map<MachineName, Pool>();
  readonly #poolDeps: PoolDeps;
  readonly #aftermath: AftermathDeps;
  /** What follows the ends of runners and is not over. */
  readonly #open = new Set<Promise<void>>();

  constructor(deps: RunnersDeps) {
    this.#deps = deps;
    this.#poolDeps = {
      ...deps,
      hear: (message) => this.#hear(message),
      gone: (runner, exit, runIds) => this.#follow(this.#gone(runner, exit, runIds)),
    };
    const { runners, passesPerRunner } = deps.config;
    this.#pool = new Pool(this.#poolDeps, { size: runners, capacity: passesPerRunner });
    this.#solo = new Pool(this.#poolDeps, { size: 1, capacity: 1, onDemand: true, solo: true });
    this.#aftermath = {
      ...deps,
      deaths: new DeathCount(),
      ring: (runId) => this.ring(runId),
      ringAlone: (runId) => this.#solo.ring(runId),
    };
  }

  /** Starts the runners; resolves when one is ready. They are given nothing before something rings. */
  async begin(): Promise<void> {
    await Promise.all([this.#pool.start(), this.#solo.start()]);
  }

  /** Frees what dead processes hold, and rings those runs. */
  async freeLeft(): Promise<void> {
    for (const owner of await this.#deps.store.owners()) {
      // How they ended nobody saw: with the machine, or by somebody's hand.
      await afterDeath(this.#aftermath, { owner, outside: true });
    }
  }

  ring(runId: string): void {
    this.#poolWith(runId).ring(runId);
  }

  /** The timer's ring. */
  remind(runId: string): void {
    this.#poolWith(runId).bell.remind(runId);
  }

  /** How many rings wait; undefined when no more fit in. */
  queued(): number | undefined {
    const others = this.#pool.bell.queued();
    const beside = this.#beside().map(({ bell }) => bell.queued() ?? 0);
    return others === undefined ? undefined : beside.reduce((sum, each) => sum + each, others);
  }

  /** New runs are on this code. */
  newCode(codeVersion: string): void {
    for (const pool of [this.#pool, ...this.#beside()]) pool.newCode(codeVersion);
  }

  #beside(): readonly Pool[] {
    return [this.#solo, ...this.#machines.values()];
  }

  /** Where the run is already; else where all begin: who finds there that it belongs elsewhere says so. */
  #poolWith(runId: string): Pool {
    return this.#beside().find(({ bell }) => bell.has(runId)) ?? this.#pool;
  }

  /** The runners that are this machine: as many at a time as there are others, one run in each. */
  #machine(machine: MachineName | undefined): Pool {
    if (machine === undefined) return this.#pool;
    const known = this.#machines.get(machine);
    if (known !== undefined) return known;
    const shape = { size: this.#deps.config.runners, capacity: 1, onDemand: true, machine } as const;
    const pool = new Pool(this.#poolDeps, shape);
    this.#machines.set(machine, pool);
    void pool.start();
    return pool;
  }

  /** Lets passes end for `graceMs`, or until `hurry` aborts, and frees what is cut off. */
  async stop(graceMs: number, hurry: AbortSignal): Promise<void> {
    await Promise.all([this.#pool, ...this.#beside()].map((pool) => pool.stop(graceMs, hurry)));
    await Promise.all(this.#open);
  }

  #hear(message: ToSupervisor): void {
    if (message.kind === "ring") this.ring(message.runId);
    else if (message.kind === "wake") this.#deps.expect(message.at);
    else if (message.kind === "passed") this.#deps.passed(message.figures);
    else if (message.kind === "finished") this.#deps.finished(message.runId);
    else if (message.kind === "elsewhere") this.#machine(message.machine).ring(message.runId);
    else if (message.kind === "ended" && message.outcome === "alone") this.#solo.ring(message.runId);
  }

  async #gone(runner: RunnerProcess, exit: Exit, runIds: readonly string[]): Promise<void> {
    const { owner, dataFolder, machine, solo } = runner.start;
    if (runner.leaving) await afterStop(this.#aftermath, owner, runIds);
    else
      await afterDeath(this.#aftermath, {
        owner,
        outside: !runner.killed && fromOutside.has(exit.signal),
        machine,
        outOfMemory: (solo || machine !== undefined) && isOutOfMemory(exit),
      });
    for (const runId of runIds) await this.#ringIfDue(runId);
    await rm(runnerFolder(dataFolder, owner), { recursive: true, force: true });
  }

  /** It may have been given a run that it had not claimed. */
  async #ringIfDue(runId: string): Promise<void> {
    const run = await this.#deps.store.read(runId);
    const due = run?.wakeAt !== undefined && run.owner === undefined && run.wakeAt <= this.#deps.clock.now();
    if (due) this.ring(runId);
  }

  #follow(after: Promise<void>): void {
    const open = after
      .catch((error: unknown) => {
        this.#deps.log(`After a runner's end: ${error instanceof Error ? error.message : String(error)}`);
      })
      .finally(() => this.#open.delete(open));
    this.#open.add(open);
  }
}
