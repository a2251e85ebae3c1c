/**
 * Slots of runs under several limits: `runs` has the queue that a run waits for, or takes first; what it has of the others is here.
 *
 * Invariant: the rows follow from the head, and change with it.
 */

import { gatesOf, standsAt, waitsAt } from "../engine/gates.ts";
import { isFinished, type Run } from "../engine/run.ts";
import { poolsOf } from "../engine/slots.ts";
import type { Database } from "./sqlite.ts";
import { patiently } from "./sqlite-commit.ts";

const table = `
  create table if not exists queue_slots (
    run_id text not null, pool text not null, called integer not null, primary key (pool, run_id)
  ) without rowid;
  create index if not exists queue_slots_by_run on queue_slots (run_id);
`;

/** What a run has of the queues that it does not wait for, by their pools: a slot (0), or a call to take one (1). */
const besides = (run: Run): (readonly [pool: string, called: number])[] =>
  gatesOf(run).flatMap((queue, at) => {
    const stands = queue === waitsAt(run) ? undefined : standsAt(run, queue);
    return stands === undefined ? [] : [[poolsOf(run)[at] ?? "", stands === "held" ? 0 : 1] as const];
  });

/** The rows of slots beside those of the runs. */
export function slotRows(db: Database) {
  patiently(() => db.exec(table));
  const put = db.prepare("insert into queue_slots (run_id, pool, called) values (?, ?, ?)");
  const drop = db.prepare("delete from queue_slots where run_id = ?");

  return {
    /** Notes what this run has, as its head says. */
    note(run: Run): void {
      if (run.limits === undefined) return;
      drop.run(run.id);
      if (!isFinished(run.status)) for (const [pool, called] of besides(run)) put.run(run.id, pool, called);
    },
  };
}
