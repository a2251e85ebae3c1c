/**
 * What becomes of a run whose pass is gone: its lease has ended, or its invocation has no time left.
 *
 * Owns:      the count of deaths, and when a run is taken for what kills its passes.
 * Invariant: a pass that left a record of progress counts as no death in a row. Without any, the third one ends the run.
 */
import { HoldfastError } from "../engine/errors.ts";
import { release } from "../engine/head-write.ts";
import type { Ports, Store } from "../engine/ports.ts";
import { isProgress } from "../engine/record.ts";
import type { Run } from "../engine/run.ts";
import { endWithoutPass } from "../engine/verdict.ts";

/** Design §4. */
const deathsMax = 3;

/** The number of the last record that tells of progress. */
async function lastProgress(store: Pick<Store, "journal">, run: Run): Promise<number> {
  let last = run.deathsAt;
  for (let after = run.deathsAt, more = true; more; ) {
    const page = await store.journal(run.id, after);
    for (const { number, data } of page.entries) {
      after = number;
      if (isProgress(data)) last = number;
    }
    more = page.more && page.entries.length > 0;
  }
  return last;
}

type World = Pick<Ports, "store" | "clock">;

/**
 * Frees a run whose lease has ended; `held`: by the very invocation that holds it.
 * Gives the run as it is then: to be worked on, if only for its hooks, or ended; undefined: somebody else was faster.
 */
export async function freeRun(ports: World, run: Run, held?: "held"): Promise<Run | undefined> {
  const { store, clock } = ports;
  const lastNumber = await lastProgress(store, run);
  const write = release({ ...run, lastNumber }, clock.now());
  // A pass that was only slow may have renewed its lease since.
  const when = held ? write.when : { ...write.when, leaseFreeAt: clock.now() };
  const freed = await store.write(run.id, { ...write, when });
  if (!freed.applied || freed.run === undefined) return undefined;
  return freed.run.deaths < deathsMax ? freed.run : crash(ports, freed.run);
}

async function crash(ports: World, run: Run): Promise<Run | undefined> {
  const { name, message, code } = new HoldfastError(
    "HF307",
    `The passes of run ${run.id} (task "${run.task}") ended ${run.deaths} times in a row without a new record.`,
    "Look for what ends them in the dispatcher's log: memory, process.exit(), an await of more than 15 minutes (divide it, or give the task longRunning: true). Then resume the run.",
  );
  // Its letter has to be sent, whether or not it has a parent.
  const ended = await endWithoutPass(ports, run, "crashed", { name, message, code }, true);
  return ended.applied ? ended.run : undefined;
}
