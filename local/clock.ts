/**
 * Real time and real chance, as a process has them.
 *
 * Invariant: `after` never fires early, also beyond the 24.8 days that a Node timer can hold.
 */
import { randomBytes, randomInt } from "node:crypto";
import type { Chance, Clock } from "../engine/ports.ts";

/** The longest time that `setTimeout` keeps; anything above fires at once. */
const longestTimerMs = 2 ** 31 - 1;

/** The machine's clock. */
export function realClock(): Clock {
  return {
    now: Date.now,
    after(ms, fn) {
      let timer: NodeJS.Timeout;
      const wait = (left: number): void => {
        const part = Math.min(left, longestTimerMs);
        timer = setTimeout(() => (left > part ? wait(left - part) : fn()), Math.max(0, part));
      };
      wait(ms);
      return () => clearTimeout(timer);
    },
    turn: (fn) => void setImmediate(fn),
  };
}

const digits = "0123456789abcdefghijklmnopqrstuvwxyz";
const random = (length: number): string =>
  Array.from({ length }, () => digits[randomInt(digits.length)]).join("");

/** Milliseconds in base 36, of a length that lasts for 3,000 years. */
const timeLength = 9;

/**
 * The machine's randomness. An id with a prefix begins with its time, and 77 bits of chance follow: rows that are written together lie
 * together, so that a commit of many new runs writes a few pages of the database, not one for each. Without a prefix all is chance.
 */
export function realChance(): Chance {
  return {
    id: (prefix) =>
      prefix === ""
        ? random(24)
        : prefix + Date.now().toString(36).padStart(timeLength, "0") + random(24 - timeLength),
    fraction: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
  };
}
