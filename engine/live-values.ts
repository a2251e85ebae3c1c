/**
 * Which values belong to a process and cannot be kept: the one place for the lists behind handles and lost parts.
 *
 * Owns:      the lists (classes, closing calls, set-up calls, atomic callbacks) and `liveKind`.
 * Never:     decides what a run does about such a value: `handle.ts` and the codec do.
 */
import { classChain } from "./codec-classes.ts";

/** The configurable lists. Names are those of functions without their receiver: `pool.end` is `end`. */
export interface HandleLists {
  /** Class names that are live, each with a method that a class of that name must have ("" for none). */
  readonly liveClasses: ReadonlyMap<string, string>;
  /** Class names that are data whatever methods they have. */
  readonly dataClasses: ReadonlySet<string>;
  /** Methods that close: an object that has one and cannot be recorded whole is a handle. */
  readonly closingMethods: ReadonlySet<string>;
  /** Names of calls that close a handle. */
  readonly closingCalls: ReadonlySet<string>;
  /** Names of calls that set a handle up; made again on replay. */
  readonly setUpCalls: ReadonlySet<string>;
  /** Names of calls whose callback is one unit. */
  readonly atomicCallbacks: ReadonlySet<string>;
}

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== "");

function defaults(): {
  liveClasses: Map<string, string>;
  dataClasses: Set<string>;
  closingMethods: Set<string>;
  closingCalls: Set<string>;
  setUpCalls: Set<string>;
  atomicCallbacks: Set<string>;
} {
  return {
    liveClasses: new Map([
      ["EventEmitter", "emit"],
      ["EventTarget", "dispatchEvent"],
      ["ReadableStream", "getReader"],
      ["WritableStream", "getWriter"],
      ["TransformStream", ""],
      ["TextDecoderStream", ""],
      ["TextEncoderStream", ""],
      ["CompressionStream", ""],
      ["DecompressionStream", ""],
      ["ReadableStreamDefaultReader", "read"],
      ["WritableStreamDefaultWriter", "write"],
      ["AbortController", "abort"],
      ["Timeout", "hasRef"],
      ["Immediate", "hasRef"],
      ["Dir", "readSync"],
      ["PrismaClient", "$disconnect"],
      ["Stripe", ""],
      ["OpenAI", ""],
      ["Anthropic", ""],
    ]),
    dataClasses: new Set(words("Model Document BaseEntity")),
    closingMethods: new Set(words("close end destroy release disconnect quit")),
    closingCalls: new Set(
      words(
        "close end destroy release disconnect quit terminate shutdown stop dispose asyncDispose kill $disconnect logout",
      ),
    ),
    setUpCalls: new Set(
      words(
        "connect $connect open init initialize login authenticate ready start launch listen waitUntilReady",
      ),
    ),
    atomicCallbacks: new Set(
      words(
        "transaction $transaction withTransaction transactional runTransaction inTransaction useTransaction tx multi_tx begin",
      ),
    ),
  };
}

const lists = defaults();

/** The lists in force. */
export const handleLists: HandleLists = lists;

/** Names to add to the lists (and live classes with the method that confirms them). */
export interface HandleSettings {
  readonly liveClasses?: Readonly<Record<string, string>>;
  readonly dataClasses?: readonly string[];
  readonly closingMethods?: readonly string[];
  readonly closingCalls?: readonly string[];
  readonly setUpCalls?: readonly string[];
  readonly atomicCallbacks?: readonly string[];
}

/** Sets the lists to the defaults plus `added`. */
export function configureHandles(added: HandleSettings = {}): void {
  const fresh = defaults();
  for (const name of [
    "dataClasses",
    "closingMethods",
    "closingCalls",
    "setUpCalls",
    "atomicCallbacks",
  ] as const) {
    lists[name] = fresh[name];
    for (const word of added[name] ?? []) lists[name].add(word);
  }
  lists.liveClasses = fresh.liveClasses;
  for (const [name, method] of Object.entries(added.liveClasses ?? {})) lists.liveClasses.set(name, method);
}

/** A member of a value, or undefined where reading it throws. */
export function memberOf(value: object, key: PropertyKey): unknown {
  try {
    return Reflect.get(value, key) as unknown;
  } catch {
    return undefined;
  }
}

/** Does the value have a method of this name? Never throws. */
export function hasMethod(value: object, key: PropertyKey): boolean {
  return typeof memberOf(value, key) === "function";
}

/** A `Response` whose body is an open stream of events. */
export function isEventStream(value: object): boolean {
  if (memberOf(value, Symbol.toStringTag) !== "Response") return false;
  const headers = memberOf(value, "headers");
  if (typeof headers !== "object" || headers === null) return false;
  const get = memberOf(headers, "get");
  if (typeof get !== "function") return false;
  return /^\s*text\/event-stream/i.test(String(Reflect.apply(get, headers, ["content-type"])));
}

/**
 * What kind of live value this is by its type alone: a stream, socket, event emitter, timer, async iterator,
 * something disposable, or a listed class. Undefined for data. Never throws.
 */
export function liveKind(value: object): string | undefined {
  if (typeof value === "function") return "function";
  for (const name of classChain(value)) {
    const method = lists.liveClasses.get(name);
    if (method !== undefined && (method === "" || hasMethod(value, method)))
      return classChain(value)[0] ?? name;
  }
  if (hasMethod(value, Symbol.asyncIterator) && hasMethod(value, "next")) return "async iterator";
  if (isEventStream(value)) return "event stream";
  if (hasMethod(value, disposeSymbol("dispose")) || hasMethod(value, disposeSymbol("asyncDispose")))
    return classChain(value)[0] ?? "disposable";
  return undefined;
}

/** Node 20 has the symbols; helpers of older compilers use registered ones. */
export function disposeSymbol(name: "dispose" | "asyncDispose"): symbol {
  return (Symbol as unknown as Record<string, symbol | undefined>)[name] ?? Symbol.for(`Symbol.${name}`);
}

/** Has it a method that closes it? */
export function canBeClosed(value: object): boolean {
  for (const name of lists.closingMethods) if (hasMethod(value, name)) return true;
  return false;
}
