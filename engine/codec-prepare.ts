/**
 * Finds the Responses, Requests and Blobs in a value whose bodies have to be read before it can be encoded.
 *
 * Invariant: values without any cost one short walk and no allocation worth naming.
 */
import { unrecordable } from "./codec-kinds.ts";
import { bodyKind, isUnread, readBody } from "./codec-response.ts";
import { liveKind } from "./live-values.ts";

const smallWalk = 200_000;
const smallDepth = 40;

/** Common kinds that hold nothing to be searched. */
function isAtom(value: object): boolean {
  return (
    value instanceof Date || ArrayBuffer.isView(value) || value instanceof URL || value instanceof RegExp
  );
}

/** Searches without remembering what it has seen; gives up (undefined) on what may be circular. */
class QuickSearch {
  #left = smallWalk;

  /** True: there is nothing but plain data. */
  isPlainData(value: unknown, depth = 0): boolean {
    if (typeof value !== "object" || value === null) return true;
    if (depth > smallDepth || --this.#left < 0) return false;
    if (Array.isArray(value)) {
      for (const item of value) if (!this.isPlainData(item, depth + 1)) return false;
      return true;
    }
    if (Object.getPrototypeOf(value) !== Object.prototype) return isAtom(value);
    const fields = value as Record<string, unknown>;
    for (const key of Object.keys(fields)) if (!this.isPlainData(fields[key], depth + 1)) return false;
    return true;
  }
}

function childrenOf(value: object): Iterable<unknown> {
  if (ArrayBuffer.isView(value)) return [];
  if (value instanceof Map) return [...value].flat();
  if (value instanceof Set) return value;
  if (typeof FormData !== "undefined" && value instanceof FormData) return [...value].flat();
  const children: unknown[] = [];
  for (const key of Object.getOwnPropertyNames(value)) {
    const member = Object.getOwnPropertyDescriptor(value, key);
    if (member !== undefined && "value" in member) children.push(member.value);
  }
  return children;
}

function isQuicklyPlain(value: object): boolean {
  try {
    return new QuickSearch().isPlainData(value);
  } catch {
    // A getter threw: the full search reads no getters.
    return false;
  }
}

function isLostAnyway(value: object): boolean {
  return (
    !(value instanceof Map || value instanceof Set) && (unrecordable(value) ?? liveKind(value)) !== undefined
  );
}

/** Notes an unread body, or gives what is to be searched next. Never throws. */
function visit(value: object, found: object[]): Iterable<unknown> {
  try {
    if (bodyKind(value) !== undefined) {
      if (isUnread(value)) found.push(value);
      return [];
    }
    // What is lost anyway is not searched: behind a socket is half of the process.
    return isLostAnyway(value) ? [] : childrenOf(value);
  } catch {
    // A hostile proxy: encode leaves it out.
  }
  return [];
}

/** All values with an unread body, in the value and behind all that it refers to. Never throws. */
export function findUnread(value: object): object[] {
  const found: object[] = [];
  if (isQuicklyPlain(value)) return found;
  const seen = new Set<object>();
  const left: unknown[] = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next !== "object" || next === null || seen.has(next)) continue;
    seen.add(next);
    for (const child of visit(next, found)) left.push(child);
  }
  return found;
}

/** Reads the bodies of what `findUnread` found. */
export async function readAll(unread: readonly object[]): Promise<void> {
  await Promise.all(
    unread.map(async (value) => {
      const kind = bodyKind(value);
      if (kind !== undefined) await readBody(value, kind);
    }),
  );
}
