/**
 * Rejections of a run's promises that nobody listens to, yet.
 *
 * Invariant: one that is still here when `run` has settled fails the run, never the process.
 */
export class Floating {
  readonly #rejected = new Map<Promise<unknown>, unknown>();

  /** A promise rejected and nobody listens. */
  add(promise: Promise<unknown>, reason: unknown): void {
    this.#rejected.set(promise, reason);
  }

  /** Somebody listens after all. */
  remove(promise: Promise<unknown>): void {
    this.#rejected.delete(promise);
  }

  /** The first that is left. */
  get first(): { readonly reason: unknown } | undefined {
    for (const reason of this.#rejected.values()) return { reason };
    return undefined;
  }
}
