/**
 * Tells the values that JSON carries without any change: the codec's fast path.
 *
 * Owns:      the test for exactness. JSON's own `__proto__` keys are exact (`JSON.parse` makes them own keys).
 * Invariant: whatever is true here comes back from `JSON.parse(JSON.stringify(value))` deeply equal.
 */

const objectPrototype = Object.prototype;
const arrayPrototype = Array.prototype;

function isPlainArray(value: readonly unknown[], seen: Set<object>): boolean {
  // A hole reads as undefined, so it is refused by its element.
  for (let index = 0; index < value.length; index++) if (!isPlain(value[index], seen)) return false;
  return Object.keys(value).length === value.length;
}

function isPlainObject(value: Record<string, unknown>, seen: Set<object>): boolean {
  for (const key of Object.keys(value)) if (!isPlain(value[key], seen)) return false;
  return true;
}

function isPlain(value: unknown, seen: Set<object>): boolean {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return true;
  if (typeof value === "number") return Number.isFinite(value) && (value !== 0 || 1 / value > 0);
  if (typeof value !== "object" || seen.has(value)) return false;
  seen.add(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  const isSound = Array.isArray(value)
    ? prototype === arrayPrototype && isPlainArray(value, seen)
    : prototype === objectPrototype && isPlainObject(value as Record<string, unknown>, seen);
  return isSound && Object.getOwnPropertySymbols(value).length === 0;
}

/** True when JSON gives the value back exactly: no other kinds, no shared objects, nothing that throws. */
export function isPlainJson(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return isPlain(value, new Set());
  if ("toJSON" in objectPrototype || "toJSON" in arrayPrototype) return false;
  try {
    return isPlain(value, new Set());
  } catch {
    // A getter or a proxy threw, or the nesting is too deep: the slow path says what is wrong.
    return false;
  }
}
