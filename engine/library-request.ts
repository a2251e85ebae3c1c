/** What a library asks for, and what it gets: the forms that its calls go by (`library-call.ts`, `library.ts`). */
import type { Callable } from "./authored.ts";
import type { Frame } from "./frame.ts";
import type { Owner } from "./kept-function.ts";
import type { LibraryCall } from "./library-call.ts";
import type { Invocation } from "./record.ts";

/** What is called, and on what. */
export interface Made {
  readonly thisArg: unknown;
  readonly fn: Callable;
}

/** What a plain function gave the library: a value, or a throw. */
export interface Started {
  returned?: unknown;
  /** The object that it gave, or rejected with, as the author's code has it. */
  object?: unknown;
  threw?: { readonly error: unknown };
  /** That is so, and no promise will follow. */
  isGiven?: boolean;
}

/** The same value, or the same throw, once more. */
export function givenBefore(entry: Started | undefined): unknown {
  if (entry?.threw !== undefined) throw entry.threw.error;
  return entry?.returned;
}

/** Which function of the author's, how it is called in the log, and its frame when an invocation is only counted. */
export interface Target {
  readonly id: number | string;
  readonly fn: Callable;
  readonly counted: () => Frame;
  /** The name of the call that it was given to, if that is another one than the one that calls it. */
  readonly givenTo?: string | undefined;
  /** What the constructor has made that was given it. */
  readonly owner?: Owner | undefined;
  /** Takes back a function that is called once. */
  readonly over?: (() => void) | undefined;
}

/** What an invocation is given. */
export interface Asked {
  readonly thisArg: unknown;
  readonly args: readonly unknown[];
}

/** What a library asks for. */
export interface Request extends Asked {
  readonly call: LibraryCall;
  readonly path: string;
  readonly target: Target;
  readonly argsText: string;
  /** It is in the log already. */
  invocation?: Invocation;
}
