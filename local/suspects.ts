/**
 * Runs that may be what kills their process: who they are, and when one is convicted.
 *
 * Owns:      the limits of deaths (docs/decisions/0004-one-machine.md).
 * Invariant: a run that made progress since the last death of its process is no suspect.
 */
import type { MachineName } from "../engine/machines.ts";
import type { Store } from "../engine/ports.ts";
import { isProgress } from "../engine/record.ts";
import type { Run } from "../engine/run.ts";

/** Deaths without a new record after which a run goes on alone. */
const suspectAfter = 2;
/** Deaths that the run itself may have caused: so many, and it is convicted. */
const ownDeathsMax = 3;
/** Deaths of any sort: those from outside (somebody's SIGKILL, the system short of memory) convict later. */
const deathsMax = 6;

/** Has this run left a record that tells of progress since its process last died? */
export async function hasMoved(store: Pick<Store, "journal">, run: Run): Promise<boolean> {
  let after = run.deathsAt;
  for (;;) {
    const { entries, more } = await store.journal(run.id, after);
    if (entries.some(({ data }) => isProgress(data))) return true;
    const last = entries.at(-1);
    if (!more || last === undefined) return false;
    after = last.number;
  }
}

/** Must this run be worked on alone? */
export async function isSuspect(store: Pick<Store, "journal">, run: Run): Promise<boolean> {
  return run.deaths >= suspectAfter && !(await hasMoved(store, run));
}

/** What is known of how a process died. */
export interface Death {
  readonly owner: string;
  /** Killed from outside, or with the whole machine: no run is to blame. */
  readonly outside: boolean;
  /** The machine that the process was. */
  readonly machine?: MachineName | undefined;
  /** It ran out of memory, and had one run alone. */
  readonly outOfMemory?: boolean;
}

/** Counts the deaths that a run itself may have caused; the head knows only those of any sort. */
export class DeathCount {
  readonly #own = new Map<string, number>();

  /** Is this run, whose lease was freed after `death`, to end as crashed? */
  convicts(run: Run, death: Death): boolean {
    const before = run.deaths > 1 ? (this.#own.get(run.id) ?? 0) : 0;
    const own = before + (death.outside ? 0 : 1);
    const convicted = own >= ownDeathsMax || run.deaths >= deathsMax;
    if (own > 0 && !convicted) this.#own.set(run.id, own);
    else this.#own.delete(run.id);
    return convicted;
  }
}
