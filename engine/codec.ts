/**
 * The codec: values to text and back. Used for payloads, results, arguments and fingerprints.
 *
 * Owns:      the text form: `j` + JSON for values that JSON keeps exactly, `d` + devalue for all others.
 * Invariant: `decode(encode(v).text)` behaves as `v` did, or fails loudly (HF301 here, HF303 when touched);
 *            encoding the decoded copy gives the same text again.
 */
import { brokenText, decodeSlowly } from "./codec-decode.ts";
import { encodeSlowly } from "./codec-encode.ts";
import { registerNodeClasses } from "./codec-node.ts";
import { isPlainJson } from "./codec-plain.ts";
import { findUnread, readAll } from "./codec-prepare.ts";
import { hashText } from "./hash.ts";
import { isSealed, masked } from "./sealed-text.ts";

export { registerCodec, registerErrorClass } from "./codec-classes.ts";
export { installErrorInstances } from "./codec-errors.ts";

/** A value as text, and the paths of what could not be recorded in it. */
export interface Encoded {
  readonly text: string;
  readonly lost: readonly string[];
}

registerNodeClasses();

const nothingLost: readonly string[] = [];
const encodedUndefined: Encoded = { text: "d-1", lost: nothingLost };

/** The value as text. Throws HF301 where it is, or plainly contains, what cannot be recorded. */
export function encode(value: unknown): Encoded {
  if (value === undefined) return encodedUndefined;
  if (isPlainJson(value)) return { text: `j${JSON.stringify(value)}`, lost: nothingLost };
  const { text, lost } = encodeSlowly(value, "record", hashSource);
  return { text: `d${text}`, lost };
}

/**
 * The value of a text. `at` names the await ("stripe.charges.create, tasks/order.ts:14") for HF303. A sealed text's
 * secrets come as masks.
 */
export function decode(text: string, at = ""): unknown {
  if (isSealed(text)) return decode(masked(text), at);
  const rest = text.slice(1);
  if (text.startsWith("j")) return JSON.parse(rest) as unknown;
  if (text.startsWith("d")) return decodeSlowly(rest, at);
  throw brokenText(`begins with "${text.slice(0, 1)}", a form which this version does not know`);
}

/**
 * Reads the bodies of Response, Request and Blob in the value, so that `encode` can be synchronous.
 * Undefined when there are none. Rejects with HF302 above the limit.
 */
export function prepare(value: unknown): Promise<void> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const unread = findUnread(value);
  return unread.length === 0 ? undefined : readAll(unread);
}

/** The value as text for comparing: never throws for its kinds, keeps no stacks, counts live parts by class. */
export function comparisonText(value: unknown): string {
  if (isPlainJson(value)) return JSON.stringify(value);
  return encodeSlowly(value, "fingerprint", hashSource).text;
}

function hashSource(source: string): string {
  return hashText(source, 11);
}
