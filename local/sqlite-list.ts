/**
 * The list of runs, newest first.
 *
 * Owns:      how much of it is looked at: what is in columns is found by an index; what only a head can answer, by looking at heads.
 * Invariant: what is rare is looked for in portions, each in a turn of its own, so that nothing else waits for it.
 *            A call ends after `lookedAtMost` heads: its page may be short, or empty, and have a `next`; without `next` there is nothing more.
 */

import type { RunQuery, Store } from "../engine/ports.ts";
import type { Run } from "../engine/run.ts";
import { fits } from "../engine/run-query.ts";
import type { Database, Statement } from "./sqlite.ts";
import type { Commits } from "./sqlite-commit.ts";
import { toRun } from "./sqlite-heads.ts";

/** Heads of one turn: a few milliseconds. */
const portion = 250;
/** Heads that one call looks at: some half a second on a machine that does nothing else. */
const lookedAtMost = 50_000;

/** The filters that only a head can answer. */
const ofHeads = [
  ...(["task", "tag", "schedule", "version", "queue", "idempotencyKey", "isTest", "text"] as const),
  ...(["machine", "bulkAction"] as const),
];

interface Place {
  readonly at: number;
  readonly id: string;
}
interface Row extends Place {
  readonly head: string;
}
type Walking = Statement<[Record<string, unknown>], Row>;

const numbered = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, place) => `@${name}${place}`);

/**
 * One ordered walk for each status: a single one over all of them would have to sort every run found. Of batches there is one for all: they
 * have few runs. `isBackwards`: from a place to the newest, for the page before another.
 */
function walking(db: Database, statuses: number, batches: number, isBackwards: boolean): Walking {
  const [behind, way] = isBackwards ? [">", "asc"] : ["<", "desc"];
  const part = (condition: string, index = "") =>
    `select * from (select id, created_at as at, head from runs${index}
       where created_at between @from and @to and (created_at, id) ${behind} (@at, @id)${condition}
       order by created_at ${way}, id ${way} limit @limit)`;
  if (batches > 0)
    return db.prepare(part(` and batch in (${numbered("batch", batches)})`, " indexed by runs_by_batch"));
  const parts = numbered("status", statuses).map((name) => part(` and status = ${name}`));
  if (parts.length === 0) return db.prepare(part(""));
  return db.prepare(`${parts.join(" union all ")} order by at ${way}, id ${way} limit @limit`);
}

/** Rows in order, as many as asked for. */
function walks(db: Database) {
  const statements = new Map<string, Walking>();
  return ({ status, batch = [], before }: RunQuery, bounds: Readonly<Record<string, unknown>>): Row[] => {
    const statuses = batch.length > 0 ? [] : [...new Set(status)];
    const kind = `${statuses.length} ${batch.length} ${before === undefined}`;
    const statement =
      statements.get(kind) ?? walking(db, statuses.length, batch.length, before !== undefined);
    statements.set(kind, statement);
    const named = [
      ...statuses.map((each, place) => [`status${place}`, each] as const),
      ...batch.map((each, place) => [`batch${place}`, each] as const),
    ];
    return statement.all({ ...bounds, ...Object.fromEntries(named) });
  };
}

/** The list of runs; `read` gives each portion its place among all reads and writes. */
export function lists(db: Database, read: Commits["read"]): Store["list"] {
  const walk = walks(db);
  const createdAt = db.prepare<[string], number>("select created_at from runs where id = ?").pluck();
  const payload = db.prepare<[string], string>("select text from payloads where run_id = ?").pluck();
  const last: Place = { at: Number.MAX_SAFE_INTEGER, id: "" };

  /** Where to begin; undefined: nothing can be found. */
  function placeOf({ before, after = before, afterAt, status, batch }: RunQuery): Place | undefined {
    if (status?.length === 0 || batch?.length === 0) return undefined;
    if (after === undefined) return last;
    const at = afterAt ?? createdAt.get(after);
    return at === undefined ? undefined : { at, id: after };
  }

  /** Those that fit, of rows, until there is one more than `wanted`. */
  function fitting(rows: readonly Row[], query: RunQuery, wanted: number): Run[] {
    const found: Run[] = [];
    for (const { id, head } of rows) {
      if (!fits(toRun({ head, payload: null }), query)) continue;
      found.push(toRun({ head, payload: payload.get(id) ?? null }));
      if (found.length > wanted) break;
    }
    return found;
  }

  /** Rows behind a place: those that fit, and where to go on; undefined: there are no more. */
  function look(place: Place | undefined, size: number, query: RunQuery, wanted: number) {
    const { from = 0, to = last.at } = query;
    if (place === undefined) return { found: [] };
    // The index is entered at the place: SQLite takes the upper end of the range for that, not the row's.
    const bounds =
      query.before === undefined
        ? { from, to: Math.min(to, place.at) }
        : { from: Math.max(from, place.at), to };
    const rows = walk(query, { ...bounds, ...place, limit: size });
    return { found: fitting(rows, query, wanted), end: rows.length < size ? undefined : rows.at(-1) };
  }

  return async (query) => {
    const { limit } = query;
    const runs: Run[] = [];
    const inOrder = (found: Run[]): Run[] => (query.before === undefined ? found : found.reverse());
    const large = Math.max(portion, limit + 1);
    let size = ofHeads.some((name) => query[name] !== undefined) ? large : limit + 1;
    let place: Place | undefined;
    for (let looked = 0; looked < lookedAtMost; looked += size) {
      const at = place;
      // The first look is one operation with finding its place: a short list is as of one moment.
      const { found, end } = await read(() => look(at ?? placeOf(query), size, query, limit - runs.length));
      runs.push(...found);
      if (runs.length > limit)
        return { next: runs[limit - 1]?.id ?? "", runs: inOrder(runs.slice(0, limit)) };
      if (end === undefined) return { runs: inOrder(runs) };
      place = end;
      size = large;
    }
    return { runs: inOrder(runs), next: place?.id ?? "" };
  };
}
