/**
 * The small parts of the tree: times, places, errors and values as they are shown.
 *
 * Never: throws because of a recorded value; what cannot be read is left out.
 */
import { decode } from "../engine/codec.ts";
import { hashText } from "../engine/fingerprint.ts";
import type { Place, ResultRecord } from "../engine/record.ts";
import type { RunError } from "../engine/run.ts";
import { toRunError } from "../engine/run-error.ts";
import type { ErrorView } from "../sdk/tree-entry.ts";
import { jsonView, preview } from "./json-view.ts";

/** A time as ISO text. */
export const iso = (ms: number): string => new Date(ms).toISOString();

/** A stored error, as it is shown. */
export function errorIn({ name, message, stack, code, cause }: RunError): ErrorView {
  return {
    name,
    message,
    ...(stack === undefined ? {} : { stackTrace: stack }),
    ...(code === undefined ? {} : { code }),
    ...(cause === undefined ? {} : { cause }),
  };
}

/** Name, file and line of a place; without one, the last part of the key stands in. */
export function placeOf(
  place: Place | undefined,
  key: string,
): { name: string; file: string | null; line: number | null } {
  if (place === undefined) return { name: key.slice(key.lastIndexOf("/") + 1), file: null, line: null };
  const found = /^(.*):(\d+)$/.exec(place.at);
  return { name: place.name, file: found?.[1] ?? (place.at || null), line: found ? Number(found[2]) : null };
}

/** The beginning of a codec text's value as JSON text, or null when it cannot be read. */
function previewText(text: string): string | null {
  try {
    return preview(decode(text));
  } catch {
    return null;
  }
}

/** The beginning of the arguments that a library gave to a callback; what was the library's own argument is named so. */
export function argumentsShown(text: string): string | null {
  try {
    const parts = JSON.parse(text) as readonly (readonly [string, unknown])[];
    return preview(
      parts.map(([kind, part]) => (kind === "v" ? decode(String(part)) : `argument ${Number(part) + 1}`)),
    );
  } catch {
    return null;
  }
}

/** What a result holds: the beginning of its value, or its error. */
export function valueShown(result: ResultRecord | undefined): {
  output: string | null;
  outputBytes: number | null;
  error: ErrorView | null;
} {
  if (result === undefined) return { output: null, outputBytes: null, error: null };
  const { value, ok } = result;
  if (!ok)
    return { output: null, outputBytes: null, error: thrown("inline" in value ? value.inline : undefined) };
  // It is an object that stands elsewhere: an input, or another call's result.
  if (result.same !== undefined || result.as !== undefined)
    return { output: null, outputBytes: null, error: null };
  if ("inline" in value)
    return { output: previewText(value.inline), outputBytes: value.inline.length, error: null };
  return { output: null, outputBytes: value.bytes, error: null };
}

/** The id of a child's run: what the child told at its end, else what engine/waits.ts gives a child of this key. */
export function childShown(
  runId: string,
  key: string,
  result: ResultRecord | undefined,
  other: string | undefined,
): string {
  const made = other ?? `run_${hashText(`${runId} ${key}`, 24)}`;
  if (result === undefined || !("inline" in result.value)) return made;
  try {
    const { id } = (decode(result.value.inline) ?? {}) as { readonly id?: unknown };
    return typeof id === "string" && id.startsWith("run_") ? id : made;
  } catch {
    return made;
  }
}

const unreadable: ErrorView = { name: "Error", message: "The error is kept apart or cannot be read." };

/** Anything can be thrown; what is no error shows as its JSON. */
function thrown(text: string | undefined): ErrorView {
  if (text === undefined) return unreadable;
  try {
    const value = decode(text);
    if (!(value instanceof Error)) return { name: "Error", message: preview(value) };
    const code = (jsonView(value).json as { code?: unknown } | undefined)?.code;
    const { cause } = toRunError(value);
    return {
      name: String(value.name),
      message: String(value.message),
      ...(typeof value.stack === "string" ? { stackTrace: value.stack } : {}),
      ...(typeof code === "string" ? { code } : {}),
      ...(cause === undefined ? {} : { cause }),
    };
  } catch {
    return unreadable;
  }
}
