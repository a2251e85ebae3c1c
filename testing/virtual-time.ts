/** The clock of a run under test: it moves only when nothing else can. */
import type { Clock } from "../engine/ports.ts";

interface Alarm {
  readonly at: number;
  readonly order: number;
  readonly fn: () => void;
}

/** Time that is moved on by hand. */
export class VirtualTime implements Clock {
  #now: number;
  #order = 0;
  readonly #alarms = new Set<Alarm>();
  /** Rises with all that happens. */
  activity = 0;

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, fn: () => void): () => void {
    const alarm = { at: this.#now + Math.max(0, ms), order: this.#order++, fn };
    this.#alarms.add(alarm);
    this.activity++;
    return () => void this.#alarms.delete(alarm);
  }

  turn(fn: () => void): void {
    this.activity++;
    setImmediate(fn);
  }

  /** When the next alarm goes off; undefined: there is none. */
  get next(): number | undefined {
    return this.#first()?.at;
  }

  #first(): Alarm | undefined {
    let first: Alarm | undefined;
    for (const alarm of this.#alarms)
      if (first === undefined || alarm.at < first.at || (alarm.at === first.at && alarm.order < first.order))
        first = alarm;
    return first;
  }

  /** Moves on to the next alarm. */
  advance(): void {
    const first = this.#first();
    if (first === undefined) return;
    this.#alarms.delete(first);
    this.moveTo(first.at);
    this.activity++;
    first.fn();
  }

  /** Moves on to a time, not back. */
  moveTo(at: number): void {
    this.#now = Math.max(this.#now, at);
  }
}
