/**
 * What a unit is told of how it is made.
 */
import type { Sort } from "./ask.ts";
import type { Inputs } from "./inputs.ts";
import type { Place } from "./record.ts";
import type { RetryPolicy } from "./retry.ts";
import type { Part } from "./transactions.ts";

/** How a unit is made. */
export interface Making {
  readonly sort: Sort;
  readonly place: Place;
  /** The site of the call, where its key is made of something else. */
  readonly siteId?: string;
  /** One try. May throw, return a value or a promise. */
  readonly invoke: () => unknown;
  /** The watch is told of the call where it is performed. */
  readonly isPerformed?: true;
  readonly args: readonly unknown[];
  /** What the call may change in place; absent where nothing of it is somebody else's code. */
  readonly inputs?: Inputs;
  readonly receiver?: object | undefined;
  /** Of the inputs, taken before the call was made: it may have changed them since. */
  readonly fingerprint?: string;
  readonly retry?: RetryPolicy | undefined;
  readonly timeoutMs?: number | undefined;
  /** A step's own check: false or a throw fails the try. */
  readonly check?: ((result: unknown) => unknown) | undefined;
  /** A set-up call on a handle: made in each pass, never recorded as a value. */
  readonly setUp?: boolean;
  /** Key of the handle that this call is made on, if it is one. */
  readonly handle?: string;
  /** Key of the handle that this call closes. */
  readonly closes?: string | undefined;
  readonly safe?: boolean;
  /** What it is to a transaction by hand. */
  readonly part?: Part | undefined;
  /** One step of an iterator: is its item live? It closes the handle only if it was the last one. */
  readonly item?: (step: unknown) => boolean;
  /** A promise whose events fill variables: its record waits until they have come again. */
  readonly again?: Promise<unknown> | undefined;
  /** A promise that the author's own code may settle. */
  readonly isOwn?: boolean;
  /** This error came from the author's own invocation: the call is not tried again. */
  readonly isFinal?: (error: unknown) => boolean;
  /** What it gave, or has changed, cannot be recorded: like a handle it is made again in each pass. */
  readonly isLive?: (value: unknown) => boolean;
  /** An error of it leaves the function in which it stands. */
  readonly escapes?: boolean;
  /** The runs that the unit starts. */
  readonly childIds?: readonly string[];
  /** Puts the first try off until its time has come. */
  readonly begin?: (go: () => void) => void;
}
