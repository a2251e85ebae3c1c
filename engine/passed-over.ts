/**
 * Records that nobody asked for when their number came: they wait here until somebody does.
 *
 * Owns:      their numbers, and which of them have been asked for since.
 */
export class PassedOver {
  readonly #numbers = new Map<string, number>();
  #late: string[] = [];

  add(key: string, number: number): void {
    this.#numbers.set(key, number);
  }

  has(key: string): boolean {
    return this.#numbers.has(key);
  }

  /** A unit with this key is asked for. */
  ask(key: string): void {
    if (this.#numbers.has(key)) this.#late.push(key);
  }

  /** What has been asked for, the lowest number first. */
  asked(): { readonly key: string; readonly number: number }[] {
    if (this.#late.length === 0) return [];
    const found = this.#late.map((key) => ({ key, number: this.#numbers.get(key) ?? 0 }));
    return found.sort((a, b) => a.number - b.number);
  }

  /** The question has gone; the record waits on. */
  forget(key: string): void {
    const index = this.#late.indexOf(key);
    if (index >= 0) this.#late.splice(index, 1);
  }

  deliver(key: string): void {
    this.forget(key);
    this.#numbers.delete(key);
  }
}
