/**
 * The way from the SDK's functions into the run that they are called in. Callers outside a run never load the engine:
 * this file is all that ties the two together.
 *
 * Owns:      the marks on durable functions, and the link that `host.ts` sets.
 * Invariant: without a host every function behaves as outside a run.
 */
import { HoldfastError } from "../engine/errors.ts";
import type { Frame, Site } from "../engine/frame.ts";
import { callingApart } from "./config.ts";

/** What a durable function does inside a run. */
type InRun = (frame: Frame, site: Site, args: readonly unknown[]) => unknown;

/** What the engine's side gives to the SDK's functions. */
export interface Host {
  /** The frame and a site for code that the transform has not seen; undefined outside a run. */
  here(name: string): { readonly frame: Frame; readonly site: Site } | undefined;
  readonly functions: Readonly<Record<string, InRun>>;
}

/** What a function is within `auth.withAuth`, where `outside` asks the other server; undefined: what it is anywhere. */
type Elsewhere = (name: string, outside: () => unknown) => InRun | undefined;

let elsewhere: Elsewhere | undefined;

/** Set with the first `auth.withAuth` of a run. */
export const setElsewhere = (given: Elsewhere): void => {
  elsewhere = given;
};

let host: Host | undefined;

/** Set once, by the host of a bundle. */
export function linkHost(linked: Host): void {
  host = linked;
}

/** Functions of the host's that are loaded for the tasks that need them. */
const loaded: Record<string, InRun> = {};

/** Adds some. */
export const offer = (functions: typeof loaded): void => void Object.assign(loaded, functions);

let hasInputs = false;

/** A file defines input streams: what they take is loaded before the next pass. True: within a run, where it is too late. */
export function needInputs(): boolean {
  hasInputs = true;
  return !("inputs.on" in loaded) && host?.here("log") !== undefined;
}

/** Are there any? */
export const needsInputs = (): boolean => hasInputs;

let hasStreams = false;

/** A file may write streams: what that takes is loaded before the next pass. */
export const needStreams = (): void => {
  hasStreams = true;
};

/** Does any? */
export const needsStreams = (): boolean => hasStreams;

/** The run in which this is called, as an object that stands for it and its attempt. */
export const runHere = (): Frame["execution"] | undefined => host?.here("log")?.frame.execution;

const mark = Symbol.for("holdfast.durable");

/**
 * Marks `outside` as durable: inside a run the host's function `name` is called instead, with `bound` in front of the
 * arguments.
 */
export function durable<F extends (...args: never[]) => unknown>(
  name: string,
  bound: readonly unknown[],
  outside: F,
): F {
  const inRun: InRun = (frame, site, args) => {
    const call = callingApart();
    const asked = call && elsewhere?.(name, () => call(() => outside(...(args as never[]))));
    if (asked !== undefined) return asked(frame, site, args);
    const fn = host?.functions[name] ?? loaded[name];
    if (fn === undefined)
      throw new HoldfastError(
        "HF520",
        `${name} was first loaded within a run.`,
        "Import it at the top of a file that defines tasks.",
      );
    return fn(frame, site, [...bound, ...args]);
  };
  const fn = (...args: never[]): unknown => {
    const here = callingApart() === undefined ? host?.here(name) : undefined;
    return here === undefined ? outside(...args) : inRun(here.frame, here.site, args);
  };
  Object.defineProperty(fn, mark, { value: inRun });
  return fn as F;
}
