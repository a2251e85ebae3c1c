/**
 * Has finished runs replayed, one at a time, in a process of its own: what `holdfast dev` does with the time that is left.
 *
 * Owns:      which runs wait for it, and how much of the machine it takes.
 * Never:     keeps a run waiting: where more runs end than are looked at, some are left out.
 */
import { type PlayDeps, PlayProcess } from "../play-process.ts";
import type { Replayed, ToReplay } from "./messages.ts";
import { type ReplayReport, Tongue } from "./told.ts";

/** Runs that wait; the ends of more are passed over. */
const waitingMax = 20;
/** A run is left alone for so long first: others may be in need of the machine. */
const restMs = 100;
/** Crashes are rehearsed once no run has ended for so long. */
const quietMs = 3_000;
/** Of each task's code so many runs are rehearsed: each takes a process of its own. */
const rehearsalsMax = 2;
/** Between two replays there is a pause of so many times what the last one took. */
const pauseTimes = 4;

/** What the desk needs. */
export interface DeskDeps extends PlayDeps {
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
  readonly #process: PlayProcess<ToReplay, Replayed>;
  /** In a process in which crashes were rehearsed nothing is as it was at the start. */
  readonly #stage: PlayProcess<ToReplay, Replayed>;
  /** Replayed runs whose crashes are still to be rehearsed. */
  readonly #sound: Replayed[] = [];
  /** How many runs are or were among them, by task and code version. */
  readonly #rehearsals = new Map<string, number>();
  #isAtWork = false;
  /** When a run has ended last. */
  #endedAt = 0;
  #isClosed = false;
  /** Takes back what comes next: nothing of it is to keep a process that is told to stop. */
  #cancelNext = (): void => {};

  constructor(deps: DeskDeps) {
    this.#deps = deps;
    this.#process = new PlayProcess("replay-child", deps);
    this.#stage = new PlayProcess("replay-child", deps);
  }

  add(runId: string): void {
    this.#endedAt = this.#deps.clock.now();
    if (this.#isClosed || this.#waiting.size >= waitingMax) return;
    this.#waiting.add(runId);
    if (!this.#isAtWork) this.#later(restMs);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelNext();
    this.#process.end();
    this.#stage.end();
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
    if (runId !== undefined) return this.#replay(runId);
    const [sound] = this.#sound;
    this.#isAtWork = sound !== undefined;
    if (sound === undefined) return;
    const { clock } = this.#deps;
    const left = this.#endedAt + quietMs - clock.now();
    if (left > 0) return this.#later(left);
    this.#sound.shift();
    await this.#rehearse(sound);
    this.#later(restMs);
  }

  async #replay(runId: string): Promise<void> {
    this.#waiting.delete(runId);
    const { clock, codeVersion } = this.#deps;
    const begun = clock.now();
    // A run over which the process has died, or that was given up, says nothing.
    const outcome = await this.#process.ask({ runId, codeVersion: codeVersion() });
    if ("answer" in outcome) {
      this.#tell(outcome.answer);
      this.#expectRehearsal(outcome.answer);
    }
    this.#later(Math.max(restMs, pauseTimes * (clock.now() - begun)));
  }

  #tell(replayed: Replayed): void {
    const report = this.#tongue.reportOf(replayed);
    if (report !== undefined && !this.#isClosed) this.#deps.tell(report);
  }

  /** What is another run already when it is replayed says nothing of crashes. */
  #expectRehearsal(replayed: Replayed): void {
    const { verdict, task, codeVersion } = replayed;
    const name = `${codeVersion} ${task}`;
    const count = this.#rehearsals.get(name) ?? 0;
    if (count >= rehearsalsMax || (verdict.kind !== "same" && verdict.kind !== "stopped")) return;
    this.#rehearsals.set(name, count + 1);
    this.#sound.push(replayed);
  }

  async #rehearse({ runId, codeVersion }: Replayed): Promise<void> {
    const outcome = await this.#stage.ask({ runId, codeVersion, isRehearsal: true });
    this.#stage.end();
    if ("answer" in outcome) this.#tell(outcome.answer);
  }
}
