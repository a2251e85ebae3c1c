/** Virtual time of the engine's world: it moves only when it is told to. */
import type { Clock } from "../../engine/ports.ts";

/** A clock, and its timers. */
export class VirtualClock implements Clock {
  #now = Date.UTC(2026, 0, 1);
  #timers: { at: number; order: number; fn: () => void }[] = [];
  #order = 0;
  activity = 0;

  now(): number {
    return this.#now;
  }

  after(ms: number, fn: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), order: this.#order++, fn };
    this.#timers.push(timer);
    this.activity++;
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  turn(fn: () => void): void {
    this.activity++;
    setImmediate(fn);
  }

  /** Code that computes for so long: no timer goes off meanwhile. */
  spend(ms: number): void {
    this.#now += ms;
  }

  /** Moves to the next timer; false: there is none before `limit`. */
  advance(limit: number): boolean {
    const next = this.#timers.sort((a, b) => a.at - b.at || a.order - b.order)[0];
    if (next === undefined || next.at > limit) return false;
    this.#timers.shift();
    this.#now = Math.max(this.#now, next.at);
    next.fn();
    return true;
  }
}
