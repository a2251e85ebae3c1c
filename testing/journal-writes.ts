/**
 * The writes to the journals of a run and its children: they are counted, take their time, and may be the last of a process.
 */
import type { MemoryStore } from "../engine/memory-store.ts";
import type { Appended, Store } from "../engine/ports.ts";
import type { CallLedger } from "./call-ledger.ts";
import type { Process } from "./process.ts";
import { seeded } from "./seeded.ts";
import type { Strikes } from "./strikes.ts";
import type { RunOptions } from "./types.ts";

const never = (): Promise<never> => new Promise(() => {});

export class JournalWrites {
  count = 0;
  /** Crashes since the last write that was done. */
  inVain = 0;
  /** Rises with each turn that a write takes. */
  activity = 0;
  readonly #store: MemoryStore;
  readonly #ledger: CallLedger;
  readonly #strikes: Strikes;
  readonly #turns: () => number;

  constructor(
    store: MemoryStore,
    ledger: CallLedger,
    strikes: Strikes,
    latency: RunOptions["writeLatency"] = { seed: 0, maxTurns: 0 },
  ) {
    this.#store = store;
    this.#ledger = ledger;
    this.#strikes = strikes;
    const random = seeded(latency.seed);
    this.#turns = () => Math.floor(random() * (latency.maxTurns + 1));
  }

  /** A write of this process. */
  async append(process: Process, ...[lease, entry]: Parameters<Store["append"]>): Promise<Appended> {
    for (let turns = this.#turns(); turns > 0; turns--) {
      await new Promise((resolve) => setImmediate(resolve));
      this.activity++;
    }
    if (process.isDead) return never();
    const number = ++this.count;
    const strike = this.#strikes.at("write", number, this.inVain);
    if (strike === "before") {
      process.die(`before write ${number}`);
      return never();
    }
    const appended = await this.#store.append(lease, entry);
    if (appended.outcome === "appended") {
      this.inVain = 0;
      this.#ledger.recorded(lease.runId, entry.data);
    }
    if (strike === "after") process.die(`after write ${number}`);
    return appended;
  }
}
