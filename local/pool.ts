/**
 * A pool of runners behind a bell: started when they are needed, replaced when they end.
 *
 * Owns:      which runners there are, and when one has hung or has served its time.
 * Never:     writes to the store: what becomes of a dead runner's runs is `aftermath.ts`.
 */

import { HoldfastError } from "../engine/errors.ts";
import { type MachineName, memoryMb } from "../engine/machines.ts";
import type { Chance, Clock, Store } from "../engine/ports.ts";
import { Bell } from "./bell.ts";
import type { LocalConfig } from "./config.ts";
import { type Lasting, lasting } from "./lasting.ts";
import type { ToSupervisor } from "./messages.ts";
import { type Exit, newOwner, RunnerProcess } from "./runner-process.ts";
import type { Spares } from "./spares.ts";
import { hasMoved } from "./suspects.ts";

const pingEveryMs = 1_000;
/** How often a run that works alone is asked whether it has moved. */
const lookEveryMs = 250;
/** The longest that code may keep its process from answering, where there is no `maxDuration`: as in AWS. */
const longestMs = 15 * 60_000;
const firstPauseMs = 100;
const longestPauseMs = 5_000;
/** So many runs of a runner at a time, for so long, are worth the start of one more: until then the start would cost more than it gives. */
const manyRuns = 8;
const manyForMs = 2_000;
/** Runners that may end before they are ready, in a row, while the supervisor starts. */
const startsMax = 3;

/** What a pool needs. */
export interface PoolDeps {
  readonly config: LocalConfig;
  readonly spares: Spares;
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly store: Pick<Store, "read" | "journal">;
  readonly codeVersion: () => string;
  readonly maxDurationMs: (task: string) => number | undefined;
  /** Everything that a runner says and that is not about rings and their answers. */
  readonly hear: (message: ToSupervisor) => void;
  /** A runner is gone; `runIds` are those that it was given. */
  readonly gone: (runner: RunnerProcess, exit: Exit, runIds: readonly string[]) => void;
  readonly log: (line: string) => void;
}

/** What sort of pool it is. */
export interface PoolShape {
  /** The most runners. It begins with one, and those that came with many runs stay until the code changes. */
  readonly size: number;
  /** Runs that a runner works on at a time. */
  readonly capacity: number;
  /** One run at a time in each runner, and runners only while there are any. */
  readonly onDemand?: true;
  /** For suspects. */
  readonly solo?: true;
  readonly machine?: MachineName;
}

/** A pool of runners. */
export class Pool {
  readonly bell: Bell;
  readonly #deps: PoolDeps;
  readonly #shape: PoolShape;
  readonly #runners = new Set<RunnerProcess>();
  readonly #retired = new Set<RunnerProcess>();
  #started = 0;
  #failures = 0;
  #wanted = 1;
  /** Those that are not ready yet. */
  #starting = 0;
  #stopped = false;
  #ready: { done: () => void; failed: (error: HoldfastError) => void } | undefined;
  #cancelWatch = (): void => {};
  readonly #many: Lasting;

  constructor(deps: PoolDeps, shape: PoolShape) {
    this.#deps = deps;
    this.#shape = shape;
    const { clock } = deps;
    this.bell = new Bell({ clock, capacity: shape.capacity, short: () => this.#grow() });
    this.#many = lasting(clock, manyForMs, () => this.#grow());
  }

  /** Starts the runners; resolves when the first one is ready, rejects with how the third in a row ended before. */
  start(): Promise<void> {
    this.#watch();
    if (this.#shape.onDemand) return Promise.resolve();
    return new Promise((done, failed) => {
      this.#ready = { done, failed };
      this.#fill();
    });
  }

  ring(runId: string): void {
    this.bell.ring(runId);
    if (this.#shape.onDemand) this.#fill();
    else this.#lookAtLoad();
  }

  /** New runs are on other code: the runners make way for fresh ones, so that old code does not pile up in memory. */
  newCode(codeVersion: string): void {
    for (const runner of this.#runners) {
      // One change after another while passes of an older one are still at work: not a process more for each.
      if (this.#retired.size >= this.#shape.size) runner.newCode(codeVersion);
      else this.#retire(runner);
    }
    this.#wanted = 1;
    if (!this.#shape.onDemand) this.#fill();
  }

  /** Lets passes end for `graceMs` or until `hurry` aborts, then ends the rest. */
  async stop(graceMs: number, hurry: AbortSignal): Promise<void> {
    this.#stopped = true;
    this.#cancelWatch();
    this.#many.see(false);
    const all = [...this.#runners];
    for (const runner of all) runner.stop();
    const killAll = (): void => {
      for (const runner of all) runner.kill();
    };
    const cancel = this.#deps.clock.after(graceMs, killAll);
    hurry.addEventListener("abort", killAll, { once: true });
    if (hurry.aborted) killAll();
    await Promise.all(all.map((runner) => runner.exited));
    cancel();
  }

  #lookAtLoad(): void {
    const canGrow = this.#wanted < this.#shape.size && !this.#stopped;
    this.#many.see(canGrow && this.bell.load() > manyRuns * this.#wanted);
  }

  /** Starts one more, unless one is on its way. */
  #grow(): void {
    if (this.#starting > 0 || this.#shape.onDemand) return;
    this.#wanted = Math.min(this.#shape.size, this.#wanted + 1);
    this.#lookAtLoad();
    this.#fill();
  }

  #fill(): void {
    const { onDemand, size } = this.#shape;
    const wanted = onDemand ? Math.min(size, this.bell.load()) : this.#wanted;
    while (!this.#stopped && this.#runners.size - this.#retired.size < wanted) this.#spawn();
  }

  #spawn(): void {
    const { clock, chance, config, dataFolder, codeVersion, spares } = this.#deps;
    this.#started += 1;
    this.#starting += 1;
    const owner = newOwner(this.#started, clock, chance);
    const start = {
      owner,
      dataFolder,
      codeVersion: codeVersion(),
      solo: this.#shape.solo === true,
      machine: this.#shape.machine,
      traces: config.traces,
    };
    let ready = false;
    const { machine } = start;
    const child = spares.runner(machine === undefined ? undefined : memoryMb(machine));
    const runner = new RunnerProcess(start, child, clock, (message) => {
      if (message.kind === "ready") {
        ready = true;
        this.#starting -= 1;
        this.#isReady(runner);
      } else this.#hear(runner, message);
    });
    this.#runners.add(runner);
    void runner.exited.then((exit) => this.#gone(runner, exit, ready));
  }

  #isReady(runner: RunnerProcess): void {
    this.#failures = 0;
    if (!runner.leaving) this.bell.seat(runner);
    // Another one may have done meanwhile what it was started for.
    this.#dismiss(runner);
    this.#ready?.done();
  }

  #hear(runner: RunnerProcess, message: ToSupervisor): void {
    if (message.kind === "taken") this.bell.taken(runner, message.runId);
    else if (message.kind === "rests" && !this.#shape.onDemand)
      this.bell.makeRoomBeside(message.runId, message.isResting);
    else if (message.kind === "ended") {
      this.bell.ended(runner, message.runId);
      this.#lookAtLoad();
      this.#dismiss(runner);
    }
    this.#deps.hear(message);
  }

  #gone(runner: RunnerProcess, exit: Exit, wasReady: boolean): void {
    this.#runners.delete(runner);
    this.#retired.delete(runner);
    const runIds = this.bell.unseat(runner);
    if (!wasReady) {
      this.#failures += 1;
      this.#starting -= 1;
    }
    if (this.#failures >= startsMax) this.#ready?.failed(neverStarted(this.#failures, exit));
    if (!this.#stopped && !runner.leaving)
      this.#deps.log(`Runner ${runner.pid ?? ""} ended: ${ending(exit)}.`);
    this.#deps.gone(runner, exit, runIds);
    const pause = wasReady ? 0 : Math.min(longestPauseMs, firstPauseMs * 2 ** (this.#failures - 1));
    if (pause === 0) this.#fill();
    else this.#deps.clock.after(pause, () => this.#fill());
  }

  #retire(runner: RunnerProcess): void {
    if (this.#retired.has(runner)) return;
    this.#retired.add(runner);
    this.bell.retire(runner);
    this.#dismiss(runner);
  }

  /** Sends a retired runner home once it has nothing to do; one that is there on demand as soon as there is none. */
  #dismiss(runner: RunnerProcess): void {
    const served = this.#retired.has(runner) && !this.bell.isBusy(runner);
    if (served) runner.stop();
    else if (this.#shape.onDemand && !this.bell.isBusy(runner)) this.#retire(runner);
  }

  #watch(): void {
    let turns = 0;
    const again = (): void => {
      this.#cancelWatch = this.#deps.clock.after(lookEveryMs, () => void look());
    };
    const look = async (): Promise<void> => {
      turns += 1;
      try {
        if (this.#shape.solo) await this.#clearSuspects();
        if (turns % (pingEveryMs / lookEveryMs) === 0) await this.#endHung();
      } catch (error) {
        this.#deps.log(
          `The runners could not be looked after. ${error instanceof Error ? error.message : error}`,
        );
      }
      if (!this.#stopped) again();
    };
    again();
  }

  async #clearSuspects(): Promise<void> {
    for (const runner of this.#runners) {
      for (const { runId } of this.bell.at(runner)) {
        const run = await this.#deps.store.read(runId);
        if (run !== undefined && (await hasMoved(this.#deps.store, run))) this.bell.makeRoomBeside(runId);
      }
    }
  }

  async #endHung(): Promise<void> {
    for (const runner of this.#runners) {
      if (runner.silentForMs() < this.#deps.config.patienceMs) runner.ping();
      else if (await this.#isOverdue(runner)) {
        this.#deps.log(
          `Killing runner ${runner.pid ?? ""}: it does not answer, and a run of it is past its time.`,
        );
        runner.kill();
      }
    }
  }

  async #isOverdue(runner: RunnerProcess): Promise<boolean> {
    for (const { runId, since } of this.bell.at(runner)) {
      const run = await this.#deps.store.read(runId);
      if (run?.owner !== runner.start.owner) continue;
      const limitMs = run.maxDurationMs ?? this.#deps.maxDurationMs(run.task) ?? longestMs;
      if (run.activeMs + this.#deps.clock.now() - since > limitMs + this.#deps.config.patienceMs) return true;
    }
    return false;
  }
}

const ending = ({ code, signal }: Exit): string => (signal === null ? `exit code ${code}` : signal);

function neverStarted(times: number, exit: Exit): HoldfastError {
  const what = `The runners ended ${times} times while they started, the last one with ${ending(exit)}.`;
  return new HoldfastError(
    "HF410",
    what,
    "Look at what they printed above this line, and at `holdfast doctor`.",
  );
}
