/**
 * Texts sealed under a key: AES-256-GCM, with what they belong to as associated data.
 *
 * Owns:      the form: `e`, a header in clear, a line's end, and base64 of a byte that says how the text is packed, the nonce,
 *            the tag and what is sealed.
 * Invariant: the nonce is a keyed hash of the place and the text. So a text that is sealed again is the same text, and a
 *            write that is repeated is seen to be the same write; two texts have two nonces.
 */
import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { HoldfastError } from "../../engine/errors.ts";
import { isEncrypted } from "../../engine/sealed-text.ts";

/** The version of the form; it is part of what is authenticated. */
const form = "holdfast 1";
const [nonceBytes, tagBytes] = [12, 16];
/** Shorter texts are not packed: nothing would be won. */
const packAbove = 256;

/** A key that seals. `place`: what the text belongs to; it opens nowhere else. */
export interface Sealing {
  seal(place: string, text: string, header?: string): string;
  /** @throws HoldfastError HF331 where the text is not sealed, was changed, or belongs elsewhere. */
  open(place: string, text: string): string;
}

/** What is told of a text that does not open. */
export function doesNotOpen(what: string, cause?: unknown): HoldfastError {
  const fix = "Put the key and the data back from one backup, or leave the run as it is and replay it.";
  return new HoldfastError("HF331", `A sealed text cannot be read: ${what}`, fix, { cause });
}

/** The header of a sealed text, which is in clear. */
export const headerOf = (text: string): string => text.slice(1, text.indexOf("\n"));

function packed(text: string): Buffer {
  const plain = Buffer.from(text);
  const small = plain.length > packAbove ? deflateRawSync(plain) : plain;
  const [how, body] = small.length < plain.length ? [1, small] : [0, plain];
  return Buffer.concat([Buffer.of(how), body]);
}

const unpacked = (bytes: Buffer): string =>
  (bytes[0] === 1 ? inflateRawSync(bytes.subarray(1)) : bytes.subarray(1)).toString();

/** A key of 32 bytes at work. */
export function sealingWith(key: Buffer): Sealing {
  const derived = (use: string): Buffer => createHmac("sha256", key).update(`${form} ${use}`).digest();
  const [cipherKey, nonceKey] = [derived("seal"), derived("nonce")];
  const around = (place: string, header: string): Buffer =>
    Buffer.from(JSON.stringify([form, place, header]));
  return {
    seal(place, text, header = "") {
      const data = around(place, header);
      const body = packed(text);
      const nonce = createHmac("sha256", nonceKey)
        .update(`${data.length} `)
        .update(data)
        .update(body)
        .digest()
        .subarray(0, nonceBytes);
      const cipher = createCipheriv("aes-256-gcm", cipherKey, nonce).setAAD(data);
      const sealed = Buffer.concat([cipher.update(body), cipher.final()]);
      return `e${header}\n${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64")}`;
    },
    open(place, text) {
      if (!isEncrypted(text)) throw doesNotOpen("it is not sealed, and should be.");
      const header = headerOf(text);
      const bytes = Buffer.from(text.slice(header.length + 2), "base64");
      try {
        const decipher = createDecipheriv("aes-256-gcm", cipherKey, bytes.subarray(0, nonceBytes), {
          authTagLength: tagBytes,
        });
        decipher.setAAD(around(place, header));
        decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
        const rest = bytes.subarray(nonceBytes + tagBytes);
        return unpacked(Buffer.concat([decipher.update(rest), decipher.final()]));
      } catch (cause) {
        throw doesNotOpen("it was changed, or was sealed elsewhere or with another key.", cause);
      }
    },
  };
}
