/** What became of runs that were to be erased. */
export interface Erased {
  readonly erased: readonly string[];
  /** Nothing of these was taken away: they are open, or have ended a moment ago. */
  readonly kept: readonly string[];
  /** There was no time for all of them: ask again for those that are in neither list. */
  readonly more?: true;
  /** Where something of them may still be, and until when. */
  readonly remains: readonly string[];
}
