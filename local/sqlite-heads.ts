/**
 * Heads of runs as rows: how they are written, read, and searched by time, status and lease.
 *
 * Owns:      the layout of `runs` and `payloads`: a column is a copy of a field of `head`, to search by.
 * Never:     decides what may happen to a run.
 * Invariant: a search walks an index in its order and stops at the limit; no answer costs a scan of all runs.
 */

import { allStatuses, isDeadLetter, isFinished, type Run } from "../engine/run.ts";
import { placeOf, poolOf } from "../engine/slots.ts";
import type { Database, Statement } from "./sqlite.ts";
import { spilledRefs } from "./sqlite-erasure.ts";
import { slotRows } from "./sqlite-slot-rows.ts";

/** Payloads longer than this have a row of their own, since the head is written anew with every change. */
const longPayload = 2048;

interface Row {
  readonly head: string;
  readonly payload: string | null;
}

/** A run out of its row. */
export function toRun(row: Row): Run {
  const run = JSON.parse(row.head) as Omit<Run, "payload"> & Partial<Pick<Run, "payload">>;
  return { ...run, payload: run.payload ?? { inline: row.payload ?? "" } };
}

/** The payload that goes into a row of its own. */
function longText({ payload }: Run): string | undefined {
  return "inline" in payload && payload.inline.length > longPayload ? payload.inline : undefined;
}

function toColumns(run: Run, text: string | undefined) {
  const { id, task, status, createdAt, epoch, owner = null, leaseUntil = null, wakeAt = null } = run;
  const pool = isFinished(status) ? null : (poolOf(run) ?? null);
  const { turn = null, batchId: batch = null } = run;
  const head = JSON.stringify(text === undefined ? run : { ...run, payload: undefined });
  return {
    id,
    task,
    status,
    createdAt,
    epoch,
    owner,
    leaseUntil,
    wakeAt,
    pool,
    turn,
    place: placeOf(run),
    batch,
    head,
  };
}

/** Reading and writing of whole heads. */
export function heads(db: Database) {
  const { note: noteHolds } = slotRows(db);
  const read = db.prepare<[string], Row>(
    "select head, text as payload from runs left join payloads on run_id = id where id = ?",
  );
  const insert = db.prepare(`
    insert into runs (id, task, status, created_at, epoch, owner, lease_until, wake_at, pool, turn, place, batch,
      head)
    values (@id, @task, @status, @createdAt, @epoch, @owner, @leaseUntil, @wakeAt, @pool, @turn, @place, @batch, @head)
    on conflict do nothing`);
  const update = db.prepare(`
    update runs set status = @status, epoch = @epoch, owner = @owner, lease_until = @leaseUntil, wake_at = @wakeAt,
    pool = @pool, turn = @turn, place = @place, head = @head where id = @id`);
  const { noteHead } = spilledRefs(db);
  const putPayload = db.prepare("insert or replace into payloads (run_id, text) values (?, ?)");

  function save(statement: Statement, run: Run, samePayload: boolean): Run | undefined {
    const text = longText(run);
    const columns = toColumns(run, text);
    if (statement.run(columns).changes === 0) return undefined;
    noteHolds(run);
    if (text !== undefined && !samePayload) putPayload.run(run.id, text);
    noteHead(run);
    return toRun({ head: columns.head, payload: text ?? null });
  }
  return {
    one(id: string): Run | undefined {
      const row = read.get(id);
      return row && toRun(row);
    },
    /** Gives the run as it can be read now; undefined: there is one with its id, and nothing was done. */
    add: (run: Run): Run | undefined => save(insert, run, false),
    /**
     * Puts `run` in place of the run with its id, and gives it as it can be read now. The payload's row is left alone if the
     * payload is the same.
     */
    replace: (run: Run, samePayload: boolean): Run => save(update, run, samePayload) ?? run,
  };
}

/** Searches for runs that nobody holds and that have a time to be woken. */
export function wakes(db: Database) {
  const due = db
    .prepare<{ now: number; limit: number }, string>(`
    select id from (
      select * from (select id, wake_at from runs where owner is null and wake_at <= @now order by wake_at, id limit @limit)
      union all
      select id, wake_at from runs where owner is not null and lease_until <= @now and wake_at <= @now
    ) order by wake_at, id limit @limit`)
    .pluck();
  const next = db
    .prepare<[], number | null>(`
    select min(wake) from (
      select min(wake_at) as wake from runs where owner is null and wake_at is not null
      union all
      select min(max(lease_until, wake_at)) from runs where owner is not null and lease_until is not null and wake_at is not null
    )`)
    .pluck();
  return {
    due: (now: number, limit: number): string[] => due.all({ now, limit }),
    next: (): number | undefined => next.get() ?? undefined,
  };
}

/** Finds runs by who holds them. Only an executing run is held. */
export function holders(db: Database) {
  const executing = "from runs where status = 'EXECUTING'";
  const owners = db
    .prepare<[], string>(`select distinct owner ${executing} and owner is not null order by owner`)
    .pluck();
  const held = db.prepare<[string], string>(`select id ${executing} and owner = ? order by id`).pluck();
  return { owners: (): string[] => owners.all(), held: (owner: string): string[] => held.all(owner) };
}

/** The code versions of all runs that may go on: the open ones, and the dead letters. One look at each of their heads. */
export function pinnedCode(db: Database): () => ReadonlySet<string> {
  const mayGoOn = allStatuses.filter((status) => !isFinished(status) || isDeadLetter(status));
  const versions = db
    .prepare<[string], string>(
      `select distinct head ->> '$.codeVersion' from runs where status in (select value from json_each(?))`,
    )
    .pluck();
  return () => new Set(versions.all(JSON.stringify(mayGoOn)));
}
