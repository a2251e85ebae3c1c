/**
 * The time in which a run is worked on: over all its passes, without what it waits for.
 *
 * Invariant: it stands still while the pass only sleeps, and `onLimit` is called once, when it has reached the limit.
 */
import type { Clock } from "./ports.ts";

export class ActiveTime {
  readonly #clock: Clock;
  readonly #limit: number | undefined;
  readonly #onLimit: () => void;
  #before: number;
  #since: number | undefined;
  #cancel: () => void = () => {};

  /** `before`: what earlier passes have used up. */
  constructor(clock: Clock, before: number, limit: number | undefined, onLimit: () => void) {
    this.#clock = clock;
    this.#before = before;
    this.#limit = limit;
    this.#onLimit = onLimit;
    this.rests(false);
  }

  /** Milliseconds so far. */
  get ms(): number {
    return this.#since === undefined ? this.#before : this.#before + this.#clock.now() - this.#since;
  }

  /** Does the pass only sleep from now on? */
  rests(isResting: boolean): void {
    if (isResting === (this.#since === undefined)) return;
    this.#cancel();
    this.#before = this.ms;
    this.#since = isResting ? undefined : this.#clock.now();
    if (isResting || this.#limit === undefined) return;
    this.#cancel = this.#clock.after(Math.max(0, this.#limit - this.#before), this.#onLimit);
  }

  /** The pass is over. */
  stop(): void {
    this.#cancel();
  }
}
