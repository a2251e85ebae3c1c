/**
 * Giving an object of the program the state that a journal has of it.
 *
 * Invariant: nothing here throws for what an object refuses: a frozen one, a field that is only read. What cannot be set
 *            was not changed by the call either.
 */

/** Which object of the program a decoded one stands for; without it their places decide. */
type Match = ReadonlyMap<object, object> | undefined;

/** Gives `target` the state of `source`, and what they hold alike; the answer is what stands in the target's place now. */
export function become(target: unknown, source: unknown, match: Match, seen: Map<object, unknown>): unknown {
  if (typeof source !== "object" || source === null) return source;
  if (seen.has(source)) return seen.get(source);
  const own = match === undefined ? target : match.get(source);
  const into = typeof own === "object" && own !== null && isAlike(own, source) ? own : source;
  seen.set(source, into);
  const next = (before: unknown, value: unknown): unknown => become(before, value, match, seen);
  if (source instanceof Map) becomeMap(into as Map<unknown, unknown>, source, next);
  else if (source instanceof Set) becomeSet(into as Set<unknown>, source, next);
  else if (into === source || !becomeBuiltIn(into, source)) becomeFields(into, source, next);
  return into;
}

type Next = (before: unknown, value: unknown) => unknown;

/** Asked for when they are needed: the first look at `Headers` loads all that `fetch` is made of (decision 0048). */
const lists = () => [URLSearchParams, Headers, FormData] as const;
const kinds = () => [Array, Map, Set, Date, RegExp, URL, Error, Promise, ArrayBuffer, ...lists()];

function isAlike(target: object, source: object): boolean {
  if (ArrayBuffer.isView(source) || ArrayBuffer.isView(target) || source instanceof ArrayBuffer)
    return bytesOf(source)?.byteLength === bytesOf(target)?.byteLength;
  return kinds().every((kind) => target instanceof kind === source instanceof kind);
}

function bytesOf(value: object): Uint8Array | undefined {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined;
}

/** What keeps its state elsewhere than in fields. False: it is none of these. */
function becomeBuiltIn(target: object, source: object): boolean {
  const bytes = bytesOf(source);
  if (bytes !== undefined) bytesOf(target)?.set(bytes);
  else if (source instanceof Date) (target as Date).setTime(source.getTime());
  else if (source instanceof URL) (target as URL).href = source.href;
  else if (source instanceof RegExp) (target as RegExp).lastIndex = source.lastIndex;
  else return lists().some((kind) => source instanceof kind && becomeList(target as URLSearchParams, source));
  return true;
}

function becomeList(target: URLSearchParams, source: object): boolean {
  for (const name of [...target.keys()]) target.delete(name);
  for (const [name, value] of source as URLSearchParams) target.append(name, value);
  return true;
}

function becomeMap(target: Map<unknown, unknown>, source: Map<unknown, unknown>, next: Next): void {
  const before = new Map(target);
  const entries = [...source].map(([key, value]) => [next(key, key), value] as const);
  target.clear();
  for (const [key, value] of entries) target.set(key, next(before.get(key), value));
}

function becomeSet(target: Set<unknown>, source: Set<unknown>, next: Next): void {
  const values = [...source].map((value) => next(value, value));
  target.clear();
  for (const value of values) target.add(value);
}

function becomeFields(target: object, source: object, next: Next): void {
  if (Array.isArray(target)) Reflect.set(target, "length", (source as unknown[]).length);
  for (const name of Object.keys(target))
    if (!Object.hasOwn(source, name)) Reflect.deleteProperty(target, name);
  for (const name of Object.keys(source)) {
    const there = Object.getOwnPropertyDescriptor(target, name);
    // What an accessor reads is recorded beside it.
    if (there !== undefined && !("value" in there)) continue;
    const value = next(there?.value, Reflect.get(source, name));
    if (there === undefined || !Object.is(there.value, value)) Reflect.set(target, name, value);
  }
}
