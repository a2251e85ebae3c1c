/**
 * Streams that ask a function of the author's, and go on when it answers: `done(null, chunk)`, `this.push(chunk)`.
 *
 * Owns:      within which call a stream has asked: what the answer makes it call belongs to that one, not to the answering.
 */
import { Stream } from "node:stream";
import type { Callable } from "./authored.ts";
import { CurrentRun } from "./current-run.ts";
import type { Execution } from "./execution.ts";

/** The answers of one execution. */
export class Answers {
  readonly #execution: Execution;
  /** By the stream, and by each function that it has given to answer with. */
  readonly #within = new WeakMap<object, CurrentRun>();

  constructor(execution: Execution) {
    this.#execution = execution;
  }

  /** Within a call somebody asks a function of the author's. */
  note(within: CurrentRun, asking: unknown, args: readonly unknown[]): void {
    if (!(asking instanceof Stream)) return;
    this.#within.set(asking, within);
    for (const arg of args) if (typeof arg === "function") this.#within.set(arg, within);
  }

  /** Is this call an answer? Gives the call within which it was asked for, if that still goes on. */
  within(fn: Callable, receiver: unknown): CurrentRun | undefined {
    const asked =
      this.#within.get(fn) ?? (receiver instanceof Stream ? this.#within.get(receiver) : undefined);
    const { key } = asked ?? {};
    if (key === undefined || !this.#execution.asked.has(key)) return undefined;
    return new CurrentRun(this.#execution, key, asked?.call);
  }
}
