/** Bugs in the conditions of a store: SQLite is compared with memory. */
import type { Bug } from "./bug.ts";

const compared = (guard: string, file: string, from: string, to: string, cases = 150): Bug => ({
  guard,
  file,
  from,
  to,
  suite: "P14",
  cases,
});

export const storeBugs: readonly Bug[] = [
  compared(
    "SQLite takes an entry only from who holds the run",
    "local/sqlite-store",
    "where exists (select 1 from runs where id = @runId and owner = @owner and epoch = @epoch) on conflict do nothing",
    "where true on conflict do nothing",
  ),
  compared(
    "SQLite asks for the epoch of who writes an entry",
    "local/sqlite-store",
    "where exists (select 1 from runs where id = @runId and owner = @owner and epoch = @epoch) on conflict do nothing",
    "where exists (select 1 from runs where id = @runId and owner = @owner) on conflict do nothing",
  ),
  compared(
    "SQLite applies a write only when all of its condition holds",
    "local/sqlite-store",
    "if (found === undefined || !applies(found, write))",
    "if (found === undefined || !write.when.status.includes(found.status))",
  ),
  compared(
    "SQLite wakes the run that an item is sent to",
    "local/sqlite-inbox",
    "replace({ ...run, news, wakeAt: now }, true);",
    "replace({ ...run, news }, true);",
  ),
  compared(
    "SQLite counts only records of progress",
    "local/sqlite-store",
    "rows.find(({ data }) => isProgress(data))",
    "rows[0]",
  ),
  compared(
    "SQLite says whether an entry is the same",
    "local/sqlite-store",
    "const same = there.epoch === epoch && there.data === data;",
    "const same = there.data === data;",
    600,
  ),
];
