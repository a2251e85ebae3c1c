/**
 * One pending question of the program: a unit that was asked for and has not been delivered yet.
 */
import { CurrentRun, currentRun } from "./current-run.ts";
import type { Frame } from "./frame.ts";
import type { Inputs } from "./inputs.ts";
import type { Former } from "./moved.ts";
import type { Place } from "./record.ts";

/** Which sort of unit, as it is stored and shown. */
export type Sort =
  | "unit"
  | "step"
  | "await"
  | "library"
  | "wait"
  | "child"
  | "trigger"
  | "token"
  | "stream"
  | "message";

export interface AskOptions {
  readonly sort: Sort;
  /** Does the thing for real: called once when there is no record, or to make a handle again. */
  readonly start: (ask: Ask) => void;
  /** Fingerprint of the inputs, made only when it is needed. */
  readonly fingerprint?: () => string;
  /** Key of the handle that the unit is made on: once that is closed, its set-up is not made again. */
  readonly handle?: string;
  /** What stands for a handle whose closing call is recorded. */
  readonly standIn?: () => unknown;
  /** A promise that has to settle in this pass, too, before its record is delivered. */
  readonly again?: Promise<unknown>;
  /** Paths of files that were emptied when the call's arguments were made. */
  readonly emptied?: readonly string[];
  /** What the call may change in place. */
  readonly inputs?: Inputs;
  readonly place: Place;
  /** The call has been made already. */
  readonly isBegun?: boolean;
  /** A record that the code of before has made at another place may answer. */
  readonly isMovable?: boolean;
  /** A promise that the author's own code may settle. */
  readonly isOwn?: boolean;
  /** It begins a transaction by hand. */
  readonly isFirst?: boolean;
  /** The runs that a `child` or a `trigger` starts. */
  readonly childIds?: readonly string[];
  /** The batch that a `child` belongs to. */
  readonly batch?: string;
}

export class Ask {
  readonly frame: Frame;
  readonly key: string;
  readonly siteId: string;
  gen: number;
  /** Place among the units begun in this execution. */
  readonly begun: number;
  readonly options: AskOptions;
  readonly promise: Promise<unknown>;
  resolve: (value: unknown) => void = () => {};
  settled = false;
  /** It was begun in this pass: what it changes in place is changed already. */
  isLive = false;
  /** What the record says of its inputs has been done again. */
  isChanged = false;
  /** Its try counts as running: it is nobody's to wait for but ours. */
  isCounted = false;
  /** A promise of unknown origin: lost, and awaited again, after a suspend. */
  isSoft: boolean;
  /** For a marker: its handle is being made again, or is there. For a promise: its events are coming again, or have come. */
  made: "making" | "made" | undefined;
  handle: unknown;
  /** The record under its key, made with other inputs by the code of before. */
  contradicted: Former | undefined;
  /** The record of before that answers, though it has another key. */
  taken: Former | undefined;
  /** Key of the record that it may repeat: nobody but the author can say whether it is made again. */
  conflictsWith: string | undefined;
  /** The run of somebody else's that is waited for, because an idempotency key named it. */
  otherRun: string | undefined;
  #reject: (error: unknown) => void = () => {};

  constructor(frame: Frame, key: string, gen: number, begun: number, options: AskOptions) {
    this.frame = frame;
    this.key = key;
    this.siteId = key.slice(key.lastIndexOf("/") + 1, key.lastIndexOf("#"));
    this.gen = gen;
    this.begun = begun;
    this.options = options;
    this.isSoft = options.sort === "await";
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.#reject = reject;
    });
    frame.execution.context.ports.watch?.asked(this);
  }

  /** Where nobody listens, newer Nodes tell of it in the context of this call: it has to be the run's. */
  reject(error: unknown): void {
    currentRun.run(new CurrentRun(this.frame.execution), () => this.#reject(error));
  }
}
