/**
 * Whose job is it? A queue that was given one worker for all jobs calls it for the next where the one before ends: within
 * whatever call that one was pushed by. It belongs to the call that was given the job.
 *
 * Owns:      which calls of somebody else's functions are under way once such functions are kept.
 * Invariant: J1 an invocation belongs to the call within which it is made, unless another call under way on the same object was
 *            given one of its arguments, and that one was not, or has had its own.
 */
import type { CurrentRun } from "./current-run.ts";

/** From so many on, those that have ended are let go. */
const manyCalls = 64;

/** The calls under way, in the order in which they were made. */
export class Jobs {
  readonly #isUnderWay: (key: string) => boolean;
  #calls: CurrentRun[] = [];
  #most = manyCalls;

  constructor(isUnderWay: (key: string) => boolean) {
    this.#isUnderWay = isUnderWay;
  }

  /** A call begins. */
  note(call: CurrentRun): void {
    this.#calls.push(call);
    if (this.#calls.length < this.#most) return;
    this.#calls = this.#calls.filter(({ key = "" }) => this.#isUnderWay(key));
    this.#most = Math.max(manyCalls, 2 * this.#calls.length);
  }

  /** Whose is what is asked for within a call? `hasOne`: the call with this key has asked for an invocation of the function. */
  ownerOf(here: CurrentRun, args: readonly unknown[], hasOne: (key: string) => boolean): CurrentRun {
    const isFree = (one: CurrentRun): boolean => wasGiven(one, args) && !hasOne(one.key ?? "");
    if (isFree(here)) return here;
    const other = this.#calls.find(
      (one) => one.call !== here.call && isAlike(one, here) && this.#isUnderWay(one.key ?? "") && isFree(one),
    );
    return other ?? here;
  }
}

const wasGiven = ({ call }: CurrentRun, args: readonly unknown[]): boolean =>
  call?.args.some((own) => args.includes(own)) === true;

/** On the same object; a function that stands alone is its own. */
function isAlike({ call: one }: CurrentRun, { call: other }: CurrentRun): boolean {
  const isMethod = typeof one?.thisArg === "object" && one.thisArg !== null;
  return isMethod ? one.thisArg === other?.thisArg : one?.fn === other?.fn;
}
