/**
 * What the watches have in common that play a journal without doing anything, and how such a play comes to its end.
 *
 * Owns:      where a play has stopped, its time, and when it has come to rest.
 * Invariant: O1 once a play has stopped nothing more is made: the program only gets no answer. O2 once its clock is stopped
 *            nothing of it happens any more.
 */
import type { Ask } from "./ask.ts";
import type { Clock } from "./ports.ts";
import type { Place } from "./record.ts";
import type { LiveCall, Watch } from "./watch.ts";

/** Where a play came to what it does not do, and why it does not. */
export interface Stopped {
  readonly place: Place;
  readonly because: string;
  /** It was told a little later: what was seen since may come of it. */
  readonly isLate?: true;
}

/** Stops a play that came to what is not to be done. */
export interface Stopping {
  /** The call that goes on, or the code between two awaits, was kept from it. */
  stop(because: string): void;
  /** A call was kept from it by the system, which says so only some turns later: that call has thrown. */
  stopBehind(because: string): void;
}

/** Gives no answer, ever. */
export const unanswered = (): Promise<never> => new Promise(() => {});

/** What code is that no call makes. */
const between: Place = { name: "the code between two awaits", at: "" };

export abstract class Onlooker implements Watch, Stopping {
  stopped: Stopped | undefined;
  readonly #onStop: () => void;
  #calling: Place | undefined;
  /** The last call of those that each pass makes that has thrown by itself. */
  #thrown: { readonly error: unknown; readonly place: Place } | undefined;

  constructor(onStop: () => void) {
    this.#onStop = onStop;
  }

  abstract asked(ask: Ask): void;
  abstract around(call: LiveCall, make: () => unknown): unknown;

  settles(_ask: Ask, attempt: Promise<unknown>): Promise<unknown> {
    return attempt;
  }

  /** Nothing is asked for, made or delivered any more. `place`: by default the call that is being made in each pass. */
  stop(because: string, place: Place = this.#calling ?? between): void {
    if (this.stopped !== undefined) return;
    this.stopped = { place, because };
    this.#onStop();
  }

  stopBehind(because: string): void {
    if (this.stopped?.isLate) return;
    this.stopped = { place: this.#thrown?.place ?? between, because, isLate: true };
    this.#onStop();
  }

  /** Makes a call that each pass makes, in a world that is closed. */
  protected calling(place: Place, make: () => unknown): unknown {
    const before = this.#calling;
    this.#calling = place;
    try {
      return make();
    } catch (error) {
      if (this.#thrown?.error !== error) this.#thrown = { error, place };
      throw error;
    } finally {
      this.#calling = before;
    }
  }
}

/** A clock whose time ends with the play. */
export class PlayClock implements Clock {
  readonly #clock: Clock;
  isStopped = false;
  /** Rises with what happens. */
  turns = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  after(ms: number, fn: () => void): () => void {
    return this.#clock.after(ms, () => this.isStopped || fn());
  }

  turn(fn: () => void): void {
    this.turns++;
    this.#clock.turn(() => this.isStopped || fn());
  }
}

/** What the system tells of is known after so many turns of the event loop. */
const turnsOfNews = 5;

/** Resolves when what the system had to say of what was done so far has been said. */
export async function newsOfSystem(real: Clock): Promise<void> {
  for (let turn = 0; turn < turnsOfNews; turn++) await new Promise<void>((resolve) => real.turn(resolve));
}

/** How often it is looked whether anything still moves. */
const lookMs = 20;

/** Resolves when the play has come to rest: for `ms` of real time nothing has happened. `asked`: how much was asked for so far. */
export async function resting(clock: PlayClock, asked: () => number, real: Clock, ms: number): Promise<void> {
  const moves = (): number => clock.turns + asked();
  let seen = moves();
  for (let still = 0; still < ms && !clock.isStopped; still += lookMs) {
    await new Promise<void>((resolve) => void real.after(lookMs, resolve));
    if (moves() === seen) continue;
    seen = moves();
    still = 0;
  }
}
