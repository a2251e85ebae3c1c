/**
 * A process, as far as the runs under test can tell: what it has loaded, what it works on, and how it dies.
 *
 * Invariant: once it is dead, none of its passes begins, writes or delivers anything.
 */
import type { Pass } from "../engine/pass.ts";
import type { Definitions } from "../sdk/apart.ts";
import type { Mortal, PassWatch } from "./call-ledger.ts";
import { Life, type MovedTime } from "./resources.ts";

/** What a process has evaluated, and which runs it has worked on. */
export interface Evaluated {
  readonly definitions: Definitions;
  readonly runs: Set<string>;
}

/** A pass at work. */
export interface LivePass {
  readonly watch: PassWatch;
  pass: Pass | undefined;
}

/** A process, as far as its runs can tell. */
export class Process implements Mortal {
  readonly owner: string;
  readonly life: Life;
  readonly passes = new Map<string, LivePass>();
  readonly alarms = new Set<() => void>();
  readonly #died: (at: string) => void;
  readonly #inVain: () => number;
  /** What it has evaluated last; one is done after the other. */
  evaluated: Promise<Evaluated | undefined> = Promise.resolve(undefined);
  isDead = false;

  constructor(owner: string, time: MovedTime, inVain: () => number, died: (at: string) => void) {
    this.owner = owner;
    this.life = new Life(time);
    this.#inVain = inVain;
    this.#died = died;
  }

  get inVain(): number {
    return this.#inVain();
  }

  die(at: string): void {
    if (this.isDead) return;
    this.isDead = true;
    this.end();
    for (const { pass, watch } of this.passes.values()) {
      watch.interrupted();
      pass?.stopAll();
    }
    this.#died(at);
  }

  /** What it has got going ends with it. */
  end(): void {
    for (const cancel of this.alarms) cancel();
    this.life.end();
  }
}
