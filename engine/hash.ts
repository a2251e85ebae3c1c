/**
 * A fast, stable, non-cryptographic hash of text. Pure JavaScript: the same everywhere, for ever.
 *
 * Invariant: fingerprints and site ids in journals depend on it; it never changes.
 */

/** Two 32-bit lanes over the text's UTF-16 units (cyrb53's mixing, all 64 bits kept). */
function lanes(text: string, seed: number): [number, number] {
  let a = 0xdeadbeef ^ seed;
  let b = 0x41c6ce57 ^ seed;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return [a >>> 0, b >>> 0];
}

const digitsPerRound = 12;

/** A hash as `chars` characters of base 36 (11 of them hold 56 bits). */
export function hashText(text: string, chars: number): string {
  let digits = "";
  for (let round = 0; digits.length < chars; round++) {
    const [high, low] = lanes(text, round);
    const number = (BigInt(high) << 32n) | BigInt(low);
    digits += number.toString(36).padStart(13, "0").slice(-digitsPerRound);
  }
  return digits.slice(0, chars);
}
