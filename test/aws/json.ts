/**
 * Reading JSON that others wrote: templates, requests, policies.
 *
 * Invariant: what has not the expected form, and a member that nobody knows, throws with its place.
 */

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [name: string]: Json;
}

const wrong = (value: unknown, what: string, wanted: string): Error =>
  new Error(`${what} is no ${wanted}: ${JSON.stringify(value)?.slice(0, 200)}`);

/** True for an object that is no list. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The value as an object; `undefined` counts as an empty one. */
export function object(value: Json | undefined, what: string): JsonObject {
  if (value === undefined) return {};
  if (!isObject(value)) throw wrong(value, what, "object");
  return value;
}

/** The value as a list; `undefined` counts as an empty one, a single value as a list of one. */
export function list(value: Json | undefined): readonly Json[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as Json];
}

/** The value as a text. */
export function text(value: Json | undefined, what: string): string {
  if (typeof value !== "string") throw wrong(value, what, "text");
  return value;
}

/** The value as a list of texts. */
export const texts = (value: Json | undefined, what: string): string[] =>
  list(value).map((each) => text(each, what));

/** The value as a number; CloudFormation takes numbers as texts too. */
export function number(value: Json | undefined, what: string): number {
  const found = typeof value === "string" ? Number(value) : value;
  if (typeof found !== "number" || Number.isNaN(found)) throw wrong(value, what, "number");
  return found;
}

/** The members that are in `known`; any other throws. */
export function only<K extends string>(
  value: JsonObject,
  known: readonly K[],
  what: string,
): Readonly<Partial<Record<K, Json>>> {
  const strange = Object.keys(value).filter((name) => !(known as readonly string[]).includes(name));
  if (strange.length > 0)
    throw new Error(`${what} has ${strange.join(", ")}, which the bench does not know.`);
  return value as Readonly<Partial<Record<K, Json>>>;
}
