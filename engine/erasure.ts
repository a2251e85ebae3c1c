/**
 * Taking away what is kept of runs that have ended.
 *
 * Owns:      which runs may be erased, and the order: first nobody can put it back to work, then its large values go,
 *            if no other run refers to them, then its parts, then its head.
 * Never:     touches a run that is open, or one that has still to tell somebody of its end.
 * Invariant: a crash in between leaves a head that is found again, and a run that can't be resumed without its journal.
 */
import type { HeadWrite } from "./head-write.ts";
import type { Store } from "./ports.ts";
import { isFinished, type Run, statusAfter, statusesBefore } from "./run.ts";

/** What a portion did. `kept`: the run is open, may be put back to work, or has still to tell of its end. */
export type Erased = "kept" | "more" | "erased";

/** A store that can take away what is kept of a run. */
export interface Erasure {
  /** References to large values that are this run's alone. */
  valuesOf(runId: string): Promise<readonly string[]>;
  /**
   * Takes away up to `most` of a run's records and inbox items, and behind the last of them its payload, its idempotency key
   * and its head. Only a run that nothing can put back to work (`isErasable`). One that is not there counts as erased.
   */
  erase(runId: string, most: number): Promise<Erased>;
}

/** Where large values are taken away. */
export interface ValueBin {
  /**
   * Takes a value away that no run refers to; true also when it is not there. False: it was put within the last minute, and
   * whoever put it may not have said so yet.
   */
  remove(ref: string): Promise<boolean>;
}

/** What it takes to erase. */
export interface ErasurePorts {
  readonly store: Store & Erasure;
  readonly values: ValueBin;
}

/** Records that go in one portion: some milliseconds of SQLite's writer, a few requests to DynamoDB. */
const portion = 250;

/** Has this run ended, and been told to everybody? */
const isSettled = ({ status, wakeAt, owner }: Run): boolean =>
  isFinished(status) && wakeAt === undefined && owner === undefined;

/** May its parts go? It has ended, and nothing can put it back to work. */
export const isErasable = (run: Run): boolean =>
  isSettled(run) && statusAfter(run.status, "resumed") === undefined;

/** The words under which a run's idempotency key is kept. */
export const idempotencyText = ({ task, idempotencyKey }: Run): string | undefined =>
  idempotencyKey === undefined ? undefined : `${task}:${idempotencyKey}`;

/** From here on nobody resumes the run: it counts as expired until its head is gone as well. */
const giveUp = ({ epoch }: Run): HeadWrite => ({
  event: "erased",
  when: { status: statusesBefore("erased"), epoch },
  set: {},
});

/** Asked before each further portion: may it go on? */
export type GoesOn = () => boolean;

/**
 * Erases a run if it has ended. `kept`: it is open, has still to tell somebody, or its large values are a minute too young.
 * `more`: it was told to stop, and the next call goes on.
 */
export async function eraseIfEnded(
  { store, values }: ErasurePorts,
  found: Run,
  goesOn: GoesOn = () => true,
): Promise<Erased> {
  let run: Run | undefined = found;
  if (!isSettled(run)) return "kept";
  if (!isErasable(run)) {
    const given = await store.write(run.id, giveUp(run));
    run = given.run;
    if (run !== undefined && !given.applied) return "kept";
  }
  // The values first: a crash in between leaves the list of them, and not a value that nobody knows of.
  for (const ref of await store.valuesOf(found.id)) if (!(await values.remove(ref))) return "kept";
  for (;;) {
    const done = await store.erase(found.id, portion);
    if (done !== "more" || !goesOn()) return done;
  }
}

/** How long a value is let be after it was put. */
export const freshMs = 60_000;
