/**
 * What becomes of the runs of a runner that is gone: their leases are freed, and each goes on, goes on alone, or ends.
 *
 * Owns:      the order: first the leases, then the verdict, then the rings.
 * Invariant: is not over before every lease of the dead process is free; until then it tries again.
 */
import { HoldfastError } from "../engine/errors.ts";
import { endUnclaimed, yieldPass } from "../engine/head-write.ts";
import type { Clock, ProcessLeases, Store } from "../engine/ports.ts";
import type { Run } from "../engine/run.ts";
import { type Death, type DeathCount, isSuspect } from "./suspects.ts";

/** How long is waited after a store that fails. */
const pauseMs = 1_000;

/** What is needed of the surroundings. */
export interface AftermathDeps {
  readonly store: Store & ProcessLeases;
  readonly clock: Clock;
  readonly deaths: DeathCount;
  /** Rings for a run wherever there is room. */
  readonly ring: (runId: string) => void;
  /** Rings for a run that has to be alone. */
  readonly ringAlone: (runId: string) => void;
  readonly log: (line: string) => void;
}

async function crash({ store, clock, ring, log }: AftermathDeps, run: Run): Promise<void> {
  const deaths = `${run.deaths} times in a row without a new record`;
  const { name, message, code } = new HoldfastError(
    "HF307",
    `The process of run ${run.id} (task "${run.task}") died ${deaths}.`,
    "Look for what ends it in the runner's output: memory, process.exit(), a native crash. Then resume the run.",
  );
  const end = endUnclaimed("crashed", clock.now(), { name, message, code }, true);
  const { applied } = await store.write(run.id, end);
  if (!applied) return ring(run.id);
  log(`Run ${run.id} crashed: ${message}`);
  // Its end is told by a pass: to those who wait for it, and to traces.
  ring(run.id);
}

async function settle(deps: AftermathDeps, runId: string, death: Death): Promise<void> {
  const run = await deps.store.read(runId);
  if (run === undefined) return;
  if (deps.deaths.convicts(run, death)) await crash(deps, run);
  else if (await isSuspect(deps.store, run)) deps.ringAlone(runId);
  else deps.ring(runId);
}

/** Tries until it succeeds: a full disk does not stay full, and a lease that is not freed is a run that is stuck. */
async function persistently<T>({ clock, log }: AftermathDeps, act: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      log(
        `The leases of a runner that is gone cannot be freed yet. ${error instanceof Error ? error.message : error}`,
      );
      await new Promise<void>((done) => void clock.after(pauseMs, done));
    }
  }
}

/** Frees what a dead process held, and decides on each of its runs. */
export async function afterDeath(deps: AftermathDeps, death: Death): Promise<void> {
  const freed = await persistently(deps, () => deps.store.releaseOwner(death.owner, deps.clock.now()));
  for (const runId of freed) await persistently(deps, () => settle(deps, runId, death));
}

/** Frees what a process held that we have ended ourselves, in the middle of its passes: no run is to blame. */
export async function afterStop(
  deps: AftermathDeps,
  owner: string,
  runIds: readonly string[],
): Promise<void> {
  const { store, clock } = deps;
  for (const runId of runIds) {
    const run = await store.read(runId);
    if (run?.owner !== owner) continue;
    const { activeMs, attempts, lastNumber, epoch } = run;
    const write = yieldPass({ runId, owner, epoch }, clock.now(), { activeMs, attempts, lastNumber });
    await store.write(runId, write);
  }
  await afterDeath(deps, { owner, outside: true });
}
