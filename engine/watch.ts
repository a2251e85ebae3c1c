/**
 * Who looks on while a pass works: `holdfast/testing` counts the calls that are made for real, and lets the process die at
 * one of them.
 *
 * Invariant: without a watch nothing of this costs anything.
 */
import type { Ask } from "./ask.ts";
import type { Callable } from "./authored.ts";
import type { Place } from "./record.ts";
import type { Making } from "./unit-making.ts";

/** A call that is about to be made for real. */
export interface LiveCall {
  readonly key: string;
  /** How often the author's code has rejected its record. */
  readonly gen: number;
  readonly place: Place;
  /** It is known to be a unit's; of another nobody knows before it has returned. */
  readonly isUnit: boolean;
  /** More calls follow in the chain that it begins. */
  readonly hasTail?: boolean;
  /** Its value is awaited right there. */
  readonly isAwaited: boolean;
  /** A recorded call that moves a handle on: it is made again with its handle. */
  readonly isMoving: boolean;
  /** Somebody else's function; absent where Holdfast itself makes the call. */
  readonly fn?: Callable;
}

/** The pass only looks ahead: it is told to leave before it begins, and what it would do for real is not done. */
export interface Ahead {
  /** May this ask go on, though nothing is begun: because all that it does is in the run's own store? */
  begins(ask: Ask): boolean;
  /** The program has used a live value, in whose place nothing but a name stands. */
  usedLive(place: Place): void;
}

export interface Watch {
  /** Absent where what is asked for is done. */
  readonly ahead?: Ahead;
  /** The world around the process is closed: what may be a plain call is made, though the pass begins no unit. */
  readonly isClosed?: true;
  /** The program has asked for a unit. */
  asked(ask: Ask): void;
  /** Makes the call, if the process lives on. */
  around(call: LiveCall, make: () => unknown): unknown;
  /** A try of the unit is under way: gives what the engine is to wait for instead. */
  settles(ask: Ask, attempt: Promise<unknown>): Promise<unknown>;
}

/** Makes a try of a unit, under the eyes of the watch if there is one. */
export function watchedTry({ key, gen, frame }: Ask, { invoke, isPerformed, place }: Making): unknown {
  const { watch } = frame.execution.context.ports;
  if (watch === undefined || isPerformed) return invoke();
  return watch.around({ key, gen, place, isUnit: true, isAwaited: true, isMoving: false }, invoke);
}

/** What the engine waits for once a try is under way. */
export function watchedOutcome(ask: Ask, attempt: Promise<unknown>): Promise<unknown> {
  const { watch } = ask.frame.execution.context.ports;
  return watch === undefined ? attempt : watch.settles(ask, attempt);
}

/** Where the pass only looks ahead: who says what may go on. */
export const aheadOf = ({ frame }: Ask): Ahead | undefined => frame.execution.context.ports.watch?.ahead;
