/**
 * Looks on while a run is made again behind a crash: all calls are made for real, in a world that is closed.
 *
 * Owns:      which call it was that reached out of the process, or took too long to be one in memory.
 * Invariant: once it is over nothing more is made, and the program gets no answer.
 */
import type { Ask } from "../../engine/ask.ts";
import { unanswered } from "../../engine/onlooker.ts";
import type { Place } from "../../engine/record.ts";
import type { LiveCall, Watch } from "../../engine/watch.ts";
import { insideCall, type MadeCall } from "./package-stores.ts";

/** What a call in memory takes at most: of a longer one the record is taken. */
const memoryCallMs = 1_000;

/** Why it was over before the program's end. */
export type Interruption =
  /**
   * The call has reached out of the process, or is known to and has no record; undefined: code that is no call's. `isLate`: it
   * counts as that, since it took too long to be one in memory.
   */
  | { readonly reached: MadeCall | undefined; readonly isLate?: true }
  /** The call with this key has put a store around the author's function, and it is not there. */
  | { readonly withoutStore: string }
  /** The call that was looked at has come to its end, and has not reached out of the process. */
  | { readonly stayed: true };

export class RehearsalWatch implements Watch {
  /** Rises with what happens. */
  moves = 0;
  #isOver = false;
  #asked: Ask[] = [];
  readonly #callMs: number;
  readonly #reaches: (key: string) => boolean;
  readonly #lookedAt: string | undefined;
  readonly #over: (interruption: Interruption) => void;

  /**
   * `reaches`: is the call known to reach out? `lookedAt`: the key of one that is made all the same. `callMs`: what a call in memory
   * may take, a second by default.
   */
  constructor(
    reaches: (key: string) => boolean,
    lookedAt: string | undefined,
    over: (interruption: Interruption) => void,
    callMs = memoryCallMs,
  ) {
    this.#callMs = callMs;
    this.#reaches = reaches;
    this.#lookedAt = lookedAt;
    this.#over = over;
  }

  /** Something of the world that is closed was called. */
  reached(): void {
    this.#end({ reached: insideCall.get() });
  }

  /** A store of a package's is missing where the call with this key has put it. */
  withoutStore(key: string): void {
    this.#end({ withoutStore: key });
  }

  /** The await that has no answer yet: the last one of several. */
  get waitsAt(): Place | undefined {
    return this.#asked.findLast(({ settled }) => !settled)?.options.place;
  }

  asked(ask: Ask): void {
    this.moves++;
    this.#asked = [...this.#asked.filter(({ settled }) => !settled), ask];
    const { key, options, frame } = ask;
    if (key === this.#lookedAt || !this.#reaches(key) || frame.execution.journal.knows(key)) return;
    this.#end({ reached: { key, place: options.place } });
  }

  around({ key, place }: LiveCall, make: () => unknown): unknown {
    return this.#isOver ? unanswered() : insideCall.run({ key, place }, make);
  }

  async settles({ key, options }: Ask, attempt: Promise<unknown>): Promise<unknown> {
    const reached = { key, place: options.place };
    const late = setTimeout(() => this.#end({ reached, isLate: true }), this.#callMs);
    try {
      return await attempt;
    } finally {
      clearTimeout(late);
      if (key === this.#lookedAt) this.#end({ stayed: true });
      // What a world that is closed has done to the call is no answer.
      if (this.#isOver) await unanswered();
    }
  }

  #end(interruption: Interruption): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#over(interruption);
  }
}
