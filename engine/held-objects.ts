/**
 * The objects that a value holds, in an order that is the same for the value and for its decoded copy: by it a journal can
 * say which object of a state is which object of the program.
 *
 * Owns:      the order (a value before its members, all members before theirs) and its short form.
 * Invariant: an object stands in a list once, however often it is held.
 */
import { codecOf } from "./codec-classes.ts";
import { isError } from "./codec-errors.ts";
import { isPlainPrototype, naturalTag } from "./codec-kinds.ts";
import { liveKind } from "./live-values.ts";

const nothing: readonly unknown[] = [];

/** Does the journal keep this object by its own fields? */
function hasFields(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null || isPlainPrototype(prototype) || Array.isArray(value)) return true;
  return (
    naturalTag(value) === undefined &&
    !isError(value) &&
    codecOf(value) === undefined &&
    liveKind(value) === undefined
  );
}

function membersOf(value: object): Iterable<unknown> {
  if (value instanceof Map) return [...value].flat();
  if (value instanceof Set) return value;
  return hasFields(value) ? Object.values(value) : nothing;
}

/** The objects that the values are and hold. */
export function objectsIn(values: readonly unknown[]): object[] {
  const found = new Set<object>();
  const note = (value: unknown): void => {
    if (typeof value === "object" && value !== null) found.add(value);
  };
  values.forEach(note);
  // A Set gives what is added while it is gone through, too.
  for (const value of found) for (const member of membersOf(value)) note(member);
  return [...found];
}

/** Which of the objects `before` each of those `now` is, as runs: the place of the first and how many; -1: new ones. */
export function placesOf(now: readonly object[], before: readonly object[]): number[] {
  const places = new Map(before.map((value, place) => [value, place]));
  const runs: number[] = [];
  for (const value of now) {
    const place = places.get(value) ?? -1;
    const [first = -1, length = 0] = runs.slice(-2);
    const isNext =
      runs.length > 0 && (place === -1 ? first === -1 : first !== -1 && first + length === place);
    if (isNext) runs[runs.length - 1] = length + 1;
    else runs.push(place, 1);
  }
  return runs;
}

/** For each object of a decoded state the object of the program that it stands for. Undefined: the lists do not fit. */
export function matched(
  now: readonly object[],
  before: readonly object[],
  runs: readonly number[],
): Map<object, object> | undefined {
  const found = new Map<object, object>();
  let at = 0;
  for (let run = 0; run < runs.length; run += 2) {
    const [first = -1, length = 0] = runs.slice(run, run + 2);
    for (let place = 0; place < length; place++, at++) {
      const [value, own] = [now[at], before[first + place]];
      if (first !== -1 && value !== undefined && own !== undefined) found.set(value, own);
    }
  }
  return at === now.length ? found : undefined;
}
