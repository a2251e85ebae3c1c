/**
 * Text as an attribute: kept as it is while it is short, compressed where that makes it smaller.
 *
 * Invariant: `unpack(pack(text))` is `text`. A compressed one is binary, so that no text is taken for one.
 */
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";

/** Quality 5 takes under a millisecond for a record and leaves a third of JSON; 11 takes fifty times as long. */
const quality = 5;

/** The length of a text in bytes, as DynamoDB counts it. */
export const bytesOf = (text: string): number => Buffer.byteLength(text);

/** The attribute of a text; it is compressed when it is longer than `above` bytes. */
export function pack(text: string, above: number): AttributeValue {
  const bytes = bytesOf(text);
  if (bytes <= above) return { S: text };
  const packed = brotliCompressSync(text, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: quality,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes,
    },
  });
  return packed.length < bytes ? { B: packed } : { S: text };
}

/** The text of an attribute, or undefined where it holds none. */
export function unpack(value: AttributeValue | undefined): string | undefined {
  if (value?.B !== undefined) return brotliDecompressSync(value.B).toString("utf8");
  return value?.S;
}
