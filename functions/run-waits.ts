/**
 * What a run waits for, one by one, and what its log has cost: for people who ask why it does not go on.
 *
 * Never: reads a store.
 */
import { waitsAt } from "../engine/gates.ts";
import { functionFor, usualMachine } from "../engine/machines.ts";
import type { JournalEntry } from "../engine/ports.ts";
import { isFinished, type Run } from "../engine/run.ts";
import { deployment } from "../sdk/config.ts";
import type { RunCost } from "../sdk/run-cost.ts";
import type { Checkpoint, TreeEntry } from "../sdk/tree-entry.ts";
import { awsUnitsOf, type Place } from "./aws-units.ts";
import type { TaskListing } from "./deps.ts";

/** Of a batch of thousands, so many are named. */
const namedMost = 10;

type Awaited = Pick<Checkpoint, "id" | "name" | "sort" | "runId" | "tokenId"> & {
  /** Of an await that is tried again: when. */
  readonly retryAt?: string;
};

/** What an open run waits for as far as its log says: children, tokens, awaits that are tried again. A timer leaves no record before it ends. */
export interface Awaits {
  /** The first ten. */
  readonly named: readonly Awaited[];
  readonly count: number;
}

/** Which checkpoints of an open run have not ended. */
export function awaitsOf({ status }: Run, tree: readonly TreeEntry[]): Awaits | undefined {
  if (isFinished(status)) return undefined;
  const open = tree.filter(
    (entry): entry is Checkpoint =>
      entry.kind === "checkpoint" && (entry.status === "WAITING" || entry.status === "RETRYING"),
  );
  const named = open.slice(0, namedMost).map(({ id, name, sort, runId, tokenId, tries }): Awaited => {
    const retryAt = tries.at(-1)?.retryAt;
    return {
      ...{ id, name, sort },
      ...(runId === undefined ? {} : { runId }),
      ...(tokenId === undefined ? {} : { tokenId }),
      ...(retryAt === undefined ? {} : { retryAt }),
    };
  });
  return { named, count: open.length };
}

/** Counts it. `tasks`: those of the newest code, which say where passes of the run are, and on what. */
export function costOf(
  run: Run,
  journal: readonly JournalEntry[],
  tree: readonly TreeEntry[],
  tasks: readonly TaskListing[],
): RunCost {
  const task = tasks.find(({ id }) => id === run.task);
  const bytes = (sum: number, { data }: JournalEntry): number => sum + Buffer.byteLength(data);
  const tries = (sum: number, entry: TreeEntry): number =>
    sum + (entry.kind === "checkpoint" ? entry.tries.length : 0);
  return {
    records: journal.length,
    recordBytes: journal.reduce(bytes, 0),
    passes: run.epoch,
    failedTries: tree.reduce(tries, 0),
    aws: awsUnitsOf(run, journal, placeOf(run, task)),
  };
}

/** Where its passes are. */
function placeOf(run: Run, task: TaskListing | undefined): Place {
  const asked = run.machine ?? task?.machine;
  if (task?.longRunning) return { long: asked ?? usualMachine };
  const { memoryMb, sizes = [] } = deployment();
  const size = asked && (functionFor(asked, sizes) ?? sizes.at(-1));
  return size === undefined || size === memoryMb ? { memoryMb } : { memoryMb: size, isGivenOn: true };
}

/** The queue whose slot a run waits for: `parked`: it is in line; `called`: it may begin; `later`: at `at`, by the queue's rate. */
export function slotOf(run: Run) {
  const { turn, wakeAt, concurrencyKey, status } = run;
  const queue = waitsAt(run);
  if (turn === undefined || queue === undefined || run.owner !== undefined || isFinished(status))
    return undefined;
  return {
    queue,
    turn,
    concurrencyKey,
    at: turn === "later" && wakeAt !== undefined ? new Date(wakeAt).toISOString() : undefined,
  };
}
