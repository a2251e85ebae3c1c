/**
 * The entries of a run's tree as rows: children under parents, events between them, each with its span of time.
 *
 * Never:     draws. What is here is the same for any form of showing it.
 * Invariant: every entry is one row, whether its parent is known yet or not.
 */
import type { Checkpoint, Frame, RunHappening, TreeEntry } from "../sdk/tree-entry.ts";
import type { Span } from "./time-scale.ts";

/** A line of the tree. */
export interface Row {
  readonly entry: TreeEntry;
  readonly depth: number;
  /** From its beginning to its end, or to now while it goes on; undefined where neither is known. */
  readonly span: Span | undefined;
  /** It has not ended. */
  readonly isOpen: boolean;
}

const ms = (iso: string): number => Date.parse(iso);

const isOpen = (entry: TreeEntry): boolean => entry.kind === "checkpoint" && entry.finishedAt === null;

/** When the entry itself began and ended; frames have no times of their own. */
function ownSpan(entry: TreeEntry, now: number): Span | undefined {
  if (entry.kind === "frame") return undefined;
  if (entry.kind === "event") return { from: ms(entry.at), to: ms(entry.at) };
  const first = entry.startedAt ?? entry.tries[0]?.at ?? entry.finishedAt;
  if (first === null) return undefined;
  const from = ms(first);
  return { from, to: Math.max(from, entry.finishedAt === null ? now : ms(entry.finishedAt)) };
}

/** Entries by the parent that is among them; those whose parent is not known yet stand at the top. */
function byParent(entries: readonly TreeEntry[]): Map<string | null, TreeEntry[]> {
  const ids = new Set(entries.map(({ id }) => id));
  const within = new Map<string | null, TreeEntry[]>();
  for (const entry of entries) {
    const parent = entry.parent !== null && ids.has(entry.parent) ? entry.parent : null;
    const siblings = within.get(parent);
    if (siblings === undefined) within.set(parent, [entry]);
    else siblings.push(entry);
  }
  return within;
}

/** The last record and the last end within an entry, itself included. */
interface Extent {
  readonly number: number;
  readonly end: number;
}

function extentsOf(entries: readonly TreeEntry[]): Map<string, Extent> {
  const parents = new Map(entries.map(({ id, parent }) => [id, parent]));
  const extents = new Map<string, Extent>();
  for (const entry of entries) {
    if (entry.kind !== "checkpoint") continue;
    const end = entry.finishedAt === null ? Number.POSITIVE_INFINITY : ms(entry.finishedAt);
    for (let at: string | null = entry.id; at !== null; at = parents.get(at) ?? null) {
      const { number = 0, end: last = 0 } = extents.get(at) ?? {};
      extents.set(at, { number: Math.max(number, entry.number), end: Math.max(last, end) });
    }
  }
  return extents;
}

/**
 * The entries, with the begin of each wait filled in. The record of a wait or a child says when it was over, not always when it
 * began: that was as soon as what stands in front of it was done, in its own frame if there is anything, else around it.
 */
export function withBegins(entries: readonly TreeEntry[], begin: number): TreeEntry[] {
  const extents = extentsOf(entries);
  const parents = new Map(entries.map(({ id, parent }) => [id, parent]));
  const within = byParent(entries);
  const beginOf = ({ id, number }: Checkpoint): number => {
    for (let inner = id, frame = parents.get(id) ?? null; ; ) {
      const before = (within.get(frame) ?? []).flatMap((sibling) => {
        const extent = sibling.id === inner ? undefined : extents.get(sibling.id);
        return extent !== undefined && extent.number < number ? [extent.end] : [];
      });
      if (before.length > 0) return Math.max(...before);
      if (frame === null) return begin;
      inner = frame;
      frame = parents.get(frame) ?? null;
    }
  };
  return entries.map((entry) => {
    if (entry.kind !== "checkpoint" || !isIdle(entry)) return entry;
    if (entry.startedAt !== null || entry.finishedAt === null) return entry;
    const from = Math.min(beginOf(entry), ms(entry.finishedAt));
    return { ...entry, startedAt: new Date(from).toISOString() };
  });
}

/** The span of an entry and all within it. */
function around(spans: readonly (Span | undefined)[]): Span | undefined {
  const known = spans.filter((span) => span !== undefined);
  if (known.length === 0) return undefined;
  return { from: Math.min(...known.map(({ from }) => from)), to: Math.max(...known.map(({ to }) => to)) };
}

/** The rows, parents before children, siblings in the order of the log. `now` ends what is open. */
export function rowsOf(entries: readonly TreeEntry[], now: number): Row[] {
  const within = byParent(entries.filter(({ kind }) => kind !== "event"));
  const happenings = entries.filter((entry) => entry.kind === "event");
  const below = (parent: string | null, depth: number): Row[] => {
    const siblings = [...(within.get(parent) ?? [])].sort((a, b) => a.number - b.number);
    return siblings.flatMap((entry) => {
      const inner = below(entry.id, depth + 1);
      const own = ownSpan(entry, now);
      // A library's call began before the callbacks that it made, and has no time until it has ended.
      const span =
        entry.kind === "frame" || isOpen(entry) ? around([own, ...inner.map((row) => row.span)]) : own;
      const open = isOpen(entry) || (entry.kind === "frame" && inner.some((row) => row.isOpen));
      return [{ entry, depth, span, isOpen: open }, ...inner];
    });
  };
  return happenings.reduce((rows, event) => withEvent(rows, event, now), below(null, 0));
}

/**
 * Rows with an event at its place: where all that stands in front of it came before, and all behind it after. Where parallel
 * branches leave no such place, it stands behind the branches that it fell into.
 */
function withEvent(rows: readonly Row[], event: RunHappening, now: number): Row[] {
  const first = rows.findIndex(({ entry }) => entry.number > event.number);
  const from = first < 0 ? rows.length : first;
  const isClean = rows.slice(from).every(({ entry }) => entry.number > event.number);
  const after = rows.findIndex(({ entry, depth }) => depth === 0 && entry.number > event.number);
  const at = isClean ? from : after < 0 ? rows.length : after;
  const row: Row = { entry: event, depth: 0, span: ownSpan(event, now), isOpen: false };
  return [...rows.slice(0, at), row, ...rows.slice(at)];
}

/** Time in which nothing of the run's own is done: what a gap of the timeline may be made of. */
export const isIdle = (entry: TreeEntry): boolean =>
  entry.kind === "frame" ||
  (entry.kind === "checkpoint" && (entry.sort === "wait" || entry.sort === "child"));

/** The moments and spans that the timeline must keep apart. */
export function busySpans(rows: readonly Row[]): Span[] {
  return rows.flatMap(({ entry, span }) => {
    if (span === undefined || entry.kind === "frame") return [];
    const points =
      entry.kind === "checkpoint" ? entry.tries.map(({ at }) => ({ from: ms(at), to: ms(at) })) : [];
    const hasTries = points.length > 0;
    // What is tried again rests between its tries.
    if (isIdle(entry) || hasTries)
      return [{ from: span.from, to: span.from }, { from: span.to, to: span.to }, ...points];
    return [span];
  });
}

/** Why work on the run began again, as far as the tree can tell. */
export function whyAgain(pass: RunHappening, entries: readonly TreeEntry[]): string {
  const at = ms(pass.at);
  const units = entries.filter((entry): entry is Checkpoint => entry.kind === "checkpoint");
  const happened = entries.filter((entry): entry is RunHappening => entry.kind === "event");
  const before = happened.filter(({ number }) => number < pass.number).at(-1);
  const after = entries.find(({ number }) => number > pass.number);
  if (after?.kind === "event" && after.event === "resume") return "it was resumed";
  if (before?.event === "resume") return "it was resumed";
  if (before?.event === "attempt" && before.retryAt !== undefined && ms(before.retryAt) <= at + 1_000) {
    const between = units.some(({ number }) => number > before.number && number < pass.number);
    if (!between) return "the next attempt was due";
  }
  const next = units
    .filter(({ finishedAt }) => finishedAt !== null && ms(finishedAt) >= at)
    .sort((a, b) => ms(a.finishedAt ?? "") - ms(b.finishedAt ?? ""))[0];
  const wasOpen = next !== undefined && next.startedAt !== null && ms(next.startedAt) < at;
  if (wasOpen && next.sort === "wait") return "a wait was over";
  if (wasOpen && next.sort === "child") return "a child had ended";
  const due = units.some(({ tries }) =>
    tries.some(({ at: failed, retryAt }) => ms(failed) < at && ms(retryAt) <= at + 1_000),
  );
  const open = units.some(
    ({ startedAt, finishedAt }) =>
      startedAt !== null && ms(startedAt) < at && (finishedAt === null || ms(finishedAt) >= at),
  );
  if (due && open) return "the next try was due";
  return "the process that worked on it had ended";
}

/** `name`, and where it is in the source. */
export const placeText = ({ file, line }: Pick<Checkpoint | Frame, "file" | "line">): string =>
  file === null ? "" : line === null ? file : `${file}:${line}`;
