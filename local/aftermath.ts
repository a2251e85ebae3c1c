/**
 * What becomes of the runs of a runner that is gone: their leases are freed, and each goes on, goes on alone, or ends.
 *
 * Owns:      the order: first the leases, then the verdict, then the rings.
 * Invariant: is not over before every lease of the dead process is free; until then it tries again.
 */
import { HoldfastError } from "../engine/errors.ts";
import { claim, putBack, yieldPass } from "../engine/head-write.ts";
import { type MachineName, memoryMb } from "../engine/machines.ts";
import type { Clock, ProcessLeases, Store } from "../engine/ports.ts";
import type { Run } from "../engine/run.ts";
import { endWithoutPass } from "../engine/verdict.ts";
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
  /** Where a run of this task goes on that is out of memory. */
  readonly largerMachine: (task: string) => MachineName | undefined;
  readonly log: (line: string) => void;
}

function crashed(run: Run, { machine, outOfMemory }: Death): HoldfastError {
  const what = `The process of run ${run.id} (task "${run.task}") died ${run.deaths} times in a row without a new record`;
  if (outOfMemory) {
    const where = machine === undefined ? "" : ` of ${machine} (${memoryMb(machine)} MB)`;
    const fix =
      'Give the task a larger machine, or retry.outOfMemory: { machine: "large-1x" }. Then resume the run.';
    return new HoldfastError("HF307", `${what}: it used up the memory${where}.`, fix);
  }
  const fix =
    "Look for what ends it in the runner's output: memory, process.exit(), a native crash. Then resume the run.";
  return new HoldfastError("HF307", `${what}.`, fix);
}

/** Puts the run on a larger machine. False: it is another's by now. */
async function moveTo(deps: AftermathDeps, run: Run, machine: MachineName): Promise<boolean> {
  const { store, clock, log } = deps;
  const owner = `supervisor/${run.id}`;
  const claimed = await store.write(run.id, claim(owner, clock.now()));
  if (!claimed.applied || claimed.run === undefined) return false;
  const { activeMs, attempts, lastNumber, epoch } = claimed.run;
  const set = { activeMs, attempts, lastNumber, machine, deaths: 0 };
  await store.write(run.id, yieldPass({ runId: run.id, owner, epoch }, clock.now(), set));
  log(`Run ${run.id} was out of memory: it goes on with ${machine}.`);
  return true;
}

async function crash(deps: AftermathDeps, run: Run, death: Death): Promise<void> {
  const { ring, log } = deps;
  const { name, message, code } = crashed(run, death);
  const { applied } = await endWithoutPass(deps, run, "crashed", { name, message, code }, true);
  if (!applied) return ring(run.id);
  log(`Run ${run.id} crashed: ${message}`);
  // A pass calls its hooks, and tells its end: to those who wait for it, and to traces.
  ring(run.id);
}

async function settle(deps: AftermathDeps, runId: string, death: Death): Promise<void> {
  const run = await deps.store.read(runId);
  if (run === undefined) return;
  const larger = death.outOfMemory ? deps.largerMachine(run.task) : undefined;
  if (larger !== undefined && larger !== death.machine && (await moveTo(deps, run, larger))) deps.ring(runId);
  else if (deps.deaths.convicts(run, death)) await crash(deps, run, death);
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
    await store.write(runId, putBack(run, owner, clock.now()));
  }
  await afterDeath(deps, { owner, outside: true });
}
