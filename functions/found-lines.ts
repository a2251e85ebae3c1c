/**
 * The lines of a run where they lie among those of all runs, in one log: found by a search, page by page.
 *
 * Owns:      the place in a search, which goes along with the caller: nothing is kept here between two requests.
 * Invariant: lines are numbered in their order. What is younger than CloudWatch is late (`lateMs`) is told again by the next look, with
 *            the numbers that it has by then: a caller replaces what it has from the first number of an answer on.
 */
import * as z from "zod";
import type { Run } from "../engine/run.ts";
import type { ApiLogLine } from "../sdk/api-log.ts";
import { lateMs, lineIn, patternOf } from "./line-in-log.ts";
import { cursorOf, type Found, type LogSearch, placeIn, timeInPlace } from "./log-search.ts";

/** What is asked of a run's lines. */
interface LinesWanted {
  /** `next` or `again` of an earlier answer. */
  readonly after?: string | undefined;
  readonly limit: number;
  readonly attempt?: number | undefined;
}

/** Some of them. */
interface LinesFound {
  readonly lines: readonly ApiLogLine[];
  /** Where the search goes on: it has not come to its end, also where it has found nothing yet. */
  readonly next?: string;
  /** Where to look for those that come, at its end; absent once none will come. */
  readonly again?: string;
}

/** Lines that a search finds. */
export interface FoundLogs {
  /** The log group in CloudWatch. */
  readonly group: string;
  /** @throws NotSearched, FormError HF207 for a place that none is (any more) */
  search(run: Run, wanted: LinesWanted): Promise<LinesFound>;
}

/** So many lines are older than this time. */
const markForm = z.strictObject({ from: timeInPlace, count: z.number().int().min(0) });
/** A search under way: `mark` is where to look again behind its end. */
const placeForm = markForm.extend({
  until: timeInPlace.optional(),
  token: z.string().min(1).optional(),
  mark: markForm.optional(),
});
type Mark = z.infer<typeof markForm>;
type Place = z.infer<typeof placeForm>;

/** The clocks of two functions differ. */
const skewMs = 60_000;

/** No line is older than this. */
const beginningOf = ({ startedAt, createdAt }: Run): Mark => ({
  from: (startedAt ?? createdAt) - skewMs,
  count: 0,
});

/** Where a search is once it has found these. */
function behind(mark: Mark, lines: readonly ApiLogLine[]): Mark {
  const older = lines.filter(({ time }) => Date.parse(time) < mark.from);
  return { ...mark, count: mark.count + older.length };
}

/** A search goes on as it began, or one begins: up to the end of a run, and a little further. */
function begun(run: Run, after: string | undefined, now: number): Place & { readonly mark: Mark } {
  const place: Place = after === undefined ? beginningOf(run) : placeIn(after, placeForm);
  const { from, count, mark = { from: Math.max(from, now - lateMs), count } } = place;
  if (place.token !== undefined) return { ...place, mark };
  return { from, count, mark, until: run.finishedAt === undefined ? undefined : run.finishedAt + lateMs };
}

/** The lines in this group. */
export function foundLogs(group: string, search: LogSearch, now: () => number): FoundLogs {
  async function eventsOf(run: Run, { from, until, token }: Place, wanted: LinesWanted): Promise<Found> {
    // What has not begun has said nothing.
    if (run.startedAt === undefined) return { events: [] };
    const pattern = patternOf(run.id, wanted.attempt);
    return search({ group, pattern, from, until, token, limit: wanted.limit });
  }
  return {
    group,
    async search(run, wanted) {
      const place = begun(run, wanted.after, now());
      const { events, token } = await eventsOf(run, place, wanted);
      const lines: ApiLogLine[] = [];
      for (const event of events) {
        const line = lineIn(event, place.count + lines.length + 1);
        if (line !== undefined) lines.push(line);
      }
      const mark = behind(place.mark, lines);
      if (token !== undefined) {
        const { from, until, count } = place;
        return { lines, next: cursorOf({ from, until, token, count: count + lines.length, mark }) };
      }
      const isOver = run.finishedAt !== undefined && run.finishedAt + lateMs < now();
      return { lines, ...(isOver ? {} : { again: cursorOf(mark) }) };
    },
  };
}
