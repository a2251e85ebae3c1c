/**
 * What a library gives an author's function, as text: for the invocation that is made again on replay.
 *
 * Owns:      which arguments no journal can keep, and what stands for them when all they were used for is recorded.
 */
import { decode, encode } from "./codec.ts";
import { askedByTools, classChain, formOf, registerCodec } from "./codec-classes.ts";
import { isPlainPrototype, naturalTag } from "./codec-kinds.ts";
import { isHandle } from "./handle.ts";

/** Stands for an `AbortSignal` beside other options: what it stopped, if anything, is recorded. */
class StillSignal {}

registerCodec(StillSignal, "holdfast:signal", {
  toJSON: () => 0,
  fromJSON: () => new AbortController().signal as unknown as StillSignal,
});

/** Larger ones are no messages, but clients with all that hangs on them. */
const textMax = 64 * 1024;

/** So many objects hang on clients, not on messages: what is larger is not even looked through. */
const objectsMax = 2_000;

type Part = readonly ["v" | "s", string] | readonly ["g"];

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** The argument without its signals. */
function stilled(arg: unknown): unknown {
  if (arg instanceof AbortSignal) return new StillSignal();
  if (!isObject(arg) || !isPlainPrototype(Object.getPrototypeOf(arg) ?? Object.prototype)) return arg;
  if (!Object.values(arg).some((each) => each instanceof AbortSignal)) return arg;
  return Object.fromEntries(Object.entries(arg).map(([name, each]) => [name, stilled(each)]));
}

/** Has it methods that would be lost? An error has none that matter. */
export function hasMethods(arg: unknown): boolean {
  if (!isObject(arg) || arg instanceof Error || Array.isArray(arg) || naturalTag(arg) !== undefined)
    return false;
  const prototype = Object.getPrototypeOf(arg) as object | null;
  if (prototype === null || isPlainPrototype(prototype)) return false;
  const text = encode(arg).text;
  return text.includes('"class"') && formOf(prototype).some(({ m = [] }) => m.length > 0);
}

/** The argument as text, if it comes back as it was. `isPatient`: lost parts do no harm. */
export function wholeText(arg: unknown, isPatient: boolean): Part | undefined {
  // Calling it tells the library something, and that is not called on replay.
  if (isPatient && typeof arg === "function") return ["g"];
  try {
    const given = stilled(arg);
    const { text, lost } = encode(given);
    const isWhole = isPatient || given instanceof Error || (lost.length === 0 && !hasMethods(given));
    return isWhole ? ["v", text] : undefined;
  } catch {
    return undefined;
  }
}

/** Do more objects hang on it than on any message? Clients make new ones for whoever looks at them. */
function isLarge(value: unknown): boolean {
  const seen = new Set<unknown>();
  const ahead = [value];
  while (ahead.length > 0) {
    const each = ahead.pop();
    if (!isObject(each) || seen.has(each) || ArrayBuffer.isView(each)) continue;
    if (seen.add(each).size > objectsMax) return true;
    ahead.push(...Object.values(each).filter(isObject));
  }
  return false;
}

/** The argument as text, with something else in the place of what cannot be kept. */
export function standInText(arg: unknown): Part {
  try {
    if (isLarge(arg) || isHandle(arg)) return ["g"];
    const { text } = encode(stilled(arg));
    return text.length > textMax ? ["g"] : ["s", text];
  } catch {
    return ["g"];
  }
}

/** The argument of a text of ours. */
export function argumentOf([kind, text = ""]: readonly string[]): unknown {
  if (kind === "g") return ghost();
  return kind === "s" ? haunted(decode(text)) : decode(text);
}

/** Can be read and called, and nothing comes of it: what it was used for is recorded. */
export function ghost(): object {
  return new Proxy(() => undefined, {
    get: (_, key) => {
      if (key === Symbol.asyncIterator) return () => ghost();
      return typeof key === "symbol" || askedByTools.has(key) ? undefined : ghost();
    },
    set: () => true,
    apply: () => ghost(),
    construct: () => ghost(),
  });
}

/** A value with ghosts in the places of its functions: it has none that were not lost. */
function haunted(value: unknown): unknown {
  if (typeof value === "function") return ghost();
  if (!isObject(value) || naturalTag(value) !== undefined || Array.isArray(value)) return value;
  return new Proxy(value, {
    get: (of, key, receiver) => {
      if (classChain(of).length === 0 && !Object.hasOwn(of, key)) return Reflect.get(of, key, receiver);
      try {
        return haunted(Reflect.get(of, key, receiver));
      } catch {
        return ghost();
      }
    },
  });
}
