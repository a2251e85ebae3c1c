/** Real time and real chance, as a function has them: no timer here outlives an invocation. */
import { randomBytes, randomInt } from "node:crypto";
import type { Chance, Clock } from "../engine/ports.ts";

/** The machine's clock. */
export const realClock: Clock = {
  now: Date.now,
  after(ms, fn) {
    const timer = setTimeout(fn, Math.max(0, ms));
    return () => clearTimeout(timer);
  },
  turn: (fn) => void setImmediate(fn),
};

const digits = "0123456789abcdefghijklmnopqrstuvwxyz";

/** The machine's randomness. */
export const realChance: Chance = {
  id: (prefix) => prefix + Array.from({ length: 24 }, () => digits[randomInt(digits.length)]).join(""),
  fraction: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
};
