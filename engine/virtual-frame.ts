/**
 * A frame's own chance: draws that repeat.
 *
 * Owns:      `frameRandom`.
 * Invariant: equal (seed, frame path, count) give equal draws in every pass; other runs have other seeds.
 *            Bytes come from SHA-256, so that one token seen by a stranger does not betray the next.
 */
import { createHash } from "node:crypto";

/** A frame's source of chance. */
export interface FrameRandom {
  /** A number in [0, 1) with 53 random bits. */
  random(): number;
  bytes(count: number): Uint8Array;
}

/** Rounds after which sfc32 has mixed its seed well (its author's figure). */
const warmUp = 12;

/** Two outputs of sfc32 as one number in [0, 1). */
function fraction(words: Uint32Array, count: number): number {
  let a = words[0] ?? 0;
  let b = words[1] ?? 0;
  let c = (words[2] ?? 0) ^ count;
  let counter = words[3] ?? 0;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let round = 0; round < warmUp; round++) next();
  return ((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 0x20000000000000;
}

/** The draws of one frame of a run, from the run's seed, the frame's path and how many there were before. */
export function frameRandom(seed: string, framePath: string): FrameRandom {
  let draws = 0;
  let words: Uint32Array | undefined;
  const prefix = JSON.stringify([seed, framePath]);
  const block = (label: string): Buffer => createHash("sha256").update(`${prefix}${label}`).digest();
  return {
    random: () => {
      if (words === undefined) {
        const start = block("random");
        words = Uint32Array.from({ length: 4 }, (_, index) => start.readUInt32LE(index * 4));
      }
      return fraction(words, draws++);
    },
    bytes: (count) => {
      const draw = draws++;
      const out = new Uint8Array(count);
      for (let at = 0; at < count; at += 32) out.set(block(`${draw}.${at}`).subarray(0, count - at), at);
      return out;
    },
  };
}
