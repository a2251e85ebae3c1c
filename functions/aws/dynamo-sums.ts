/**
 * What a look has seen of the list, hour by hour: how many runs, and all their ids folded into one number. Two looks that have seen the
 * same runs of an hour have the same sum; one that has seen another run besides, or one less, has not.
 *
 * Owns:      the text of a sum. 26 hours are some 550 bytes: they fit into the item that says how far the looks came.
 */
import { createHash } from "node:crypto";

const hourMs = 3_600_000;
/** Hex digits of a hash that are folded: 48 bits. */
const digits = 12;

interface Sum {
  readonly count: number;
  readonly folded: bigint;
}

/** The hour that a time is in. */
export const hourOf = (at: number): number => Math.floor(at / hourMs);
/** The first millisecond of an hour. */
export const beginOf = (hour: number): number => hour * hourMs;
/** The last millisecond of an hour. */
export const endOf = (hour: number): number => beginOf(hour + 1) - 1;

const numberOf = (id: string): bigint =>
  BigInt(`0x${createHash("sha256").update(id).digest("hex").slice(0, digits)}`);

/** Sums by hour. */
export class HourSums {
  readonly #sums = new Map<number, Sum>();

  /** From what `text` gave; a text of another form has no sums. */
  constructor(text = "") {
    for (const each of text.split(" ")) {
      const [, hour, count, folded] = /^(\w+)\.(\w+)\.([0-9a-f]+)$/.exec(each) ?? [];
      if (hour === undefined || count === undefined) continue;
      this.#sums.set(Number.parseInt(hour, 36), {
        count: Number.parseInt(count, 36),
        folded: BigInt(`0x${folded}`),
      });
    }
  }

  get text(): string {
    return [...this.#sums]
      .map(([hour, { count, folded }]) => `${hour.toString(36)}.${count.toString(36)}.${folded.toString(16)}`)
      .join(" ");
  }

  get hours(): number[] {
    return [...this.#sums.keys()];
  }

  has(hour: number): boolean {
    return this.#sums.has(hour);
  }

  /** A run that was created at that time was seen. */
  add(createdAt: number, id: string): void {
    const hour = hourOf(createdAt);
    const { count, folded } = this.#sums.get(hour) ?? { count: 0, folded: 0n };
    this.#sums.set(hour, { count: count + 1, folded: folded ^ numberOf(id) });
  }

  /** Have both seen the same runs of this hour? */
  isSame(hour: number, other: HourSums): boolean {
    const [own, others] = [this.#sums.get(hour), other.#sums.get(hour)];
    return own !== undefined && own.count === others?.count && own.folded === others.folded;
  }

  forget(hour: number): void {
    this.#sums.delete(hour);
  }

  clear(): void {
    this.#sums.clear();
  }
}
