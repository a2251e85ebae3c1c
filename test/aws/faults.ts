/**
 * What may go wrong with a call, and when: before it was applied, or after, when only its reply is lost.
 *
 * Invariant: the same seed and the same calls give the same faults.
 */
import type { Action } from "./call.ts";

/** Something that goes wrong. */
export type Effect =
  /** The service says: too many. Nothing was applied. */
  | { readonly kind: "throttle" }
  /** The service fails with 500. */
  | { readonly kind: "fail"; readonly applied: boolean }
  /** The connection breaks and no reply comes. */
  | { readonly kind: "cut"; readonly applied: boolean }
  /** The calling process dies. */
  | { readonly kind: "kill"; readonly applied: boolean }
  /** SQS says that it has the message, and loses it. */
  | { readonly kind: "lose" }
  /** SQS takes the message twice. */
  | { readonly kind: "repeat" }
  /** The call takes so much longer. */
  | { readonly kind: "delay"; readonly ms: number };

/** A call as a fault sees it. */
export interface FaultView extends Action {
  /** Logical id of the calling function. */
  readonly caller: string;
}

/** Decides what goes wrong with a call, if anything does. */
export type Fault = (call: FaultView) => Effect | undefined;

/** Which calls are meant. */
export type Matcher = (call: FaultView) => boolean;

/** Calls of an action such as `PutItem`, whoever makes them. */
export const calls =
  (...names: readonly string[]): Matcher =>
  ({ name }) =>
    names.includes(name);

/** The nth call that is meant (from 1), once. */
export function nth(meant: Matcher, n: number, effect: Effect): Fault {
  let count = 0;
  return (call) => {
    if (!meant(call)) return undefined;
    count += 1;
    return count === n ? effect : undefined;
  };
}

/** Each nth call that is meant; the effects take turns. */
export function every(meant: Matcher, n: number, effects: readonly Effect[]): Fault {
  let count = 0;
  return (call) => {
    if (!meant(call)) return undefined;
    count += 1;
    return count % n === 0 ? effects[(count / n - 1) % effects.length] : undefined;
  };
}

/** A share of the calls that are meant, drawn from `random`. */
export const some =
  (meant: Matcher, share: number, effects: readonly Effect[], random: () => number): Fault =>
  (call) => {
    if (!meant(call) || random() >= share) return undefined;
    return effects[Math.floor(random() * effects.length)];
  };

/** The faults in force. */
export class Faults {
  #list: Fault[] = [];
  readonly counts = new Map<Effect["kind"], number>();

  /** Puts a fault in force; the returned function takes it back. */
  add(fault: Fault): () => void {
    this.#list.push(fault);
    return () => {
      this.#list = this.#list.filter((each) => each !== fault);
    };
  }

  /** No faults any more. */
  clear(): void {
    this.#list = [];
  }

  /** The effect for this call: that of the first fault that has one. Each fault sees each call. */
  effectOn(call: FaultView): Effect | undefined {
    const effect = this.#list.map((fault) => fault(call)).find((each) => each !== undefined);
    if (effect !== undefined) this.counts.set(effect.kind, (this.counts.get(effect.kind) ?? 0) + 1);
    return effect;
  }
}
