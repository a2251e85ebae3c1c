/** What a supervisor has started, to be ended in the opposite order. */

/** Everything that has to be ended, in the order in which it came; it ends in the opposite one. */
export class Parts {
  readonly hurry = new AbortController();
  readonly #ends: (() => Promise<void> | void)[] = [];
  #ended: Promise<void> | undefined;

  add(end: () => Promise<void> | void): void {
    this.#ends.push(end);
  }
  /** The second call waits for no pass any more. */
  end(): Promise<void> {
    if (this.#ended !== undefined) this.hurry.abort();
    this.#ended ??= this.#endAll();
    return this.#ended;
  }
  async #endAll(): Promise<void> {
    for (let end = this.#ends.pop(); end !== undefined; end = this.#ends.pop()) await end();
  }
}
