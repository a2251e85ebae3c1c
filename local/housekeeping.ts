/**
 * What is put in order at the start, after a change of the code, and once an hour: runs that ended long ago go, and
 * bundles that no run needs.
 *
 * Never:     stops anything else from going on: what fails is told, and tried again the next time.
 * Invariant: one look at a time.
 */
import type { Clock } from "../engine/ports.ts";
import type { Retention } from "../engine/retention.ts";
import { type Eraser, eraseOld } from "../functions/erasing.ts";
import { removeOldBundles } from "./old-bundles.ts";
import type { SqliteStore } from "./sqlite-store.ts";

const everyMs = 3_600_000;

/** Where something of an erased run may still be. */
export const remains = [
  "backups of the data folder, until you delete them",
  "free pages of the database file, until they are used again",
  "traces and logs that were sent elsewhere, for as long as they are kept there",
];

/** What is needed of the surroundings. */
export interface HousekeepingDeps {
  readonly dataFolder: string;
  readonly clock: Clock;
  /** The version that new runs are pinned to. */
  readonly codeVersion: () => string;
  readonly store: Pick<SqliteStore, "pinnedCode">;
  readonly eraser: Eraser;
  /** How long a run is kept that has ended. */
  readonly retention: Retention;
  readonly log: (line: string) => void;
}

/** Keeps a data folder in order. */
export interface Housekeeping {
  /** Looks now, and from then on once an hour. Never rejects. */
  look(): Promise<void>;
  /** Resolves when nothing is being looked at any more. */
  stop(): Promise<void>;
}

/** For who holds the data folder's lock. */
export function housekeeping(deps: HousekeepingDeps): Housekeeping {
  const { dataFolder, clock, log } = deps;
  let looking = Promise.resolve();
  let isStopped = false;
  let cancel = (): void => {};

  function tell(error: unknown): void {
    log(
      `The data folder could not be put in order: ${error instanceof Error ? error.message : String(error)}`,
    );
  }

  /** Those that ended before. Each is a commit of its own, behind whatever else is to be written. */
  async function eraseEnded(): Promise<void> {
    const erased = await eraseOld(deps.eraser, deps.retention, clock.now(), () => !isStopped);
    if (erased > 0) log(`Erased ${erased} run(s) that had ended long enough ago.`);
  }

  async function once(): Promise<void> {
    if (isStopped) return;
    await eraseEnded();
    const removed = await removeOldBundles(dataFolder, deps.codeVersion(), deps.store.pinnedCode);
    if (removed.length > 0)
      log(`Removed ${removed.length} version(s) of older code that no run needs any more.`);
  }

  function look(): Promise<void> {
    cancel();
    looking = looking.then(once).catch(tell);
    if (!isStopped) cancel = clock.after(everyMs, () => void look());
    return looking;
  }

  return {
    look,
    stop() {
      isStopped = true;
      cancel();
      return looking;
    },
  };
}
