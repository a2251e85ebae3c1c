/**
 * Small questions about values that the codec asks: is it plain, which built-in is it, can it not be kept.
 *
 * Invariant: built-ins are recognised by their inner slots, not by what they claim to be. Nothing here throws.
 */
import { classChain } from "./codec-classes.ts";
import { hasMethod, liveKind, memberOf } from "./live-values.ts";

/** Stands for a property whose getter threw. */
export class Unreadable {}

/** `Object.prototype` of this realm or another one. */
export function isPlainPrototype(prototype: object): boolean {
  if (prototype === Object.prototype) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "isPrototypeOf");
}

/** `Array.prototype` of this realm or another one. */
export function isArrayPrototype(prototype: object): boolean {
  return prototype === Array.prototype || (Array.isArray(prototype) && Object.hasOwn(prototype, "concat"));
}

const getter = (prototype: object, key: PropertyKey) => Object.getOwnPropertyDescriptor(prototype, key)?.get;
const typedArrayTag = getter(Object.getPrototypeOf(Uint8Array.prototype) as object, Symbol.toStringTag);
const asks = (fn: unknown) => (value: object) => void Reflect.apply(fn as () => unknown, value, []);

/** For each built-in, a question that only a real one answers without throwing. */
const slots: Readonly<Record<string, (value: object) => void>> = {
  Date: asks(Date.prototype.getTime),
  Map: asks(getter(Map.prototype, "size")),
  Set: asks(getter(Set.prototype, "size")),
  RegExp: asks(getter(RegExp.prototype, "global")),
  ArrayBuffer: asks(getter(ArrayBuffer.prototype, "byteLength")),
  DataView: asks(getter(DataView.prototype, "byteOffset")),
  URL: asks(getter(URL.prototype, "href")),
  URLSearchParams: asks(URLSearchParams.prototype.toString),
  Number: asks(Number.prototype.valueOf),
  String: asks(String.prototype.valueOf),
  Boolean: asks(Boolean.prototype.valueOf),
  BigInt: asks(BigInt.prototype.valueOf),
};

/** The name of the built-in kind that devalue knows, or undefined. */
export function naturalTag(value: object): string | undefined {
  try {
    if (ArrayBuffer.isView(value)) {
      if (typedArrayTag === undefined || value instanceof DataView) return "DataView";
      return Reflect.apply(typedArrayTag, value, []) as string | undefined;
    }
    const tag = Object.prototype.toString.call(value).slice(8, -1);
    const ask = Object.hasOwn(slots, tag) ? slots[tag] : undefined;
    if (ask === undefined) return undefined;
    ask(value);
    return tag;
  } catch {
    return undefined;
  }
}

/** The bytes of a view that are its own: never the rest of a pool it was cut from. */
export function ownBytes(view: ArrayBufferView): {
  buffer: ArrayBuffer;
  byteOffset: number;
  byteLength: number;
  length: number;
  bufferByteLength: number;
} {
  const { byteLength, byteOffset } = view;
  const whole = view.buffer instanceof ArrayBuffer && view.buffer.byteLength === byteLength;
  const bytes = new Uint8Array(view.buffer, byteOffset, byteLength);
  const buffer = whole ? (view.buffer as ArrayBuffer) : new Uint8Array(bytes).buffer;
  return { buffer, byteOffset: 0, byteLength, length: byteLength, bufferByteLength: byteLength };
}

const tagged: Readonly<Record<string, string>> = {
  Promise: "promise",
  WeakMap: "WeakMap",
  WeakSet: "WeakSet",
  WeakRef: "WeakRef",
  SharedArrayBuffer: "SharedArrayBuffer",
  FinalizationRegistry: "FinalizationRegistry",
  Generator: "generator",
  AsyncGenerator: "async generator",
  CryptoKey: "CryptoKey",
  Symbol: "symbol object",
};

/** Why a value cannot be recorded by its kind alone (a promise, an iterator …), or undefined. */
export function unrecordable(value: object): string | undefined {
  const tag = memberOf(value, Symbol.toStringTag);
  if (typeof tag === "string") {
    if (Object.hasOwn(tagged, tag)) return tagged[tag];
    if (tag.endsWith(" Iterator")) return "iterator";
  }
  if (hasMethod(value, "then")) return "thenable";
  if (hasMethod(value, Symbol.iterator) && hasMethod(value, "next")) return "iterator";
  if (classChain(value).includes("KeyObject")) return "KeyObject";
  return undefined;
}

/** A function or live value: what makes an object that can be closed a client, not a row. */
export function isProcessBound(value: unknown): boolean {
  if (typeof value === "function") return true;
  return typeof value === "object" && value !== null && liveKind(value) !== undefined;
}

/** The name of a value's class, for messages. */
export const classOf = (value: object): string => classChain(value)[0] ?? "Object";

function formatKey(key: unknown): string {
  if (Array.isArray(key)) return `.get(${typeof key[0] === "object" ? "…" : String(key[0])})`;
  if (typeof key === "symbol") return `[${key.toString()}]`;
  const text = String(key);
  if (/^\d+$/.test(text)) return `[${text}]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(text) ? `.${text}` : `[${JSON.stringify(text)}]`;
}

/** A path as an author would write it: `config.headers[0]`, `.get("key")` for a Map's entry. */
export function formatPath(keys: readonly unknown[]): string {
  return keys.map(formatKey).join("").replace(/^\./, "");
}
