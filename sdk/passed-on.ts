/**
 * Chunks as they come, for who goes through them at a time of his own.
 */

/** Keeps what comes until it is gone through, once. */
export class PassedOn<T> {
  readonly #chunks: T[] = [];
  #wake = (): void => {};
  #isOver = false;
  #error: unknown;

  add(chunks: readonly T[]): void {
    this.#chunks.push(...chunks);
    this.#wake();
  }

  /** Nothing comes any more. `error`: why. */
  end(error?: unknown): void {
    this.#isOver = true;
    this.#error = error;
    this.#wake();
  }

  async *through(): AsyncGenerator<T> {
    for (let at = 0; ; at++) {
      while (at >= this.#chunks.length && !this.#isOver) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      if (at >= this.#chunks.length) break;
      yield this.#chunks[at] as T;
    }
    if (this.#error !== undefined) throw this.#error;
  }
}
