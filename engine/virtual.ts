/**
 * Time and chance in run code: `Date`, `performance`, `Math.random` and `crypto` answer from the frame that is
 * running, so that they say the same in every pass (design 5.6).
 *
 * Owns:      the current context (synchronous: it never crosses an await) and the patches of the globals.
 * Never:     answers for code that runs outside `withFrame`: it gets what was there before.
 * Invariant: requests for more than 64 bytes are real: they fill pools that several runs drink from.
 */
import { builtInModule } from "./built-in-module.ts";
import { uuidOf } from "./virtual-uuid.ts";

export { frameRandom } from "./virtual-frame.ts";

/** Time and chance as the running frame sees them. */
export interface VirtualContext {
  /** Unix milliseconds; moves on a little with each read. */
  clock(): number;
  /** A number in [0, 1). */
  random(): number;
  bytes(count: number): Uint8Array;
}

let current: VirtualContext | undefined;

/** Runs `fn` with this context in force until it returns; undefined: with real time and chance. */
export function withFrame<T>(context: VirtualContext | undefined, fn: () => T): T {
  const before = current;
  current = context;
  try {
    return fn();
  } finally {
    current = before;
  }
}

/** The context in force. */
export const currentContext = (): VirtualContext | undefined => current;

interface Real {
  readonly now: () => number;
  readonly random: () => number;
}

/** Kept for all copies of the engine in a process: the first one to load saw the real ones. */
const realKey = Symbol.for("holdfast.real");
const shared = globalThis as unknown as Record<symbol, Real | undefined>;
shared[realKey] ??= { now: Date.now, random: Math.random };
const real: Real = shared[realKey];

/** The real time, Unix milliseconds, also inside a run. */
export const realNow: () => number = real.now;

/** Real chance, in [0, 1), also inside a run. */
export const realRandom: () => number = real.random;

/** More bytes than this at once are not drawn from the frame. */
const bytesMax = 64;

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Puts `make(previous)` in the place of a method, with its name, length and own properties. */
function replace(owner: object, name: string, make: (previous: Method) => Method): void {
  const previous: unknown = Reflect.get(owner, name);
  if (typeof previous !== "function") return;
  // node:crypto's own getRandomValues is fixed, and reads the one of globalThis.crypto.
  if (Object.getOwnPropertyDescriptor(owner, name)?.configurable === false) return;
  const patched = make(previous as Method);
  for (const key of Reflect.ownKeys(previous)) {
    const own = Object.getOwnPropertyDescriptor(previous, key);
    if (own !== undefined && key !== "prototype")
      Object.defineProperty(patched, key, { ...own, configurable: true });
  }
  Object.defineProperty(owner, name, {
    value: patched,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

function patchDate(): void {
  const Previous = globalThis.Date;
  replace(
    Previous,
    "now",
    (previous) => () => (current === undefined ? previous.call(Previous) : Math.floor(current.clock())),
  );
  const Patched = new Proxy(Previous, {
    construct: (target, args: unknown[], newTarget) =>
      Reflect.construct(
        target,
        args.length === 0 && current !== undefined ? [current.clock()] : args,
        newTarget,
      ) as object,
    apply: (target, thisArg, args) =>
      current === undefined ? Reflect.apply(target, thisArg, args) : new Previous(current.clock()).toString(),
  });
  // Libraries compare `value.constructor === Date`.
  Object.defineProperty(Previous.prototype, "constructor", {
    value: Patched,
    writable: true,
    configurable: true,
  });
  Object.defineProperty(globalThis, "Date", { value: Patched, writable: true, configurable: true });
}

function patchPerformance(): void {
  const { performance } = globalThis;
  if (performance === undefined) return;
  replace(
    performance,
    "now",
    (previous) => () => (current === undefined ? previous.call(performance) : current.clock()),
  );
  // A run has no process: its time begins at 0, so that `timeOrigin + now()` is the time of day.
  const timeOrigin = (): number =>
    Reflect.get(Object.getPrototypeOf(performance) as object, "timeOrigin", performance) as number;
  const own = Object.getOwnPropertyDescriptor(performance, "timeOrigin")?.get;
  const get = () =>
    current === undefined ? ((own?.call(performance) as number | undefined) ?? timeOrigin()) : 0;
  Object.defineProperty(performance, "timeOrigin", { get, enumerable: true, configurable: true });
}

/** Fills a view from the frame; false where that is left to the real source. */
function fill(view: unknown): boolean {
  if (current === undefined || !ArrayBuffer.isView(view) || view.byteLength > bytesMax) return false;
  const isWhole =
    !(view instanceof Float32Array) && !(view instanceof Float64Array) && !(view instanceof DataView);
  if (!isWhole) return false;
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength).set(current.bytes(view.byteLength));
  return true;
}

function patchWebCrypto(crypto: object): void {
  replace(
    crypto,
    "randomUUID",
    (previous) =>
      (...args) =>
        current === undefined ? previous.apply(crypto, args) : uuidOf(current.bytes(16)),
  );
  replace(
    crypto,
    "getRandomValues",
    (previous) =>
      (...args) =>
        fill(args[0]) ? args[0] : previous.apply(crypto, args),
  );
}

/** The part of a view or buffer that `randomFill(buffer, offset, size)` means; undefined: leave it alone. */
function part([target, offset = 0, size]: readonly unknown[]): Uint8Array | undefined {
  const isView = ArrayBuffer.isView(target);
  if (!isView && !(target instanceof ArrayBuffer)) return undefined;
  const unit = isView ? ((target as Uint8Array).BYTES_PER_ELEMENT ?? 1) : 1;
  const bytes = isView
    ? new Uint8Array(target.buffer, target.byteOffset, target.byteLength)
    : new Uint8Array(target);
  const from = Number(offset) * unit;
  const to = size === undefined ? bytes.length : from + Number(size) * unit;
  return from >= 0 && to >= from && to <= bytes.length ? bytes.subarray(from, to) : undefined;
}

const largestRange = 2 ** 48;

function drawInt(context: VirtualContext, args: readonly unknown[]): number | undefined {
  const [min, max] = args.length === 1 || args[1] === undefined ? [0, args[0]] : args;
  if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max)) return undefined;
  const range = (max as number) - (min as number);
  if (range <= 0 || range >= largestRange) return undefined;
  return (min as number) + Math.floor(context.random() * range);
}

const hasCallback = (args: readonly unknown[]): boolean => args.some((arg) => typeof arg === "function");

function patchNodeCrypto(crypto: object): void {
  patchWebCrypto(crypto);
  replace(crypto, "randomBytes", (previous) => (...args) => {
    const [size] = args;
    const isOurs =
      current !== undefined && args.length === 1 && Number.isInteger(size) && (size as number) >= 0;
    if (!isOurs || (size as number) > bytesMax) return previous.apply(crypto, args);
    return Buffer.from(current?.bytes(size as number) ?? []);
  });
  replace(crypto, "randomInt", (previous) => (...args) => {
    const drawn = current === undefined || hasCallback(args) ? undefined : drawInt(current, args);
    return drawn ?? previous.apply(crypto, args);
  });
  replace(crypto, "randomFillSync", (previous) => (...args) => {
    const target = current === undefined ? undefined : part(args);
    if (current === undefined || target === undefined || target.length > bytesMax)
      return previous.apply(crypto, args);
    target.set(current.bytes(target.length));
    return args[0];
  });
}

let isInstalled = false;

/**
 * Patches the globals and `node:crypto`, once. Call it before the author's code and its libraries load.
 * Several copies of the engine may do so: each falls through to the one before.
 */
export function installVirtualGlobals(): void {
  if (isInstalled) return;
  isInstalled = true;
  patchDate();
  patchPerformance();
  replace(
    Math,
    "random",
    (previous) => () => (current === undefined ? previous.call(Math) : current.random()),
  );
  if (globalThis.crypto !== undefined) patchWebCrypto(globalThis.crypto);
  const crypto = builtInModule("node:crypto");
  if (crypto === undefined) return;
  patchNodeCrypto(crypto);
  builtInModule<{ syncBuiltinESMExports?: () => void }>("node:module")?.syncBuiltinESMExports?.();
}
