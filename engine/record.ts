/**
 * The records of a journal: what a number of the log can hold.
 *
 * Owns:      the record kinds and their text form.
 * Invariant: the first record of a (key, rejections so far, try) counts; a record never changes.
 */

import type { KeptFile } from "./kept-files.ts";
import type { EndEvent, RunError, Stored } from "./run.ts";
import type { ClockMove } from "./run-clock.ts";
import type { InsideChange, MetadataChange } from "./run-metadata.ts";
import { isEncrypted, masked } from "./sealed-text.ts";

/** Where a checkpoint was made: the name people read, and `file:line`. */
export interface Place {
  readonly name: string;
  readonly at: string;
}

/** An invocation of an author's function by a library, carried by the records that follow it. */
export interface Invocation {
  /** Key of the library call. */
  readonly call: string;
  /** Function, fingerprint of the arguments and occurrence: `f0:1x2y3z.0`. */
  readonly path: string;
  /** Place among the functions that the call was given, or the name of one that a library had kept. */
  readonly fn: number | string;
  /** Codec text of the arguments. */
  readonly args: string;
  /** The last number gone through when it was made, and its place among the invocations since then. */
  readonly after: number;
  readonly order: number;
  /** Made while the library's call had not yet returned. */
  readonly sync: boolean;
  /** It was made inside of this try of a call that counts as a whole. */
  readonly in?: string;
}

interface Common {
  /** Wall-clock time of the write, Unix milliseconds: the run's clock reads it on delivery. */
  readonly t: number;
  /** The pass that wrote it. */
  readonly by: string;
  readonly epoch: number;
  /** Invocations not yet known to be durable. */
  readonly inv?: readonly Invocation[];
  /** Moves of the run's clock that are not yet known to be durable. */
  readonly moves?: readonly ClockMove[];
}

interface Keyed {
  /** `frame path / site # occurrence`. */
  readonly key: string;
  /** How often the author's code has rejected this key's record. */
  readonly gen: number;
  readonly place?: Place;
  readonly started?: number;
  /** It was made inside of this try of a call that counts as a whole. */
  readonly in?: string;
}

/** A moment between two deliveries: the number gone through last, and the place among the events behind it. */
export interface Moment {
  readonly after: number;
  readonly order: number;
}

/** A unit that settled. */
export interface ResultRecord extends Common, Keyed {
  readonly kind: "result";
  readonly ok: boolean;
  readonly value: Stored;
  readonly fp?: string;
  /** Which sort of unit: `unit`, `wait`, `child`, `trigger`, `step`, `library`, `await`. */
  readonly sort: string;
  readonly input?: string;
  /** This unit closed the handle made under that key. */
  readonly closes?: string;
  /** The unit was a plain `fetch` with GET or HEAD: HTTP calls it safe to repeat. */
  readonly safe?: true;
  /**
   * For an error that came from elsewhere in the run, through a library or a promise of the author's: does it end the run
   * when it leaves `run`, and which records does it reject beside this one.
   */
  readonly origin?: {
    readonly ends: boolean;
    readonly rejects: readonly { readonly key: string; readonly gen: number }[];
    /** The task's `catchError` was asked about it. */
    readonly asked?: true;
  };
  /** The transaction by hand that the unit is part of: provisional until that has ended. */
  readonly tx?: string;
  /** The transaction that the unit ended. */
  readonly endsTx?: string;
  /** The unit counts as a whole: what was recorded inside of this try counts with it. */
  readonly holds?: string;
  /** The result is this input of the call: the same object, not a copy. */
  readonly same?: number | "this";
  /** The call gave the object that this record's call gave, too: the same one, not a copy. */
  readonly as?: number;
  /** Calls (`key@generation`) that have given the same object by now. */
  readonly givenTo?: readonly string[];
  /** What the call changed in place: codec text of a list of [input, its state after the call]. */
  readonly changes?: Stored;
  /** When that was the state: behind the record with this number, in this place among what happened there. */
  readonly changedAt?: Moment;
  /** Files under the temporary folder that the result or the arguments name. */
  readonly files?: readonly KeptFile[];
  /** The number of the record, made at another place by the code of before, that this one repeats. */
  readonly from?: number;
  /** The tries before this one. */
  readonly tries?: number;
  /** What the inside of the unit did to the run's metadata. */
  readonly metadata?: readonly InsideChange[];
  /** The id of the message that it took. */
  readonly message?: string;
}

/** A handle or set-up call: made again on replay. */
export interface MarkerRecord extends Common, Keyed {
  readonly kind: "marker";
  readonly fp?: string;
  readonly tx?: string;
}

/** A try that failed; the next one starts at `retryAt`. */
export interface TryRecord extends Common, Keyed {
  readonly kind: "try";
  readonly number: number;
  readonly error: RunError;
  readonly retryAt: number;
}

/** An attempt that failed: `run` rejected. `rejects` are keys whose records are to be made again. */
export interface AttemptRecord extends Common {
  readonly kind: "attempt";
  readonly error: RunError;
  readonly retryAt: number;
  readonly rejects: readonly { readonly key: string; readonly gen: number }[];
  /** The run's metadata where it has changed them, as records up to this number have made them: the next attempt goes on from there. */
  readonly left?: LeftMetadata;
}

/** What an attempt has left in the run's metadata. */
export interface LeftMetadata {
  readonly metadata: Stored;
  readonly upTo: number;
}

/** A new pass begins; records of an older epoch behind it are void. */
interface PassRecord extends Common {
  readonly kind: "pass";
  readonly codeVersion: string;
  /** For how long nobody came, where that is a second or more: it does not count of a cancel's minute (`lateness.ts`). */
  readonly lateMs?: number;
}

/** A number that nobody may use any more, or one that carries only invocations or moves of the clock. */
interface EmptyRecord extends Common {
  readonly kind: "empty";
}

/** A connection with an open transaction was given back, by a call that leaves no record. */
interface ReleasedRecord extends Common {
  readonly kind: "released";
  readonly endsTx: string;
}

/** Children that are known to be created, so that no replay creates them again. */
interface ChildrenRecord extends Common {
  readonly kind: "children";
  readonly keys: readonly string[];
  /** Of these keys, those whose idempotency key named a run that was there already: its id. */
  readonly others?: Readonly<Record<string, string>>;
}

/** Notes that were told to runs above this one: no later pass tells them again. */
interface ToldRecord extends Common {
  readonly kind: "told";
  readonly notes: readonly string[];
}

/** What a run below this one has changed in its metadata. */
interface NotedRecord extends Common {
  readonly kind: "noted";
  readonly notes: readonly { readonly id: string; readonly change: MetadataChange }[];
}

/** What was sent to an input stream of the run. */
export interface MessageRecord extends Common {
  readonly kind: "message";
  /** The inbox item's. */
  readonly id: string;
  readonly stream: string;
  /** They are chunks for who reads the run's stream: nobody in the run takes them. */
  readonly out?: true;
  readonly value: Stored;
}

/** The run is to be canceled, or has used up its `maxDuration`. */
export interface CancelRecord extends Common {
  readonly kind: "cancel";
  readonly reason: "canceled" | "timedOut";
  /** The bulk action that has asked for it. */
  readonly action?: string;
}

/** How the run has ended, before anybody is told: the task's hooks come first. Behind it `run` is not called any more. */
export interface EndedRecord extends Common {
  readonly kind: "ended";
  readonly event: EndEvent;
  /** Codec text of the output, or of the error. */
  readonly value: Stored;
  readonly error?: RunError;
  /** The run's metadata at that time, where it has changed them. */
  readonly metadata?: Stored;
  /** The records that ended it: made again when it is resumed. */
  readonly failedBy?: readonly { readonly key: string; readonly gen: number }[];
}

/** A finished run was put back to work. `drops` is a last error that counts no more. */
interface ResumeRecord extends Common {
  readonly kind: "resume";
  readonly codeVersion: string;
  /** The code is another one than before: records in front of this one need the same inputs to be reused. */
  readonly isOtherCode: boolean;
  readonly drops: readonly { readonly key: string; readonly gen: number }[];
  /** Keys of what is made again, and of records that are used though the new code gives other inputs. */
  readonly redo?: readonly string[];
  readonly keep?: readonly string[];
}

export type JournalRecord =
  | ResultRecord
  | MarkerRecord
  | TryRecord
  | AttemptRecord
  | PassRecord
  | EmptyRecord
  | ReleasedRecord
  | ChildrenRecord
  | ToldRecord
  | NotedRecord
  | MessageRecord
  | CancelRecord
  | EndedRecord
  | ResumeRecord;

export const toText = (record: JournalRecord): string => JSON.stringify(record);
/** A record as text; of one that holds secrets, with masks in their places. */
export const fromText = (text: string): JournalRecord => JSON.parse(masked(text)) as JournalRecord;

/**
 * Does this record, as text, tell of progress? What a pass leaves by merely beginning does not: a run that kills
 * its process each time would otherwise seem to move.
 */
export function isProgress(text: string): boolean {
  // Only what says nothing of the author's is left in clear.
  if (isEncrypted(text)) return true;
  const { kind } = fromText(text);
  return kind !== "pass" && kind !== "empty";
}
