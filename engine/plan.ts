/**
 * The plan of a resume: what becomes of each record, said before anything is done.
 *
 * Owns:      the words of a plan, and its rows: from the journal before, and from what a pass that only looks ahead has asked for.
 * Never:     makes that pass (`planning.ts`).
 * Invariant: N1 what is not sure is said to be unknown: a row that says more comes out as it says.
 */
import type { Ask } from "./ask.ts";
import { type Entry, Journal } from "./journal.ts";
import { scan } from "./log-scan.ts";
import type { JournalEntry } from "./ports.ts";
import { fromText, type JournalRecord, type Place } from "./record.ts";

/** What becomes of a checkpoint when its run is resumed. */
export interface PlanRow {
  /** Its id: what `--redo` and `--keep` are given. */
  readonly key: string;
  readonly name: string;
  /** Empty where it is not known. */
  readonly file: string;
  /** 0 where it is not known. */
  readonly line: number;
  /**
   * `reused`: what is recorded answers. `again`: there is a record, and the call is made again. `new`: it has no record, and is made.
   * `conflict`: the code gives it other inputs than it was recorded with, or something else has taken its place; nobody but you can
   * say what is right. `orphan`: the run ends without asking for it. `unknown`: it depends on what `new` and `again` give.
   */
  readonly what: "reused" | "again" | "new" | "conflict" | "orphan" | "unknown";
  /** Why, a sentence. */
  readonly why: string;
}

/** What resuming a run would do. */
export interface ResumePlan {
  readonly runId: string;
  readonly task: string;
  /** The code that it is on, and the one that it would go on with. */
  readonly from: string;
  readonly codeVersion: string;
  /** Records first, in the order of the log. */
  readonly rows: readonly PlanRow[];
  /** How many rows of each kind there are. */
  readonly counts: Readonly<Record<PlanRow["what"], number>>;
  /** How the run would end, where that follows from what is recorded alone; an error that it `fails` with. */
  readonly ends?: { readonly how: "completes" } | { readonly how: "fails"; readonly error: string };
  /** Where looking ahead came to a stop before it had to, and why. */
  readonly stopped?: { readonly name: string; readonly at: string; readonly because: string };
}

/** What a pass that only looked ahead has come to. */
export interface LookedAhead {
  /** The log as that pass has left it. */
  readonly after: readonly JournalEntry[];
  readonly asks: readonly Ask[];
  readonly redo: readonly string[];
  readonly keep: readonly string[];
  readonly ends?: ResumePlan["ends"];
  readonly stopped?: ResumePlan["stopped"];
  /** What ended the run: made again when it is resumed. */
  readonly drops: readonly string[];
  /** What an attempt that fails has rejected. */
  readonly rejects: readonly string[];
}

/** What is known of a checkpoint. */
interface Known {
  readonly key: string;
  place: Place;
  before: "result" | "error" | "try" | "live" | "child" | undefined;
  /** Somebody had rejected what was recorded. */
  isRejected: boolean;
  ask: Ask | undefined;
  takenAt: string | undefined;
}

type Judged = Pick<PlanRow, "what" | "why">;

const nowhere: Place = { name: "", at: "" };

/** The log as a pass has it: what is void is marked. */
function journalIn(entries: readonly JournalEntry[]): Journal {
  const records = new Map(entries.map(({ number, data }) => [number, fromText(data)]));
  const { voids } = scan(records);
  const journal = new Journal();
  for (const [number, record] of records) journal.add(number, record, voids.has(number));
  return journal;
}

function* counting(journal: Journal): Generator<Entry> {
  for (let number = 1; number <= journal.last; number++) {
    const entry = journal.at(number);
    if (entry !== undefined && !entry.isVoid) yield entry;
  }
}

/** The checkpoints of a log, those that have been taken over at another place left out. */
function knownIn(journal: Journal): Map<string, Known> {
  const known = new Map<string, Known>();
  const takenOver = new Set<number>();
  for (const { record } of counting(journal))
    if (record.kind === "result" && record.from !== undefined) takenOver.add(record.from);
  const note = (key: string, place: Place | undefined, before: Known["before"], gen: number): void => {
    const isRejected = gen < journal.generation(key);
    const { place: former = nowhere } = known.get(key) ?? {};
    known.set(key, { key, place: place ?? former, before, isRejected, ask: undefined, takenAt: undefined });
  };
  for (const { number, record } of counting(journal)) {
    const children = record.kind === "children" ? record.keys : [];
    for (const key of children) note(key, undefined, "child", journal.generation(key));
    const counts = isKeyed(record) && !takenOver.has(number) && record.in === undefined;
    if (counts) note(record.key, record.place, kindOf(record), record.gen);
  }
  return known;
}

type Keyed = Extract<JournalRecord, { kind: "result" | "marker" | "try" }>;
const isKeyed = (record: JournalRecord): record is Keyed =>
  record.kind === "result" || record.kind === "marker" || record.kind === "try";

function kindOf(record: Keyed): Known["before"] {
  if (record.kind === "marker") return "live";
  if (record.kind === "try") return "try";
  return record.ok ? "result" : "error";
}

/** The rows of a plan. `before`: the log as it is. */
export function rowsOf(before: readonly JournalEntry[], seen: LookedAhead): PlanRow[] {
  const journal = journalIn(before);
  const known = knownIn(journal);
  const keys = new Map(
    [...counting(journal)].flatMap(({ number, record }) => (isKeyed(record) ? [[number, record.key]] : [])),
  );
  for (const ask of seen.asks) {
    const there = known.get(ask.key);
    if (there !== undefined) there.ask = ask;
    else if (ask.conflictsWith !== undefined) conflictWith(known, ask, ask.conflictsWith);
    else
      known.set(ask.key, {
        key: ask.key,
        place: ask.options.place,
        before: undefined,
        isRejected: false,
        ask,
        takenAt: undefined,
      });
  }
  const taking = takenOver(known, keys, seen.after);
  const now = journalIn(seen.after);
  const open = firstOpen(known, seen);
  return [...known.values()]
    .filter(({ key, before: kind, ask }) => kind !== undefined || (!taking.has(key) && ask !== undefined))
    .map((each) => rowOf(each, judged(each, seen, open, now)));
}

/** The question is asked about the record: its own place is the one that is named. */
function conflictWith(known: Map<string, Known>, ask: Ask, key: string): void {
  const there = known.get(key);
  if (there !== undefined && there.ask === undefined) there.ask = ask;
}

/** Notes which records have been taken over, and gives the keys under which they count now. */
function takenOver(
  known: ReadonlyMap<string, Known>,
  keys: ReadonlyMap<number, string>,
  after: readonly JournalEntry[],
): ReadonlySet<string> {
  const taking = new Set<string>();
  for (const { number, data } of after) {
    const record = keys.has(number) ? undefined : fromText(data);
    if (record?.kind !== "result" || record.from === undefined) continue;
    const there = known.get(keys.get(record.from) ?? "");
    if (there === undefined) continue;
    there.takenAt = record.place?.at ?? "";
    if (there.key !== record.key) taking.add(record.key);
  }
  return taking;
}

/** What the rest depends on. */
function firstOpen(known: ReadonlyMap<string, Known>, { ends, stopped }: LookedAhead): Place | undefined {
  if (ends !== undefined) return undefined;
  if (stopped !== undefined) return stopped;
  for (const { ask } of known.values()) if (ask !== undefined && !ask.settled) return ask.options.place;
  return { name: "what the code is doing", at: "" };
}

const shown = ({ name, at }: Place): string => (at === "" ? name : `${name} at ${at}`);

/** Would what is recorded have answered, had the look ahead come that far? */
function answers(now: Journal, { key, gen, options }: Ask): boolean {
  const record = now.at(now.settled(key, gen) ?? 0)?.record;
  return record?.kind === "result" && options.again === undefined && !now.isProvisional(record);
}

function judged(known: Known, seen: LookedAhead, open: Place | undefined, now: Journal): Judged {
  const { key, before, isRejected, ask, takenAt } = known;
  const isKept = seen.keep.includes(key);
  if (takenAt !== undefined) return taken(takenAt, isKept);
  if (ask?.conflictsWith !== undefined) return conflict(known, ask.options.place);
  if (seen.rejects.includes(key)) return { what: "again", why: "The code rejects what is recorded." };
  if (before === "live")
    return { what: "again", why: "It gives a live value, which each process makes for itself." };
  if (ask === undefined || (ask.contradicted !== undefined && !ask.settled)) return unasked(open);
  if (ask.settled || answers(now, ask))
    return { what: "reused", why: isKept ? "You have said to keep it." : "What is recorded answers." };
  if (before === "child" || ask.otherRun !== undefined)
    return { what: "reused", why: "It goes on waiting for the run that is there." };
  if (before === undefined) return { what: "new", why: "There is no record of it." };
  return {
    what: "again",
    why: whyAgain(known, seen.redo.includes(key), seen.drops.includes(key), isRejected),
  };
}

function taken(at: string, isKept: boolean): Judged {
  const said = isKept ? ", as you have said" : "";
  return { what: "reused", why: `What is recorded answers the call at ${at}${said}.` };
}

function unasked(open: Place | undefined): Judged {
  if (open === undefined) return { what: "orphan", why: "The run ends without asking for it." };
  return { what: "unknown", why: `Whether it is asked for depends on ${shown(open)}.` };
}

function whyAgain({ before }: Known, isRedone: boolean, isDropped: boolean, isRejected: boolean): string {
  if (isRedone) return "You have said so.";
  if (isDropped) return "The run has failed with it.";
  if (isRejected) return "The code has rejected what was recorded.";
  if (before === "try") return "Only failed tries of it are recorded.";
  return "It belongs to something that had not ended, and is made again with it.";
}

function conflict({ key, place }: Known, now: Place): Judged {
  const moved = now.at === place.at ? "" : ` at ${now.at}`;
  const ways = `Say --redo ${key} to make it again, or --keep ${key} to use what is recorded.`;
  return {
    what: "conflict",
    why: `The code gives it${moved} other inputs than it was recorded with. ${ways}`,
  };
}

function rowOf({ key, place, ask }: Known, { what, why }: Judged): PlanRow {
  const { name, at } = place.at === "" && ask !== undefined ? ask.options.place : place;
  const [, file = at, line = "0"] = /^(.*):(\d+)$/.exec(at) ?? [];
  return { key, name, file, line: Number(line), what, why };
}

/** How many rows of each kind there are. */
export function countsOf(rows: readonly PlanRow[]): ResumePlan["counts"] {
  const counts = { reused: 0, again: 0, new: 0, conflict: 0, orphan: 0, unknown: 0 };
  for (const { what } of rows) counts[what]++;
  return counts;
}
