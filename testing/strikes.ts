/**
 * When the process dies: at places that were named, or that a seed draws.
 */
import { seeded } from "./seeded.ts";
import type { Crash, RunOptions, When } from "./types.ts";

/** How likely a crash is at each place that a seed draws from. */
const odds = 0.12;
/** More crashes than this without a write between them would be a process that dies of its own code. */
const inVainMax = 2;

/** The crashes of one run. */
export interface Strikes {
  /** What happens at the k-th call or write. `inVain`: crashes since the last write. */
  at(what: "call" | "write", k: number, inVain: number): When | undefined;
  /** It was no such place after all: the next one is. */
  undo(what: "call" | "write", k: number, when: When): void;
  /** Named places that the run has not come to. */
  unreached(): readonly Crash[];
}

/** Crashes as they were asked for. */
export function strikesOf(crash: RunOptions["crash"]): Strikes {
  if (crash === undefined) return named([]);
  return "seed" in crash ? drawn(crash.seed, crash.crashes) : named(crash);
}

function named(crashes: readonly Crash[]): Strikes {
  const left = new Set(crashes);
  return {
    at(what, k) {
      for (const crash of left) {
        if (crash[what] !== k) continue;
        left.delete(crash);
        return crash.when;
      }
      return undefined;
    },
    undo(what, k, when) {
      left.add(what === "call" ? { when, call: k } : { when, write: k });
    },
    unreached: () => [...left],
  };
}

function drawn(seed: number, crashes: number): Strikes {
  const random = seeded(seed);
  let left = crashes;
  return {
    at(_what, _k, inVain) {
      if (left <= 0 || inVain >= inVainMax || random() >= odds) return undefined;
      left--;
      return random() < 0.5 ? "before" : "after";
    },
    undo() {
      left++;
    },
    unreached: () => [],
  };
}
