/**
 * What became of the deliveries of webhooks, beside the lines of runs.
 *
 * Owns:      the table `deliveries` of `logs.db`, and how many are kept.
 * Never:     throws out of `note`: what cannot be written is told once. Waits for the disk.
 * Invariant: of each address the newest 500 that were let in and the newest 500 that were refused are kept, those to addresses that
 *            do not exist together as one; none for longer than 30 days. Whoever sends rubbish pushes nothing else out.
 */

import type {
  DeliveryNote,
  DeliveryNotes,
  DeliveryQuery,
  KeptDelivery,
} from "../functions/delivery-notes.ts";
import { type Database, openSqlite } from "./sqlite.ts";
import { patiently } from "./sqlite-commit.ts";

/** Of each kind and address. */
export const deliveriesMost = 500;
/** How long one is kept at most. */
export const deliveryDays = 30;
/** How long one may wait in memory to be written together with others. */
const gatherMs = 100;
/** How long a runner's lines may be in the way. Then these wait for the next turn. */
const patienceMs = 20;
/** How many may wait in memory: as many as are kept of one address. */
const waitingMost = 2 * deliveriesMost;
const dayMs = 86_400_000;

const table = `
  create table if not exists deliveries (
    number integer primary key autoincrement,
    at integer not null,
    endpoint text not null,
    outcome text not null,
    place text not null,
    data text not null
  );
  create index if not exists deliveries_in_place on deliveries (place, number);
  create index if not exists deliveries_by_time on deliveries (at);
`;

/** The notes of a data folder. */
export interface SqliteDeliveries extends DeliveryNotes {
  close(): void;
}

/** What is in `data`. */
type Rest = Omit<DeliveryNote, "at" | "endpoint" | "outcome">;
interface Row {
  readonly number: number;
  readonly at: number;
  readonly endpoint: string;
  readonly outcome: DeliveryNote["outcome"];
  readonly data: string;
}

/** Notes of one place push each other out. */
const placeOf = ({ endpoint, isKnown, outcome }: DeliveryNote): string =>
  isKnown ? `${outcome === "refused" ? "refused" : "taken"} ${endpoint}` : "unknown";

function open(path: string): Database {
  const db = openSqlite(path, { timeout: patienceMs });
  for (const setting of ["journal_mode = wal", "synchronous = normal"])
    patiently(() => db.exec(`pragma ${setting}`));
  patiently(() => db.exec(table));
  return db;
}

function statements(db: Database) {
  const put = db.prepare(
    "insert into deliveries (at, endpoint, outcome, place, data) values (?, ?, ?, ?, ?)",
  );
  const shorten = db.prepare(`delete from deliveries where place = ? and number <= (
    select number from deliveries where place = ? order by number desc limit 1 offset ${deliveriesMost})`);
  const forget = db.prepare("delete from deliveries where at < ?");
  const write = db.transaction((notes: readonly DeliveryNote[]) => {
    for (const note of notes) {
      const { at, endpoint, outcome, ...rest } = note;
      put.run(at, endpoint, outcome, placeOf(note), JSON.stringify(rest satisfies Rest));
    }
    for (const place of new Set(notes.map(placeOf))) shorten.run(place, place);
    forget.run(Math.max(...notes.map(({ at }) => at)) - deliveryDays * dayMs);
  });
  const list = db.prepare<[object], Row>(`select number, at, endpoint, outcome, data from deliveries
    where ($endpoint is null or endpoint = $endpoint) and ($outcome is null or outcome = $outcome)
      and ($before is null or number < $before) order by number desc limit $limit`);
  return { write: write.immediate, list };
}

const why = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Where no file can be opened: deliveries are taken without a note. */
const noNotes: SqliteDeliveries = {
  note: () => {},
  page: () => ({ deliveries: [], more: false }),
  close: () => {},
};

/** The notes in the file at `path`, made when it is not there. `tell` gets what goes wrong, once. */
export function openSqliteDeliveries(path: string, tell: (line: string) => void): SqliteDeliveries {
  try {
    return notesIn(open(path), tell);
  } catch (error) {
    tell(`Deliveries of webhooks cannot be noted in ${path}: ${why(error)}`);
    return noNotes;
  }
}

function notesIn(db: Database, tell: (line: string) => void): SqliteDeliveries {
  const { write, list } = statements(db);
  let waiting: DeliveryNote[] = [];
  let timer: NodeJS.Timeout | undefined;
  let hasTold = false;

  function flush(): void {
    if (waiting.length === 0) return;
    try {
      write(waiting);
      waiting = [];
    } catch (error) {
      if ((error as { code?: string }).code === "SQLITE_BUSY") return later();
      waiting = [];
      if (hasTold) return;
      hasTold = true;
      tell(`Deliveries of webhooks cannot be noted: ${why(error)}`);
    }
  }

  function later(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      flush();
    }, gatherMs).unref();
  }

  return {
    note(delivery) {
      waiting.push(delivery);
      if (waiting.length >= waitingMost) flush();
      // The file is locked for long: the oldest go, as they would there.
      if (waiting.length > waitingMost) waiting = waiting.slice(-waitingMost);
      later();
    },
    page({ endpoint, outcome, before, limit }: DeliveryQuery) {
      flush();
      const rows = list.all({
        endpoint: endpoint ?? null,
        outcome: outcome ?? null,
        before: before ?? null,
        limit: limit + 1,
      });
      const deliveries = rows
        .slice(0, limit)
        .map(({ data, ...row }): KeptDelivery => ({ ...row, ...(JSON.parse(data) as Rest) }));
      return { deliveries, more: rows.length > limit };
    },
    close() {
      flush();
      clearTimeout(timer);
      db.close();
    },
  };
}
