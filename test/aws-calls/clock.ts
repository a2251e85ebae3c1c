/**
 * Time for processes that are played in this one: it stands still while anything is under way.
 *
 * Invariant: alarms go off in order of their time, those of one time in the order in which they were set.
 */
import type { Clock } from "../../engine/ports.ts";

interface Alarm {
  readonly at: number;
  readonly fn: () => void;
}

/** A clock that goes on when it is told to. */
export class PlayedClock implements Clock {
  /** Raised with all that happens by this clock: as long as it moves, something is under way. */
  activity = 0;
  #now = Date.UTC(2026, 0, 1);
  #alarms: Alarm[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, fn: () => void): () => void {
    const alarm = { at: this.#now + Math.max(0, ms), fn };
    const place = this.#alarms.findLastIndex(({ at }) => at <= alarm.at);
    this.#alarms.splice(place + 1, 0, alarm);
    this.activity++;
    return () => {
      this.#alarms = this.#alarms.filter((each) => each !== alarm);
    };
  }

  turn(fn: () => void): void {
    this.activity++;
    setImmediate(fn);
  }

  /** Goes on to the next alarm; false: there is none. */
  advance(): boolean {
    const next = this.#alarms.shift();
    if (next === undefined) return false;
    this.#now = Math.max(this.#now, next.at);
    this.activity++;
    next.fn();
    return true;
  }

  /** Goes on by so much while nobody is at work. */
  skip(ms: number): void {
    if (this.#alarms.length > 0) throw new Error("Somebody waits for a time that would be skipped.");
    this.#now += ms;
  }

  /** Forgets every alarm: what was under way belongs to the past. */
  clear(): void {
    this.#alarms = [];
  }
}
