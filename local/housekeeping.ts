/**
 * What is put in order at the start, after a change of the code, and once an hour: bundles that no run needs go.
 *
 * Never:     stops anything else from going on: what fails is told, and tried again the next time.
 * Invariant: one look at a time.
 */
import type { Clock } from "../engine/ports.ts";
import { removeOldBundles } from "./old-bundles.ts";

const everyMs = 3_600_000;

/** What is needed of the surroundings. */
export interface HousekeepingDeps {
  readonly dataFolder: string;
  readonly clock: Clock;
  /** The version that new runs are pinned to. */
  readonly codeVersion: () => string;
  /** The code versions of all runs that may go on. */
  readonly pinnedCode: () => Promise<ReadonlySet<string>>;
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

  async function once(): Promise<void> {
    if (isStopped) return;
    const removed = await removeOldBundles(dataFolder, deps.codeVersion(), deps.pinnedCode);
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
