/**
 * All runners of a supervisor: those for everybody, and those for runs that have to be alone.
 *
 * Owns:      which of the two a ring goes to, and what follows when a runner is gone.
 */
import { rm } from "node:fs/promises";
import type { Doorbell, ProcessLeases, Store } from "../engine/ports.ts";
import type { PassFigures } from "../functions/figures.ts";
import { type AftermathDeps, afterDeath, afterStop } from "./aftermath.ts";
import { runnerFolder } from "./data-folder.ts";
import type { ToSupervisor } from "./messages.ts";
import { Pool, type PoolDeps } from "./pool.ts";
import type { Exit, RunnerProcess } from "./runner-process.ts";
import { DeathCount } from "./suspects.ts";

/** What the runners need. */
export interface RunnersDeps extends Omit<PoolDeps, "hear" | "gone"> {
  readonly store: Store & ProcessLeases;
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
  readonly #aftermath: AftermathDeps;
  /** What follows the ends of runners and is not over. */
  readonly #open = new Set<Promise<void>>();

  constructor(deps: RunnersDeps) {
    this.#deps = deps;
    const poolDeps: PoolDeps = {
      ...deps,
      hear: (message) => this.#hear(message),
      gone: (runner, exit, runIds) => this.#follow(this.#gone(runner, exit, runIds)),
    };
    const { runners, passesPerRunner } = deps.config;
    this.#pool = new Pool(poolDeps, { size: runners, capacity: passesPerRunner, solo: false });
    this.#solo = new Pool(poolDeps, { size: 1, capacity: 1, solo: true });
    this.#aftermath = {
      ...deps,
      deaths: new DeathCount(),
      ring: (runId) => this.ring(runId),
      ringAlone: (runId) => this.#solo.ring(runId),
    };
  }

  /** Frees what dead processes hold and starts the runners; resolves when one is ready. */
  async start(): Promise<void> {
    for (const owner of await this.#deps.store.owners()) {
      // How they ended nobody saw: with the machine, or by somebody's hand.
      await afterDeath(this.#aftermath, { owner, outside: true });
    }
    await Promise.all([this.#pool.start(), this.#solo.start()]);
  }

  ring(runId: string): void {
    const pool = this.#solo.bell.has(runId) ? this.#solo : this.#pool;
    pool.ring(runId);
  }

  /** The timer's ring. */
  remind(runId: string): void {
    const pool = this.#solo.bell.has(runId) ? this.#solo : this.#pool;
    pool.bell.remind(runId);
  }

  /** How many rings wait; undefined when no more fit in. */
  queued(): number | undefined {
    const alone = this.#solo.bell.queued() ?? 0;
    const others = this.#pool.bell.queued();
    return others === undefined ? undefined : others + alone;
  }

  /** New runs are on this code. */
  newCode(codeVersion: string): void {
    this.#pool.newCode(codeVersion);
    this.#solo.newCode(codeVersion);
  }

  /** Lets passes end for `graceMs`, or until `hurry` aborts, and frees what is cut off. */
  async stop(graceMs: number, hurry: AbortSignal): Promise<void> {
    await Promise.all([this.#pool.stop(graceMs, hurry), this.#solo.stop(graceMs, hurry)]);
    await Promise.all(this.#open);
  }

  #hear(message: ToSupervisor): void {
    if (message.kind === "ring") this.ring(message.runId);
    else if (message.kind === "wake") this.#deps.expect(message.at);
    else if (message.kind === "passed") this.#deps.passed(message.figures);
    else if (message.kind === "finished") this.#deps.finished(message.runId);
    else if (message.kind === "ended" && message.outcome === "alone") this.#solo.ring(message.runId);
  }

  async #gone(runner: RunnerProcess, exit: Exit, runIds: readonly string[]): Promise<void> {
    const { owner, dataFolder } = runner.start;
    if (runner.leaving) await afterStop(this.#aftermath, owner, runIds);
    else
      await afterDeath(this.#aftermath, { owner, outside: !runner.killed && fromOutside.has(exit.signal) });
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
