/**
 * A process of the simulated world: it has a clock of its own, can be killed, and can be frozen and thawed.
 *
 * Invariant: a process that is dead or frozen does nothing; what reaches it while it is frozen happens when it thaws.
 */
import type { Clock } from "../../../engine/ports.ts";
import type { VirtualTime } from "./time.ts";

export class Process {
  readonly name: string;
  readonly #time: VirtualTime;
  readonly #skewMs: number;
  isDead = false;
  #frozenUntil = 0;

  constructor(time: VirtualTime, name: string, skewMs = 0) {
    this.#time = time;
    this.name = name;
    this.#skewMs = skewMs;
  }

  get isFrozen(): boolean {
    return this.#frozenUntil > this.#time.now;
  }

  /** Another clock of this process: each pass has its own, so that it can be told from the others. */
  clock(): Clock {
    return {
      now: () => this.#time.now + this.#skewMs,
      after: (ms, fn) => this.later(ms, fn),
      turn: (fn) => void this.later(0, fn),
    };
  }

  /** Calls `fn` in this process after `ms`, if it is still there. */
  later(ms: number, fn: () => void): () => void {
    const due = (): void => {
      if (this.isDead) return;
      if (this.isFrozen) cancel = this.#time.at(this.#frozenUntil, due);
      else fn();
    };
    let cancel = this.#time.at(this.#time.now + Math.max(0, ms), due);
    return () => cancel();
  }

  kill(): void {
    this.isDead = true;
  }

  freeze(ms: number): void {
    this.#frozenUntil = this.#time.now + ms;
  }
}
