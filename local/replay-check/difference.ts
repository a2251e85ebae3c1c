/**
 * What a replay has shown: it did the same, stopped before a live call, or did something else than the run.
 */
import type { Place } from "../../engine/record.ts";

/** The first thing in which a replay was another one than the run. */
export interface Difference {
  readonly what: /** The replay asks for a call that the journal does not have. */
    | "missing record"
    /** The journal has a record that the replay does not ask for. */
    | "unasked record"
    /** The replay asks for a recorded call with other arguments. */
    | "other inputs"
    /** The replay gives another output, or another error, or one instead of the other. */
    | "other end";
  /** Where: the call, or for another end the task. */
  readonly place?: Place;
  /** What the run did there and the replay does not, if it is known. */
  readonly instead?: Place;
  /** How the run ended and how the replay does: for `other end`. */
  readonly ended?: { readonly run: string; readonly replay: string };
}

export type Verdict =
  | { readonly kind: "same" }
  /** It has come to something that would be made for real; what lies behind is not checked. */
  | { readonly kind: "stopped"; readonly place: Place; readonly because: string }
  | { readonly kind: "differs"; readonly difference: Difference }
  /** Behind a crash it would have been another one: one of the four says how. */
  | {
      readonly kind: "crash";
      /** The checkpoint behind which it goes on. */
      readonly behind: Place;
      readonly ended?: { readonly run: string; readonly crash: string };
      /** It was interrupted there, and has ended in this way. */
      readonly hasHappened?: true;
      /** A call to the outside that the run has not made. */
      readonly asks?: Place;
      /** A call that has reached out of the process in the run, and does not any more. */
      readonly stays?: Place;
      /** An await that would never have an answer. */
      readonly waits?: Place;
    }
  /** The call there puts a store around the author's function, and it is not there in it. */
  | { readonly kind: "without store"; readonly place: Place }
  /** It came to nothing that tells; `isTold`: people are to know why. */
  | { readonly kind: "unchecked"; readonly because: string; readonly isTold?: true };
