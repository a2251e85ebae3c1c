/**
 * The numbers of published versions.
 *
 * Invariant: a logical id that was in the template before keeps its number; one that is new, or comes back after it was
 *            gone, is a version of its own: CloudFormation publishes it anew. A number is never given twice.
 */

/** The numbers of one stack's versions. */
export class Numbering {
  readonly #last = new Map<string, number>();
  #before = new Map<string, number>();
  #now = new Map<string, number>();

  /** Another template is about to be deployed. */
  begin(): void {
    this.#before = this.#now;
    this.#now = new Map();
  }

  /** The number of a version in the template that is being deployed. */
  of(functionName: string, logicalId: string): number {
    const known = this.#now.get(logicalId) ?? this.#before.get(logicalId);
    const number = known ?? (this.#last.get(functionName) ?? 0) + 1;
    if (known === undefined) this.#last.set(functionName, number);
    this.#now.set(logicalId, number);
    return number;
  }
}
