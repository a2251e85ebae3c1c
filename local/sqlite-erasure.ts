/**
 * Erasing in SQLite, and who refers to which large value.
 *
 * Owns:      the rows of `spilled`: a value and a run that has, or had, a reference to it in its head, a record or an
 *            inbox item. A run without large values has none, and costs nothing.
 * Never:     decides which runs may be erased: that is `isErasable` of `engine/erasure.ts`.
 * Invariant: a reference is in `spilled` as soon as it is in another table: both are one commit.
 */

import { type Erased, idempotencyText, isErasable } from "../engine/erasure.ts";
import type { Run } from "../engine/run.ts";
import { refsIn } from "../engine/spilled.ts";
import type { Database } from "./sqlite.ts";

/** Notes references of a run. */
export function spilledRefs(db: Database) {
  const note = db.prepare("insert into spilled (run_id, ref) values (?, ?) on conflict do nothing");
  const noteText = (runId: string, text: string): void => {
    for (const ref of refsIn(text)) note.run(runId, ref);
  };
  return {
    noteText,
    noteHead({ id, payload, output, metadata, changedMetadata }: Run): void {
      for (const stored of [payload, output, metadata, changedMetadata])
        if (stored !== undefined && "ref" in stored) note.run(id, stored.ref);
    },
  };
}

/** Erases runs, a portion at a time. */
export function erasing(db: Database, one: (id: string) => Run | undefined) {
  const some = (table: string, place: string) =>
    db.prepare<[string, string, number]>(
      `delete from ${table} where run_id = ? and ${place} in (select ${place} from ${table} where run_id = ? order by ${place} limit ?)`,
    );
  const parts = [some("inbox", "id"), some("journal", "number")];
  const dropKey = db.prepare("delete from idempotency where key = ? and run_id = ?");
  const rests = ["payloads where run_id", "spilled where run_id", "runs where id"];
  const dropRests = rests.map((rows) => db.prepare(`delete from ${rows} = ?`));
  const own = db
    .prepare<[string], string>(`
      select ref from spilled as mine where run_id = ?
      and not exists (select 1 from spilled where ref = mine.ref and run_id <> mine.run_id) order by ref`)
    .pluck();

  return {
    valuesOf: (runId: string): string[] => own.all(runId),
    erase(runId: string, most: number): Erased {
      const run = one(runId);
      if (run === undefined) return "erased";
      if (!isErasable(run)) return "kept";
      let left = most;
      for (const part of parts) if (left > 0) left -= part.run(runId, runId, left).changes;
      if (left <= 0) return "more";
      const key = idempotencyText(run);
      if (key !== undefined) dropKey.run(key, runId);
      for (const drop of dropRests) drop.run(runId);
      return "erased";
    },
  };
}
