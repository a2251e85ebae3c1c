/**
 * Offsets to lines and columns.
 *
 * Owns:      the table of line starts of one source.
 * Invariant: lines and columns are 1-based, offsets are UTF-16 units as the parser gives them.
 */

/** A place in a file. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Line starts of a source text. */
export class Lines {
  readonly #starts: number[] = [0];

  constructor(source: string) {
    for (let at = source.indexOf("\n"); at >= 0; at = source.indexOf("\n", at + 1)) this.#starts.push(at + 1);
  }

  /** Line and column of an offset. */
  at(offset: number): Position {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 };
  }
}
