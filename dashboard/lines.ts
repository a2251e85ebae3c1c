/**
 * The lines of a run as they are asked for: page behind page, and at the end those that come.
 *
 * Invariant: what is there is not asked for again, but where lines lie in CloudWatch the youngest, among which late ones may come.
 */
import { api, type LineRow } from "./api.ts";
import { elsewhere, type Place } from "./elsewhere.tsx";

/** What has been seen of a run's lines. */
export interface LinesSeen {
  readonly lines: readonly LineRow[];
  /** How many pages were asked for by hand. */
  readonly pages: number;
  /** There are more, or the search has not come to its end. */
  readonly next?: number | string;
  /** Where to look for those that come; undefined where none will. */
  readonly again?: number | string;
  /** Where they lie, if that is CloudWatch. */
  readonly place?: Place;
  /** CloudWatch did not let itself be searched with the last look. */
  readonly isBroken?: true;
}

const nothing: LinesSeen = { lines: [], pages: 0, again: 0 };

/** Where the next look goes on; undefined: there is nothing to ask for. */
function placeOf(seen: LinesSeen, pages: number): number | string | undefined {
  if (seen.next === undefined) return seen.again;
  return pages > seen.pages ? seen.next : undefined;
}

/** One look: `pages` is how many somebody wants to see. */
export async function lookAtLines(
  id: string,
  before: LinesSeen | undefined,
  pages: number,
  signal: AbortSignal,
): Promise<LinesSeen> {
  const seen = before ?? nothing;
  const { isBroken: _, ...known } = seen;
  const after = placeOf(seen, pages);
  if (after === undefined) return seen;
  const answer = await api.lines(id, after === 0 ? undefined : after, signal).catch(elsewhere);
  if (!("data" in answer)) return { ...known, place: answer, isBroken: true };
  const { data, pagination, logGroup, query = "" } = answer;
  const first = data[0]?.number ?? Number.POSITIVE_INFINITY;
  const lines = [...seen.lines.filter(({ number }) => number < first), ...data];
  const { next } = pagination;
  // Kept lines never change, and those that come have higher numbers.
  const again = logGroup === undefined ? (lines.at(-1)?.number ?? 0) : pagination.again;
  return {
    lines,
    pages,
    ...(next === undefined ? {} : { next }),
    ...(next !== undefined || again === undefined ? {} : { again }),
    ...(logGroup === undefined ? {} : { place: { logGroup, query } }),
  };
}
