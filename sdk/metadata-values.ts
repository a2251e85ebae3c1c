/**
 * What may be in a run's metadata, and how much.
 */
import { HoldfastError } from "../engine/errors.ts";
import { metadataCharsMax } from "../engine/run-metadata.ts";

function refused(what: string): HoldfastError {
  return new HoldfastError("HF512", what, "Metadata is an object of JSON values, at most 256 KB as text.");
}

/**
 * A copy of a value as JSON carries it: fields that are undefined go.
 * @throws HoldfastError HF512 for what JSON cannot carry.
 */
export function jsonCopy(value: unknown, of: string): unknown {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    // Refused below: a circle, a bigint, or a `toJSON` that throws.
  }
  if (text === undefined) throw refused(`${of} is no JSON value.`);
  return JSON.parse(text) as unknown;
}

/**
 * Metadata as they are given to a trigger or to `metadata.replace`.
 * @throws HoldfastError HF512 for what is no object of JSON values, or larger than 256 KB as text.
 */
export function checkMetadata(value: unknown): Readonly<Record<string, unknown>> {
  const copy = jsonCopy(value, "The metadata");
  if (typeof copy !== "object" || copy === null || Array.isArray(copy))
    throw refused("The metadata is no object.");
  if (JSON.stringify(copy).length > metadataCharsMax) throw refused("The metadata is larger than 256 KB.");
  return copy as Readonly<Record<string, unknown>>;
}
