/**
 * Names for places in the source that survive edits elsewhere.
 *
 * Owns:      ids of sites and functions, and the rows handed to the runtime.
 * Invariant: an id depends on the file, the enclosing functions' names, the canonical text and the ordinal among
 *            equals in that function; never on lines, on block structure or on what stands elsewhere.
 */

/** One site of a module, as the manifest keeps it. */
export interface SiteRow {
  readonly id: string;
  /** Readable callee, such as `stripe.charges.create`. */
  readonly name: string;
  readonly line: number;
  readonly column: number;
  /**
   * `a` if the call's value is awaited right there, `e` if its error leaves the function, `i` if a `for await` goes through it, `q`
   * or `p` if nobody sees what comes behind it (`quiet.ts`).
   */
  flags: string;
  /** Path of the enclosing functions: `order.run/items.map(0)`. */
  readonly function: string;
}

/** The ids given out in one file. */
export class SiteIds {
  readonly #file: string;
  readonly #counts = new Map<string, number>();
  readonly #used = new Set<string>();

  constructor(file: string) {
    this.#file = file;
  }

  /** The id of the next place with this text in this function. */
  next(kind: "site" | "function", path: string, text: string): string {
    const key = `${this.#file}\n${kind}\n${path}\n${text}`;
    for (;;) {
      const ordinal = this.#counts.get(key) ?? 0;
      this.#counts.set(key, ordinal + 1);
      const id = hash(`${key}\n${ordinal}`);
      if (this.#used.has(id)) continue;
      this.#used.add(id);
      return id;
    }
  }
}

const ID_RANGE = 36 ** 8;

/** 8 characters of base 36 out of a 53-bit hash (cyrb53): quick, and the same in every Node version. */
function hash(text: string): string {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    high = Math.imul(high ^ unit, 2654435761);
    low = Math.imul(low ^ unit, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  const value = 4294967296 * (2097151 & low) + (high >>> 0);
  return (value % ID_RANGE).toString(36).padStart(8, "0");
}
