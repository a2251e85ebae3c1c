/**
 * Frames and sites: where in the author's code a unit was asked for, as a key that is the same in every pass.
 *
 * Owns:      keys. Key = frame path / site # occurrence, given out synchronously when a call starts.
 * Never:     looks at time, order between branches or values.
 * Invariant: two frames of one run never have the same path; fan-outs, recursion and pools are told apart by the
 *            occurrence of the call that made the frame.
 */
import type { ByHand } from "./by-hand.ts";
import { currentRun } from "./current-run.ts";
import type { Execution } from "./execution.ts";
import { hashText } from "./fingerprint.ts";
import type { RetryPolicy } from "./retry.ts";

/** A place in the author's source, made by the transform. */
export interface Site {
  readonly id: string;
  /** What people read: `stripe.charges.create`. */
  readonly name: string;
  /** `file:line`. */
  readonly at: string;
  /** The value is awaited right there. */
  readonly awaited: boolean;
  /** An error of the called function leaves the calling one: no `catch` of the author's is in between. */
  readonly escapes: boolean;
  /** The value is what a `for await` goes through, and nobody else has it. */
  readonly iterated: boolean;
}

/** Paths longer than this are shortened: a hash stands for their beginning. */
const pathCharsMax = 160;

/** A unit that this frame asked for last at a site: what `blame` needs to know. */
export interface Reading {
  readonly key: string;
  readonly gen: number;
  readonly value: unknown;
  /** Place among the units begun in this execution. */
  readonly begun: number;
  readonly safe: boolean;
}

/** One activation of an author's function inside a run. */
export class Frame {
  readonly execution: Execution;
  readonly path: string;
  readonly parent: Frame | undefined;
  /** What was delivered last, by site. */
  readonly readings = new Map<string, Reading>();
  /** An error that leaves the function leaves `run`. */
  readonly escapes: boolean;
  /** How units of this frame and those within it are tried again, where that is not as the task says. */
  retry: RetryPolicy | undefined;
  /** The try of a call that counts as a whole in which this frame is. */
  within: string | undefined;
  /** The promise made by hand whose inside this is. */
  byHand: ByHand | undefined;
  /** A timer, a listener or somebody else's code has called the function, or the one around it: nobody knows whether that comes again. */
  isOutside: boolean;
  /** Where the function was called, if the author's code did it. */
  calledAt: Site | undefined;
  /** Of a hook: its lines are new from the first one on, or none is, whatever of the log lies ahead. */
  lines: "new" | "old" | undefined;
  /** The latest unit begun in this frame. */
  lastBegun = 0;
  #occurrences: Map<string, number> | undefined;
  #draws = 0;

  constructor(execution: Execution, path: string, parent: Frame | undefined, escapes = false) {
    this.execution = execution;
    this.path = path.length > pathCharsMax ? `~${hashText(path, 16)}` : path;
    this.parent = parent;
    this.escapes = escapes;
    this.retry = parent?.retry;
    this.within = parent?.within;
    this.byHand = parent?.byHand;
    this.isOutside = parent?.isOutside ?? false;
    this.lines = parent?.lines;
  }

  /** Has been printed what is printed now? */
  get isSilent(): boolean {
    return this.lines === undefined ? this.execution.replaying : this.lines === "old";
  }

  /** The key of the next call at `siteId`. */
  next(siteId: string): string {
    this.#occurrences ??= new Map();
    const occurrence = this.#occurrences.get(siteId) ?? 0;
    this.#occurrences.set(siteId, occurrence + 1);
    return `${this.path}/${siteId}#${occurrence}`;
  }

  /** The key that the next call at `siteId` will get. */
  peek(siteId: string): string {
    return `${this.path}/${siteId}#${this.#occurrences?.get(siteId) ?? 0}`;
  }

  /** A child frame for the call with this key. `escapes`: an error of the called function leaves this one. */
  child(key: string, escapes = false): Frame {
    return new Frame(this.execution, key, this, this.escapes && escapes);
  }

  /**
   * A frame for an invocation of an author's function that is not recorded. What happens inside a unit is numbered
   * apart: replay does not repeat it when that unit is recorded.
   */
  invoked(site: string, escapes = false): Frame {
    const key = currentRun.getStore()?.key;
    return this.child(this.next(key === undefined ? site : `${site}@${hashText(key, 8)}`), escapes);
  }

  /** The same for one that somebody else's code makes, whenever it likes. */
  invokedOutside(site: string, escapes = false): Frame {
    const inside = this.invoked(site, escapes);
    inside.isOutside = true;
    return inside;
  }

  /** How many random numbers the frame has drawn, this one included. */
  draw(): number {
    return ++this.#draws;
  }
}

/** What is needed to know of a call when it invokes a function of the author's. */
export interface ForeignCall {
  readonly frame: Frame;
  readonly site: Site;
  readonly thisArg: unknown;
  readonly fn: unknown;
  readonly args: readonly unknown[];
}
