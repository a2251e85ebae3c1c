/**
 * The units that a cancel has settled.
 *
 * Owns:      which they are, and the order in which the program hears of it: by key, one per turn.
 * Invariant: what they still do is nobody's any more: it keeps no pass from leaving, though it may go on for ever.
 */
import type { Ask } from "./ask.ts";
import type { Execution } from "./execution.ts";

export class CutOff {
  readonly #asks = new Map<string, Ask>();
  readonly #rejecting: Ask[] = [];

  /** Settles these; gives them in their order. */
  settle(asks: readonly Ask[]): readonly Ask[] {
    const pending = [...asks].sort((a, b) => (a.key < b.key ? -1 : 1));
    for (const ask of pending) this.#asks.set(ask.key, ask);
    this.#rejecting.push(...pending);
    return pending;
  }

  has(key: string): boolean {
    return this.#asks.has(key);
  }

  /** The program has not heard of all of them yet. */
  get isOpen(): boolean {
    return this.#rejecting.length > 0;
  }

  /** The run was canceled or has used up its time, and all that goes on is what that has cut off: nobody waits for it. */
  isAllOf({ canceled, making, running, context }: Execution): boolean {
    if (canceled === undefined || making > 0 || this.isOpen || context.spilled.isReading) return false;
    return running === [...this.#asks.values()].filter(({ isCounted }) => isCounted).length;
  }

  /** The next one that the program is to hear of. */
  next(): Ask | undefined {
    return this.#rejecting.shift();
  }

  /** The pass is about to leave: nothing more is begun. */
  leave(execution: Execution): void {
    for (const ask of this.#asks.values()) execution.uncount(ask);
    execution.context.leave();
  }
}
