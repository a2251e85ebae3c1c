/**
 * Which values are handles, and which calls set one up, close one, or hold a transaction (design 5.5).
 *
 * Owns:      `isHandle` and the stand-in for a handle whose closing call is recorded. The lists: `live-values.ts`.
 * Invariant: an object that can be recorded whole is data, whatever its methods are called.
 */
import { encode } from "./codec.ts";
import { classChain } from "./codec-classes.ts";
import { failing } from "./codec-lost.ts";
import { HoldfastError } from "./errors.ts";
import { canBeClosed, handleLists, hasMethod, liveKind } from "./live-values.ts";

export { configureHandles } from "./live-values.ts";

/** Can all own fields be recorded? Of an object without fields there is nothing to record. */
function isRecordedWhole(value: object): boolean {
  try {
    return Object.keys(value).length > 0 && encode(value).lost.length === 0;
  } catch {
    return false;
  }
}

/** Is this a live value of the process: one that is made again on replay instead of recorded? */
export function isHandle(value: unknown): boolean {
  if (typeof value === "function") return true;
  if (typeof value !== "object" || value === null) return false;
  if (liveKind(value) !== undefined || isTransaction(value)) return true;
  const isIterated = hasMethod(value, Symbol.asyncIterator);
  if (!isIterated && !canBeClosed(value)) return false;
  if (classChain(value).some((name) => handleLists.dataClasses.has(name))) return false;
  return !isRecordedWhole(value);
}

/** A call's result is made again rather than recorded: a handle, or a list with functions in it (`[permits, release]`). */
export const isMadeAgain = (value: unknown): boolean =>
  isHandle(value) || (Array.isArray(value) && value.some((each) => typeof each === "function"));

const keyClasses = ["CryptoKey", "KeyObject"];

/**
 * A key that was made of what the program has (`crypto.subtle.importKey`, `deriveKey`): made again it is the same, and no journal holds
 * it. One that was drawn by chance is none.
 */
export const isImportedKey = (name: string, value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  /^(?:import|derive|unwrap)/.test(lastPart(name)) &&
  classChain(value).some((each) => keyClasses.includes(each));

/** Methods of a connection: what has one begins transactions, and is none itself. */
const beginningMethods = ["begin", "beginTransaction", "startTransaction"];

/** Is it a transaction that is committed or rolled back by hand? */
export const isTransaction = (value: object): boolean =>
  hasMethod(value, "commit") &&
  hasMethod(value, "rollback") &&
  !beginningMethods.some((name) => hasMethod(value, name)) &&
  !isRecordedWhole(value);

const lastPart = (name: string): string => name.slice(name.lastIndexOf(".") + 1);

/** Does a call of this name set up a handle (`connect`, `open`, `init` …)? Such calls are made again on replay. */
export const isSetUpCall = (name: string): boolean => handleLists.setUpCalls.has(lastPart(name));

/** Does a call of this name close the handle it is called on? */
export const isClosingCall = (name: string): boolean => handleLists.closingCalls.has(lastPart(name));

const collecting =
  /^(?:map|filter|forEach|each|flatMap|reduce|some|every|find\w*|sort\w*|group\w*|key\w*|count\w*|sum\w*|max\w*|min\w*|partition|uniq\w*|times|mapValues|mapKeys|catchError|concatMap|mergeMap|switchMap|exhaustMap|mergeScan|switchScan|expand|defer|iif)$/;

/**
 * Does a call of this name, or one in its chain (`$().map().get`), collect what its function gives for each of a list, at
 * once? Operators of streams (`rxjs`) do: what the function gives may be a further stream.
 */
export const isCollecting = (name: string): boolean =>
  [lastPart(name), ...name.split(".").flatMap((part) => part.match(/^(.*)\(\)$/)?.[1] ?? [])].some((part) =>
    collecting.test(part),
  );

/** Does a call of this name hold a lock or a permit while it calls the function that it is given, once? */
export const isLock = (name: string): boolean =>
  /^(?:runExclusive|withLock|withPermit)$/.test(lastPart(name));

/** Does a call of this name take a callback that must succeed or fail as a whole (a transaction)? */
export const isAtomicCallback = (name: string): boolean => handleLists.atomicCallbacks.has(lastPart(name));

/**
 * What stands for a handle whose closing call is recorded: it is not made again. It can be passed on and printed, and
 * its members can be read, since transformed code reads `db.query` before it finds the call's record; what is used for
 * real fails with HF306. `used`: told of that, before it fails.
 */
export function closedStandIn(name: string, used?: () => void): object {
  const fail = (): never => {
    used?.();
    throw new HoldfastError(
      "HF306",
      `The handle made by ${name} was closed in an earlier pass and is not made again.`,
      "Use it before it is closed, or make a new one after the point where the run resumed.",
    );
  };
  const standIn = failing(`closed: ${name}`, fail, () => closedStandIn(name, used));
  standIns.add(standIn);
  return standIn;
}

const standIns = new WeakSet<object>();

/** Is it what stands for a closed handle, or for a part of one? What it came from may have been closed with it. */
export const isClosedStandIn = (value: unknown): boolean =>
  typeof value === "function" && standIns.has(value);

/** Which handle came out of which key: a closing call on it can be recognised. */
export const handleKeys = new WeakMap<object, string>();
