/**
 * Makes a database large: runs that Holdfast itself has made are copied, row by row, under new ids and earlier times.
 *
 * Never:     writes a form of its own: each row is one that the store has written, but for its id and its times.
 * Invariant: copies lie a constant time apart, the latest just before the run that they are made of.
 */
import Database from "better-sqlite3";

/** What is copied. */
export interface Copying {
  /** The run that stands model. */
  readonly runId: string;
  readonly count: number;
  /** From the oldest copy to the model, in milliseconds. */
  readonly spreadMs: number;
  /** Where the copies' tags differ: each has the text and its number. */
  readonly tag?: string;
}

const times = ["createdAt", "updatedAt", "startedAt", "finishedAt"];

/** The head of a copy: another id, its times `@back` earlier, a tag of its own. */
const head = (tag: string | undefined): string => {
  const moved = times.reduce(
    (json, name) =>
      `json_replace(${json}, '$.${name}', json_extract(head, '$.${name}') - round((@count - n) * @step))`,
    "replace(head, @runId, id_of)",
  );
  return tag === undefined ? moved : `json_set(${moved}, '$.tags', json_array(@tag || n))`;
};

/** Ids in order of their numbers, as long as Holdfast's, and never one that it makes. */
const numbers = `
  with recursive numbers(n) as (select @from union all select n + 1 from numbers where n + 1 < @to),
  named as materialized (select n, @prefix || printf('%012d', n) as id_of from numbers)`;

const portion = 20_000;

/** Adds the copies to the database file at `path`, which nobody has open. `tell` hears how many there are so far. */
export function copyRuns(path: string, copying: Copying, tell: (made: number) => void): void {
  const { runId, count, spreadMs, tag } = copying;
  const db = new Database(path);
  db.pragma("synchronous = off");
  const columns = db.prepare("select name from pragma_table_info('runs')").pluck().all() as string[];
  const copied = columns.filter((name) => !["id", "created_at", "head"].includes(name)).join(", ");
  const texts = [
    `${numbers} insert into runs (id, created_at, head, ${copied})
       select id_of, created_at - round((@count - n) * @step), ${head(tag)}, ${copied} from named cross join runs where id = @runId`,
    `${numbers} insert into payloads (run_id, text) select id_of, text from named cross join payloads where run_id = @runId`,
    `${numbers} insert into journal (run_id, number, epoch, data)
       select id_of, number, epoch, replace(data, @runId, id_of) from named cross join journal where run_id = @runId`,
  ];
  const statements = texts.map((text) => db.prepare(text));
  // Half of the model's id: the rest is the copy's number.
  const fixed = { runId, count, step: spreadMs / count, prefix: runId.slice(0, -12), tag: tag ?? "" };
  for (let from = 0; from < count; from += portion) {
    const to = Math.min(count, from + portion);
    db.transaction(() => {
      for (const statement of statements) statement.run({ ...fixed, from, to });
    })();
    tell(to);
  }
  db.pragma("wal_checkpoint(truncate)");
  db.close();
}
