/**
 * What the accessors of an unknown class's instance give: `result.text` of a class that keeps its parts elsewhere.
 *
 * Owns:      which of them are read.
 * Never:     keeps one that throws, or gives a promise or a function: touching it fails in the copy, as methods do.
 */
import type { ClassForm } from "./codec-classes.ts";
import { Unreadable } from "./codec-kinds.ts";
import { hasMethod } from "./live-values.ts";

/** The accessors of a class and of those above it that no field hides, each with what it gives. */
export function computedParts(
  thing: object,
  form: ClassForm,
  read: (key: string) => unknown,
): [key: string, value: unknown][] {
  const names = new Set(form.flatMap(({ g = [] }) => g));
  return [...names].flatMap((key): [string, unknown][] => {
    if (Object.prototype.propertyIsEnumerable.call(thing, key)) return [];
    const value = read(key);
    return isKept(value) ? [[key, value]] : [];
  });
}

function isKept(value: unknown): boolean {
  if (typeof value === "function" || value instanceof Unreadable) return false;
  if (typeof value !== "object" || value === null || !hasMethod(value, "then")) return true;
  // Nobody waits for what was only looked at.
  Promise.resolve(value).catch(() => {});
  return false;
}
