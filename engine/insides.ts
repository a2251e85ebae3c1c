/**
 * Calls that count as a whole: a transaction that is given a function, a library that gives the author's function what no
 * journal can keep. What is recorded inside of one counts once the call's own record is there.
 *
 * Owns:      which try of such a call counts, and the numbers of the records made inside.
 * Invariant: A1 a record made inside counts while its try goes on in this pass, and afterwards if the call's record names
 *            that try. A2 of several records with one key, that of the try that counts is taken.
 */

interface Kept {
  readonly number: number;
  readonly inside: string;
}

/** The name of one try of a call. Epoch and count make it another one than all tries before. */
export const insideName = (key: string, gen: number, epoch: number, count: number): string =>
  `${gen}.${epoch}.${count}:${key}`;

function callOf(inside: string): { readonly key: string; readonly gen: number } {
  return { key: inside.slice(inside.indexOf(":") + 1), gen: Number.parseInt(inside, 10) };
}

export class Insides {
  readonly #records = new Map<string, Kept[]>();
  readonly #live = new Set<string>();
  readonly #holds: (key: string, gen: number) => string | undefined;

  /** `holds`: the try that the record of a call names. */
  constructor(holds: (key: string, gen: number) => string | undefined) {
    this.#holds = holds;
  }

  /** A record under this identity was made inside of a call. */
  add(identity: string, number: number, inside: string): void {
    const kept = this.#records.get(identity) ?? [];
    kept.push({ number, inside });
    this.#records.set(identity, kept);
  }

  /** The number of the record that counts. */
  find(identity: string): number | undefined {
    return this.#records.get(identity)?.find(({ inside }) => this.counts(inside))?.number;
  }

  /** A try begins. */
  begin(inside: string): void {
    this.#live.add(inside);
  }

  /** Another one takes its place. */
  end(inside: string): void {
    this.#live.delete(inside);
  }

  /** Is it made in this pass? */
  isLive(inside: string): boolean {
    return this.#live.has(inside);
  }

  /** Does what was made inside count? What stands outside of all such calls does. */
  counts(inside: string | undefined): boolean {
    if (inside === undefined || this.#live.has(inside)) return true;
    const { key, gen } = callOf(inside);
    return this.#holds(key, gen) === inside;
  }
}
