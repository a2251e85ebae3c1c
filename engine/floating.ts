/**
 * Rejections of a run's promises that nobody listens to, yet.
 *
 * Invariant: one that is still here when `run` has settled fails the run, never the process.
 */
export class Floating {
  readonly #rejected = new Map<Promise<unknown>, unknown>();
  readonly #heard = new WeakSet<object>();

  /** A promise rejected and nobody listens. */
  add(promise: Promise<unknown>, reason: unknown): void {
    if (!this.#heard.has(promise)) this.#rejected.set(promise, reason);
  }

  /**
   * A call on this object is answered by its record, and not made. If it is a promise of a library's own that tells of its
   * rejections itself, who listened to it did so in an earlier pass: `Bluebird.resolve(asked).then(fn).catch(fn)`.
   */
  wasHeard(receiver: object): void {
    this.#heard.add(receiver);
  }

  /** A call that was given this promise is answered by its record: what it did with the promise it did in an earlier pass. */
  wasGiven(promise: Promise<unknown>): void {
    this.#heard.add(promise);
    this.#rejected.delete(promise);
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
