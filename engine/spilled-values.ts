/**
 * The large values of a run's records, read from the spill when their record is about to be delivered.
 *
 * Owns:      what has been read in this pass.
 * Invariant: a value is read at most once in a pass, and only if the program asks for it.
 */
import type { Spill } from "./ports.ts";
import type { Stored } from "./run.ts";

export class SpilledValues {
  readonly #spill: Spill;
  readonly #arrived: () => void;
  readonly #failed: (error: unknown) => void;
  readonly #texts = new Map<string, string>();
  readonly #reading = new Set<string>();

  constructor(spill: Spill, arrived: () => void, failed: (error: unknown) => void) {
    this.#spill = spill;
    this.#arrived = arrived;
    this.#failed = failed;
  }

  get isReading(): boolean {
    return this.#reading.size > 0;
  }

  /** Is the text at hand? If not, it is being read from now on. */
  has(stored: Stored): boolean {
    if ("inline" in stored || this.#texts.has(stored.ref)) return true;
    const { ref } = stored;
    if (this.#reading.has(ref)) return false;
    this.#reading.add(ref);
    this.#spill.get(ref).then(
      (text) => {
        this.#texts.set(ref, text);
        this.#reading.delete(ref);
        this.#arrived();
      },
      (error: unknown) => this.#failed(error),
    );
    return false;
  }

  /** The text of a value that is at hand. */
  textOf(stored: Stored): string {
    return "inline" in stored ? stored.inline : (this.#texts.get(stored.ref) ?? "");
  }
}
