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

/** The machine's randomness. */
export function realChance(): Chance {
  return {
    id: (prefix) => prefix + Array.from({ length: 24 }, () => digits[randomInt(digits.length)]).join(""),
    fraction: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
  };
}
