/**
 * The store on one machine: SQLite, opened by the supervisor and by every runner.
 *
 * Owns:      journal, inbox and idempotency rows, and which statements make up a method.
 * Never:     decides what may happen to a run: that is `applies` and `changed` of `engine/run.ts`.
 * Invariant: every method is one operation of a group commit: it happens as a whole, and is on disk when it resolves; a claim is there
 *            with what is recorded under it.
 */

import type { Erasure } from "../engine/erasure.ts";
import { stagesOf } from "../engine/gates.ts";
import { applies, changed, type HeadWrite, type Lease, release } from "../engine/head-write.ts";
import type { Appended, JournalEntry, ProcessLeases, RunKey, Store, Written } from "../engine/ports.ts";
import type { QueueDesk } from "../engine/queues.ts";
import { isProgress } from "../engine/record.ts";
import type { Run } from "../engine/run.ts";
import { calledBy, putOff, queued } from "../engine/slots.ts";
import type { Database } from "./sqlite.ts";
import { type CommitOptions, groupCommit } from "./sqlite-commit.ts";
import { erasing, spilledRefs } from "./sqlite-erasure.ts";
import { heads, holders, pinnedCode, wakes } from "./sqlite-heads.ts";
import { inboxes } from "./sqlite-inbox.ts";
import { lists } from "./sqlite-list.ts";
import { openDatabase } from "./sqlite-schema.ts";
import { slots } from "./sqlite-slots.ts";

/** Characters of journal text in a page; the page's last entry may go beyond. */
const defaultPage = 1_000_000;

/** Idempotency keys go a day after their end, a few with each new one: late enough for any clock that asks for one. */
const keptAfterEndMs = 86_400_000;

/** The store on SQLite. */
export interface SqliteStore extends Store, Erasure, ProcessLeases, QueueDesk {
  /** The code versions of all runs that may go on. */
  pinnedCode(): Promise<ReadonlySet<string>>;
  /** Commits what is waiting and closes the file. */
  close(): void;
}

/** What may differ between stores on SQLite. */
export interface SqliteOptions extends CommitOptions {
  /** Rows that go are overwritten, and out of the log of writes, before an erasing is over. */
  readonly wipes?: boolean;
  /** The length of journal text from which on a page ends. */
  readonly page?: number;
}

type Heads = ReturnType<typeof heads>;
type Slots = ReturnType<typeof slots>;

function creating(db: Database, { one, add }: Heads) {
  const runOfKey = db
    .prepare<[string, number], string>("select run_id from idempotency where key = ? and expires_at > ?")
    .pluck();
  const putKey = db.prepare("insert or replace into idempotency (key, run_id, expires_at) values (?, ?, ?)");
  const dropOld = db.prepare(`
    delete from idempotency where key in (select key from idempotency where expires_at < ? order by expires_at limit 4)`);

  const ofKey = (key: RunKey | undefined, now: number): Run | undefined => {
    const id = key && runOfKey.get(key.key, now);
    return id === undefined ? undefined : one(id);
  };

  type Created = Awaited<ReturnType<Store["create"]>>;

  /** Most runs have no key, and are new: nothing has to be looked for. */
  function createKeyless(run: Run): Created {
    const made = add(run);
    return { created: made !== undefined, run: made ?? one(run.id) ?? run };
  }

  function create(run: Run, idempotency?: RunKey, second?: RunKey): Created {
    const keys = [idempotency, second].filter((key) => key !== undefined);
    if (keys.length === 0) return createKeyless(run);
    const there = one(run.id) ?? ofKey(idempotency, run.createdAt);
    if (there !== undefined) return { created: false, run: there };
    const other = ofKey(second, run.createdAt);
    if (other !== undefined) return { created: false, run: other, isSecond: true };
    dropOld.run(run.createdAt - keptAfterEndMs);
    for (const each of keys) putKey.run(each.key, run.id, each.expiresAt);
    return { created: true, run: add(run) ?? run };
  }

  function adopt(key: RunKey, now: number, runId: string): string {
    const there = ofKey(key, now);
    if (there === undefined) putKey.run(key.key, runId, key.expiresAt);
    return there?.id ?? runId;
  }

  return { create, adopt };
}

function freeing(db: Database) {
  const end = db
    .prepare<{ key: string; now: number; runId: string | null }, string>(`
    update idempotency set expires_at = min(expires_at, @now)
    where key = @key and (@runId is null or run_id = @runId) returning run_id`)
    .pluck();
  return (key: string, now: number, runId?: string): string | undefined =>
    end.get({ key, now, runId: runId ?? null });
}

function writing({ one, replace }: Heads, { entersAt, isPaced, started, call }: Slots) {
  const put = (run: Run, write: HeadWrite): Run => replace(changed(run, write), !("payload" in write.set));

  function claim(found: Run, write: HeadWrite): Written {
    const run = queued(found, write.queues);
    const now = write.set.updatedAt ?? run.updatedAt;
    const stages = stagesOf(run);
    for (const stage of stages) {
      const at = entersAt(stage, now);
      if (at === undefined || at > now) {
        const waits = putOff(stage, at);
        replace(waits, true);
        const others = stages.length > 1 || isPaced(run) ? call(waits, now) : [];
        return { applied: false, run: one(run.id), isFull: true, ...calledBy(waits, others, now) };
      }
      started(stage, now);
    }
    const after = put(run, write);
    const others = isPaced(after) ? call(after, now) : [];
    return { applied: true, run: after, ...calledBy(undefined, others, now) };
  }

  return (runId: string, write: HeadWrite): Written => {
    const found = one(runId);
    if (found === undefined || !applies(found, write)) return { applied: false, run: found };
    if (write.event === "claimed") return claim(found, write);
    const after = put(found, write);
    const others = after.owner === undefined ? call(after, after.updatedAt) : [];
    return { applied: true, run: after, ...calledBy(undefined, others, after.updatedAt) };
  };
}

/** Entries of a journal are read so many at a time. */
const rowsAtOnce = 100;

function journals(db: Database, size: number) {
  // The condition on the head is the fence: a pass whose lease has gone to another writes nothing more.
  const insert = db.prepare(`
    insert into journal (run_id, number, epoch, data) select @runId, @number, @entryEpoch, @data
    where exists (select 1 from runs where id = @runId and owner = @owner and epoch = @epoch) on conflict do nothing`);
  const current = db.prepare<Lease>(
    "select 1 from runs where id = @runId and owner = @owner and epoch = @epoch",
  );
  const behind = db.prepare<[string, number], JournalEntry>(
    `select number, epoch, data from journal where run_id = ? and number > ? order by number limit ${rowsAtOnce}`,
  );
  const before = db.prepare<[string, number], JournalEntry>(
    `select number, epoch, data from journal where run_id = ? and number < ? order by number desc limit ${rowsAtOnce}`,
  );
  const entryAt = db.prepare<[string, number], JournalEntry>(
    "select number, epoch, data from journal where run_id = ? and number = ?",
  );

  const { noteText } = spilledRefs(db);

  return {
    append(lease: Lease, entry: JournalEntry): Appended {
      const { number, epoch, data } = entry;
      if (insert.run({ ...lease, number, entryEpoch: epoch, data }).changes === 1) {
        noteText(lease.runId, data);
        return { outcome: "appended" };
      }
      const there = entryAt.get(lease.runId, number);
      if (there === undefined || current.get(lease) === undefined) return { outcome: "superseded" };
      const same = there.epoch === epoch && there.data === data;
      return same ? { outcome: "appended" } : { outcome: "taken", entry: there };
    },
    page(runId: string, after: number): { entries: JournalEntry[]; more: boolean } {
      const entries: JournalEntry[] = [];
      let length = 0;
      for (;;) {
        const rows = behind.all(runId, entries.at(-1)?.number ?? after);
        for (const entry of rows) {
          if (length >= size) return { entries, more: true };
          entries.push(entry);
          length += entry.data.length;
        }
        if (rows.length < rowsAtOnce) return { entries, more: false };
      }
    },
    /** The highest number that tells of progress, or 0. */
    progress(runId: string): number {
      for (let rows = before.all(runId, Number.MAX_SAFE_INTEGER); ; ) {
        const found = rows.find(({ data }) => isProgress(data));
        const last = rows.at(-1);
        if (found !== undefined || last === undefined) return found?.number ?? 0;
        rows = before.all(runId, last.number);
      }
    },
  };
}

/**
 * What a power cut may undo. Of a pass whose claim it has undone nothing is kept, and its process is gone: the run is as it was
 * before. One that had put its run away, or given it back, counts as cut off: another one comes as far by the journal. A run of which all had been told
 * tells them again: they know its end by its id.
 */
const undoable: ReadonlySet<HeadWrite["event"]> = new Set(["claimed", "suspended", "yielded", "announced"]);

const earlier = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);

/** Opens the store in the file at `path`, making it if it is not there. Its folder must be. */
export function openSqliteStore(path: string, options: SqliteOptions = {}): SqliteStore {
  const db = openDatabase(path);
  if (options.wipes) db.exec("pragma secure_delete = on");
  const { write: commit, read, flush } = groupCommit(db, options);
  const rows = heads(db);
  const { create, adopt } = creating(db, rows);
  const free = freeing(db);
  const slotted = slots(db, rows);
  const write = writing(rows, slotted);
  const journal = journals(db, options.page ?? defaultPage);
  const inbox = inboxes(db, rows);
  const wake = wakes(db);
  const list = lists(db, read);
  const { owners, held } = holders(db);
  const pinned = pinnedCode(db);
  const { erase, valuesOf } = erasing(db, rows.one);

  function releaseOwner(owner: string, now: number): string[] {
    return held(owner).filter((id) => {
      const run = rows.one(id);
      return (
        run !== undefined && write(id, release({ ...run, lastNumber: journal.progress(id) }, now)).applied
      );
    });
  }

  return {
    create: (...given) => commit(() => create(...given)),
    adopt: (...given) => commit(() => adopt(...given)),
    free: (key, now, runId) => commit(() => free(key, now, runId)),
    read: (runId) => read(() => rows.one(runId)),
    write: (runId, change) => commit(() => write(runId, change), undoable.has(change.event)),
    limit: (queue, limits, now) => commit(() => slotted.limit(queue, limits, now)),
    adjust: (queue, change, now) => commit(() => slotted.adjust(queue, change, now)),
    queue: (name) => read(() => slotted.state(name)),
    queues: () => read(slotted.names),
    overrideKey: (...given) => commit(() => slotted.keys.override(...given)),
    queueKey: (...given) => read(() => slotted.keys.state(...given)),
    append: (lease, entry) => commit(() => journal.append(lease, entry)),
    journal: (runId, after) => read(() => journal.page(runId, after)),
    send: (runId, item, now) => commit(() => inbox.send(runId, item, now)),
    inbox: (runId) => read(() => inbox.all(runId)),
    async due(now, limit) {
      const due = await read(() => (slotted.keys.isOver(now) ? undefined : wake.due(now, limit)));
      // A limit of one key is over: whoever may come now is due, too.
      return (
        due ??
        commit(() => {
          slotted.keys.end(now);
          return wake.due(now, limit);
        })
      );
    },
    nextWake: () => read(() => earlier(wake.next(), slotted.keys.nextEnd())),
    list,
    owners: () => read(owners),
    releaseOwner: (owner, now) => commit(() => releaseOwner(owner, now)),
    async erase(runId, most) {
      const done = await commit(() => erase(runId, most));
      // A reader that is in the middle of something keeps it for a moment more: the next checkpoint takes it.
      if (options.wipes && done === "erased") db.exec("pragma wal_checkpoint(truncate)");
      return done;
    },
    valuesOf: (runId) => read(() => valuesOf(runId)),
    pinnedCode: () => read(pinned),
    close() {
      flush();
      db.close();
    },
  };
}
