/**
 * What a resumed run does with its records: each is reused, made again, contradicted or asked for by nobody.
 *
 * Owns:      the plan's rows, from the journal before, and from what the resumed run has asked for.
 */
import type { Ask } from "../engine/ask.ts";
import type { JournalRecord, Place } from "../engine/record.ts";
import type { PassWatch } from "./call-ledger.ts";
import { fileAndLine } from "./report.ts";
import type { PlanRow } from "./types.ts";
import type { World } from "./world.ts";

const nowhere: Place = { name: "", at: "" };

/** Of a unit: did it have a record, what kind, and who asks for it now? */
interface Known {
  readonly place: Place;
  readonly before: "result" | "error" | "try" | undefined;
  ask: Ask | undefined;
  /** Where it is asked for now, if that is another place than where it was recorded. */
  takenAt: string | undefined;
}

export class Plan {
  readonly #runId: string;
  readonly #known = new Map<string, Known>();
  /** Keys by the numbers of the records that were there. */
  readonly #numbers = new Map<number, string>();

  constructor(runId: string, journal: unknown) {
    this.#runId = runId;
    for (const [index, record] of (journal as readonly JournalRecord[]).entries()) {
      this.#note(record);
      if (record.kind === "result") this.#numbers.set(index + 1, record.key);
    }
  }

  #note(record: JournalRecord): void {
    if (record.kind !== "result" && record.kind !== "try") return;
    const before = record.kind === "try" ? "try" : record.ok ? "result" : "error";
    this.#known.set(record.key, {
      place: record.place ?? nowhere,
      before,
      ask: undefined,
      takenAt: undefined,
    });
  }

  asked(_watch: PassWatch, ask: Ask, runId: string): void {
    if (runId !== this.#runId) return;
    const { place } = ask.options;
    const known = this.#known.get(ask.key) ?? {
      place,
      before: undefined,
      ask: undefined,
      takenAt: undefined,
    };
    this.#known.set(ask.key, known);
    known.ask = ask;
  }

  /** The rows, records first, in the order of the log. */
  rows(world: World, journal: readonly JournalRecord[]): PlanRow[] {
    const made = new Set(
      [...world.ledger.entries.values()].filter(({ times }) => times > 0).map(({ key }) => key),
    );
    const dropped = new Set(
      journal.flatMap((record) => (record.kind === "resume" ? record.drops.map(({ key }) => key) : [])),
    );
    const taking = this.#taken(journal);
    return [...this.#known]
      .filter(([key, { before }]) => before !== undefined || !taking.has(key))
      .map(([key, known]) => {
        const { name, at } = known.place;
        return { key, name, ...fileAndLine(at), ...becameOf(known, made.has(key), dropped.has(key)) };
      });
  }

  /** Notes which records were taken over, and gives the keys under which they count now. */
  #taken(journal: readonly JournalRecord[]): ReadonlySet<string> {
    const taking = new Set<string>();
    for (const record of journal) {
      const key = record.kind === "result" && record.from !== undefined && this.#numbers.get(record.from);
      const known = typeof key === "string" ? this.#known.get(key) : undefined;
      if (known === undefined || record.kind !== "result") continue;
      known.takenAt = record.place?.at ?? "";
      taking.add(record.key);
    }
    return taking;
  }
}

function becameOf(
  { before, ask, takenAt }: Known,
  isMade: boolean,
  isDropped: boolean,
): Pick<PlanRow, "what" | "why"> {
  if (ask?.conflictsWith !== undefined)
    return { what: "conflict", why: "The code gives it other inputs than it was recorded with." };
  if (takenAt !== undefined) return { what: "reused", why: `Its record answered the call at ${takenAt}.` };
  if (before === undefined) return { what: "new", why: "There was no record of it." };
  if (ask === undefined) return { what: "orphan", why: "The run has not asked for it again." };
  if (!isMade && !isDropped) return { what: "reused", why: "Its record answered." };
  if (isDropped) return { what: "again", why: "The run had failed with it." };
  if (before === "try") return { what: "again", why: "Only failed tries of it were recorded." };
  return { what: "again", why: "The author's code had rejected what was recorded." };
}
