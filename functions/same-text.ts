/** Secrets, compared in a time that does not tell how much of them is right. */
import { timingSafeEqual } from "node:crypto";

/** Are the texts the same? `known` is the secret. */
export function sameText(given: string, known: string): boolean {
  const wanted = Buffer.from(known);
  const other = Buffer.from(given);
  return other.length === wanted.length && timingSafeEqual(other, wanted);
}
