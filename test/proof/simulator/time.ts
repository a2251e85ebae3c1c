/**
 * Virtual time: a list of events, one after the other, and nothing else that moves.
 *
 * Invariant: events of one moment happen in the order in which they were made: the same seed gives the same trace.
 */

interface Event {
  readonly at: number;
  readonly fn: () => void;
  isTaken: boolean;
}

/** Waits until every promise that can settle has settled. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

export class VirtualTime {
  now = Date.UTC(2026, 0, 1);
  /** Events that have happened. */
  count = 0;
  /** What is to come, the next one last. */
  readonly #events: Event[] = [];

  /** Calls `fn` at that time, or now if it has passed; the returned function takes it back. */
  at(time: number, fn: () => void): () => void {
    const event = { at: Math.max(this.now, time), fn, isTaken: false };
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#events[middle]?.at ?? 0) > event.at) low = middle + 1;
      else high = middle;
    }
    this.#events.splice(low, 0, event);
    return () => {
      event.isTaken = true;
    };
  }

  /** Lets the next event happen, and all that follows from it at once. False: there is none. */
  async step(): Promise<boolean> {
    const event = this.#events.pop();
    if (event === undefined) return false;
    if (event.isTaken) return true;
    this.now = event.at;
    this.count++;
    event.fn();
    await settled();
    return true;
  }
}
