/**
 * When what is to be committed is: at the end of the turn that asked for it, or, while others are about to ask for more, together with
 * what they ask for within some milliseconds.
 *
 * Never: keeps anybody waiting for longer, or while nobody else comes.
 */

/** A commit follows the one before by so many times as that one took, while others come: most of the time is left to them. */
const pauseOfCommits = 4;
/** But by so long at least, and at most. */
const leastMs = 5;
const mostMs = 50;

/** What gathering needs of its process. */
export interface GatheringDeps {
  /** Are others about to ask for something? */
  readonly othersCome: () => boolean;
  /** Milliseconds that never go back. */
  readonly now: () => number;
  readonly after: (ms: number, fn: () => void) => void;
  /** Calls `fn` at the end of this turn of the event loop. */
  readonly turn: (fn: () => void) => void;
}

/** Gives a function that has `flush` called once, in time. It says whether that is at the end of this turn. */
export function gathering(flush: () => void, { othersCome, now, after, turn }: GatheringDeps): () => boolean {
  let nextAt = Number.NEGATIVE_INFINITY;
  const commit = (): void => {
    const from = now();
    flush();
    const at = now();
    nextAt = at + Math.min(mostMs, Math.max(leastMs, pauseOfCommits * (at - from)));
  };
  return () => {
    const left = othersCome() ? nextAt - now() : 0;
    // Timers count whole milliseconds.
    const isNow = left < 1;
    if (isNow) turn(commit);
    else after(left, commit);
    return isNow;
  };
}
