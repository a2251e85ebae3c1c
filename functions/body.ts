/**
 * Request bodies: read up to a limit, as strict UTF-8, as JSON.
 *
 * Invariant: a body over the limit is refused before it is in memory: by its declared length, else while it is counted.
 */
import type { Context } from "hono";
import { HoldfastError } from "../engine/errors.ts";

/** The largest body: Trigger.dev's 3 MB. */
export const bodyBytesMax = 3 * 1024 * 1024;

function tooLarge(most: number, fix: string): HoldfastError {
  return new HoldfastError("HF206", `The body is larger than ${most / 1024 / 1024} MB.`, fix);
}

/** What whoever sends too much is told. */
const usualFix = "Send a reference to the data (a URL, an object key) instead of the data.";

/**
 * The raw body. `most`: bytes.
 * @throws HoldfastError HF206 when it is larger than that, with `fix`.
 */
export async function bodyBytes(c: Context, most = bodyBytesMax, fix = usualFix): Promise<Uint8Array> {
  const declared = c.req.header("content-length");
  if (Number(declared ?? 0) > most) throw tooLarge(most, fix);
  // Servers hand over no more than was declared. Read as a whole: a stream costs more than all that is done with a small body.
  if (declared !== undefined) {
    const bytes = new Uint8Array(await c.req.raw.arrayBuffer());
    if (bytes.length > most) throw tooLarge(most, fix);
    return bytes;
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = c.req.raw.body?.getReader();
  if (reader === undefined) return new Uint8Array();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks, length);
    length += value.length;
    if (length > most) {
      // Not awaited: a sender that does not stop must not hold up its refusal.
      reader.cancel().catch(() => {});
      throw tooLarge(most, fix);
    }
    chunks.push(value);
  }
}

/** Bytes as text, or undefined when they are no UTF-8: replacing characters would change a payload unseen. */
export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** More levels than this would exhaust the stack of whoever handles the value later. */
const levelsMax = 1_000;

/** The index of the quote that closes the text which begins behind `from`. */
function endOfText(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}

/** How deeply a JSON text is nested, counted without recursion. */
function levels(text: string): number {
  let deepest = 0;
  let level = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = endOfText(text, at);
    else if (char === "[" || char === "{") deepest = Math.max(deepest, ++level);
    else if (char === "]" || char === "}") level--;
  }
  return deepest;
}

/**
 * Bytes as JSON.
 * @throws HoldfastError HF201 when they are not, HF207 when they are nested too deeply.
 */
export function json(bytes: Uint8Array): unknown {
  const text = utf8(bytes);
  if (text !== undefined && levels(text) > levelsMax) {
    const what = `The body is nested more than ${levelsMax} levels deep.`;
    throw new HoldfastError(
      "HF207",
      what,
      "Send flatter data, such as a list whose items name their parents.",
    );
  }
  try {
    if (text !== undefined) return JSON.parse(text) as unknown;
  } catch {
    // Refused below, without the parser's words: they quote the body.
  }
  throw new HoldfastError(
    "HF201",
    "The body is not valid JSON.",
    "Send JSON in UTF-8, with `content-type: application/json`.",
  );
}

/** The JSON body of an API route; an empty one counts as `{}`. */
export async function jsonBody(c: Context): Promise<unknown> {
  const bytes = await bodyBytes(c);
  return bytes.length === 0 ? {} : json(bytes);
}
