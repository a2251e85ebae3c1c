/**
 * Links to large values: signed, ending, and good without a key, as presigned URLs are.
 *
 * Never:     opens a value whose link it has not signed itself.
 * Invariant: a link names one value; whoever has it can read that value until it ends, and nothing else.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { HoldfastError } from "../engine/errors.ts";

/** How long a link is good. */
const linkMs = 3_600_000;

/** Makes and checks links to values in the spill. */
export interface Packets {
  /** Path and query of a link to this value. */
  link(ref: string, now: number): string;
  /**
   * Checks a link.
   * @throws HoldfastError HF202 when it was not signed here, was changed or has ended.
   */
  check(ref: string, query: { readonly expires: string; readonly signature: string }, now: number): void;
}

/** Links signed with a key, by default one that nobody else has: then they end with the process. */
export function packets(key: Buffer = randomBytes(32)): Packets {
  const sign = (ref: string, expires: string): Buffer =>
    createHmac("sha256", key).update(`${expires}\n${ref}`).digest();
  return {
    link(ref, now) {
      const expires = String(Math.ceil((now + linkMs) / 1_000));
      const signature = sign(ref, expires).toString("base64url");
      return `/api/v1/packets/${encodeURIComponent(ref)}?expires=${expires}&signature=${signature}`;
    },
    check(ref, { expires, signature }, now) {
      // Texts are compared: of several texts that give the same bytes only the one that was made is good.
      const given = Buffer.from(signature);
      const wanted = Buffer.from(sign(ref, expires).toString("base64url"));
      const isSigned = given.length === wanted.length && timingSafeEqual(given, wanted);
      if (!isSigned || Number(expires) * 1_000 <= now) {
        throw new HoldfastError(
          "HF202",
          "The link is not valid, or it has ended.",
          "Retrieve the run again: it has a new link.",
        );
      }
    },
  };
}
