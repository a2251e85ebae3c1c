/**
 * Inboxes of runs, in SQLite.
 *
 * Invariant: called within the transaction of the change that it belongs to.
 */
import type { InboxItem } from "../engine/ports.ts";
import type { Database } from "./sqlite.ts";
import { spilledRefs } from "./sqlite-erasure.ts";
import type { heads } from "./sqlite-heads.ts";

/** What others have sent to runs. */
export function inboxes(db: Database, { one, replace }: ReturnType<typeof heads>) {
  const put = db.prepare(
    "insert into inbox (run_id, id, place, data) values (?, ?, ?, ?) on conflict do nothing",
  );
  const { noteText } = spilledRefs(db);
  const all = db.prepare<[string], InboxItem>("select id, data from inbox where run_id = ? order by place");
  return {
    send(runId: string, item: InboxItem, now: number): boolean {
      const run = one(runId);
      if (run === undefined) return false;
      // Also for an item that is there, as on every store: its sender may have died between the two halves of a send.
      const news = run.news + 1;
      put.run(runId, item.id, news, item.data);
      noteText(runId, item.data);
      replace({ ...run, news, wakeAt: now }, true);
      return true;
    },
    all: (runId: string): InboxItem[] => all.all(runId),
  };
}
