/**
 * Has finished runs replayed, one at a time, in a process of its own: what `holdfast dev` does with the time that is left.
 *
 * Owns:      which runs wait for it, the process, and how much of the machine it takes.
 * Never:     keeps a run waiting: where more runs end than are looked at, some are left out.
 * Invariant: a replay that hangs or dies takes its process with it, and nothing else.
 */
import { type ChildProcess, fork } from "node:child_process";
import type { Clock } from "../../engine/ports.ts";
import type { Environment } from "../config.ts";
import { entryFile } from "../entry-file.ts";
import { endGroup, hasGroups } from "../process-group.ts";
import type { Replayed, ToReplay } from "./messages.ts";
import { type ReplayReport, Tongue } from "./told.ts";

/** Runs that wait; the ends of more are passed over. */
const waitingMax = 20;
/** A run is left alone for so long first: others may be in need of the machine. */
const restMs = 100;
/** Between two replays there is a pause of so many times what the last one took. */
const pauseTimes = 4;
/** A replay that takes longer is given up. */
const patienceMs = 30_000;
/** The process ends when it has had nothing to do for so long, or after so many replays: they leave things behind. */
const idleMs = 20_000;
const replaysMax = 200;
const heapMb = 512;

/** What the desk needs. */
export interface DeskDeps {
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly env: Environment;
  readonly codeVersion: () => string;
  readonly tell: (report: ReplayReport) => void;
}

/** Where finished runs are handed in. */
export interface ReplayDesk {
  /** A run has ended. */
  finished(runId: string): void;
  close(): void;
}

/** Opens the desk. The process is started when the first run has ended. */
export function replayDesk(deps: DeskDeps): ReplayDesk {
  const desk = new Desk(deps);
  return { finished: (runId) => desk.add(runId), close: () => desk.close() };
}

class Desk {
  readonly #deps: DeskDeps;
  readonly #tongue = new Tongue();
  readonly #waiting = new Set<string>();
  #child: ChildProcess | undefined;
  #replays = 0;
  #isAtWork = false;
  #isClosed = false;
  /** Takes back what comes next: nothing of it is to keep a process that is told to stop. */
  #cancelNext = (): void => {};

  constructor(deps: DeskDeps) {
    this.#deps = deps;
  }

  add(runId: string): void {
    if (this.#isClosed || this.#waiting.size >= waitingMax) return;
    this.#waiting.add(runId);
    if (!this.#isAtWork) this.#later(restMs);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelNext();
    this.#endChild();
  }

  #later(ms: number): void {
    this.#isAtWork = true;
    this.#then(ms, () => void this.#next());
  }

  #then(ms: number, next: () => void): void {
    this.#cancelNext();
    if (!this.#isClosed) this.#cancelNext = this.#deps.clock.after(ms, next);
  }

  async #next(): Promise<void> {
    const [runId] = this.#waiting;
    this.#isAtWork = runId !== undefined;
    if (runId === undefined) return this.#then(idleMs, () => this.#endChild());
    this.#waiting.delete(runId);
    const { clock, tell } = this.#deps;
    const begun = clock.now();
    const replayed = await this.#replayed(runId);
    const report = replayed && this.#tongue.reportOf(replayed);
    if (report !== undefined && !this.#isClosed) tell(report);
    this.#later(Math.max(restMs, pauseTimes * (clock.now() - begun)));
  }

  /** Undefined where the process has died over it, or was given up. */
  #replayed(runId: string): Promise<Replayed | undefined> {
    const child = this.#childAtWork();
    return new Promise((resolve) => {
      const done = (replayed?: unknown): void => {
        cancel();
        child.removeAllListeners("message");
        child.removeListener("exit", gone);
        if (replayed === undefined || ++this.#replays >= replaysMax) this.#endChild();
        resolve(replayed as Replayed | undefined);
      };
      const gone = (): void => done();
      const cancel = this.#deps.clock.after(patienceMs, gone);
      child.once("message", done);
      child.once("exit", gone);
      const check = { runId, codeVersion: this.#deps.codeVersion() };
      child.send({ check } satisfies ToReplay, () => {});
    });
  }

  #childAtWork(): ChildProcess {
    if (this.#child !== undefined) return this.#child;
    const child = fork(entryFile("replay-child"), {
      env: { ...this.#deps.env },
      execArgv: ["--enable-source-maps", `--max-old-space-size=${heapMb}`],
      // The lines of a run were printed when it did what they tell.
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      detached: hasGroups,
    });
    child.on("error", () => {});
    child.once("exit", () => {
      if (this.#child === child) this.#child = undefined;
    });
    child.send({ start: { dataFolder: this.#deps.dataFolder } } satisfies ToReplay, () => {});
    this.#child = child;
    this.#replays = 0;
    return child;
  }

  #endChild(): void {
    const pid = this.#child?.pid;
    this.#child = undefined;
    if (pid !== undefined) endGroup(pid);
  }
}
