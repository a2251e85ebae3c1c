/** What the demo claims, and whether it is so. */

/** A sentence and its truth. */
export interface Claim {
  readonly claim: string;
  readonly holds: boolean;
  /** What was seen, where the claim does not hold. */
  readonly seen?: unknown;
}

/** The claims of one showing. */
export class Claims {
  readonly #list: Claim[] = [];

  /** Writes down a claim; gives back whether it holds. */
  check(claim: string, holds: boolean, seen?: unknown): boolean {
    this.#list.push(holds ? { claim, holds } : { claim, holds, seen });
    return holds;
  }

  get list(): readonly Claim[] {
    return this.#list;
  }

  get broken(): readonly Claim[] {
    return this.#list.filter(({ holds }) => !holds);
  }
}
