/**
 * What a resumed run does with its records: each is reused, made again, contradicted or asked for by nobody.
 *
 * Owns:      the plan's rows, from the journal before, and from what the resumed run has asked for.
 */
import type { Ask } from "../engine/ask.ts";
import { hasOtherInputs } from "../engine/outcome.ts";
import type { JournalRecord, Place } from "../engine/record.ts";
import type { PassWatch } from "./call-ledger.ts";
import { fileAndLine } from "./report.ts";
import type { PlanRow } from "./types.ts";
import type { World } from "./world.ts";

const nowhere: Place = { name: "", at: "" };

/** Of a unit: did it have a record, what kind, and is it asked for now? */
interface Known {
  readonly place: Place;
  readonly before: "result" | "error" | "try" | undefined;
  isAsked: boolean;
  isConflict: boolean;
}

export class Plan {
  readonly #runId: string;
  readonly #known = new Map<string, Known>();

  constructor(runId: string, journal: unknown) {
    this.#runId = runId;
    for (const record of journal as readonly JournalRecord[]) this.#note(record);
  }

  #note(record: JournalRecord): void {
    if (record.kind !== "result" && record.kind !== "try") return;
    const before = record.kind === "try" ? "try" : record.ok ? "result" : "error";
    this.#known.set(record.key, {
      place: record.place ?? nowhere,
      before,
      isAsked: false,
      isConflict: false,
    });
  }

  asked(_watch: PassWatch, ask: Ask, runId: string): void {
    if (runId !== this.#runId) return;
    const { journal } = ask.frame.execution;
    const known = this.#known.get(ask.key) ?? {
      place: ask.options.place,
      before: undefined,
      isAsked: false,
      isConflict: false,
    };
    this.#known.set(ask.key, known);
    known.isAsked = true;
    const number = journal.settled(ask.key, ask.gen);
    const record = number === undefined ? undefined : journal.at(number)?.record;
    if (number === undefined || record === undefined || number >= journal.otherCodeSince) return;
    known.isConflict ||= hasOtherInputs(ask, record);
  }

  /** The rows, records first, in the order of the log. */
  rows(world: World, journal: readonly JournalRecord[]): PlanRow[] {
    const made = new Set(
      [...world.ledger.entries.values()].filter(({ times }) => times > 0).map(({ key }) => key),
    );
    const dropped = new Set(
      journal.flatMap((record) => (record.kind === "resume" ? record.drops.map(({ key }) => key) : [])),
    );
    return [...this.#known].map(([key, known]) => {
      const { name, at } = known.place;
      return { key, name, ...fileAndLine(at), ...becameOf(known, made.has(key), dropped.has(key)) };
    });
  }
}

function becameOf(
  { before, isAsked, isConflict }: Known,
  isMade: boolean,
  isDropped: boolean,
): Pick<PlanRow, "what" | "why"> {
  if (before === undefined) return { what: "new", why: "There was no record of it." };
  if (isConflict)
    return { what: "conflict", why: "The code gives it other inputs than it was recorded with." };
  if (!isAsked) return { what: "orphan", why: "The run has not asked for it again." };
  if (!isMade && !isDropped) return { what: "reused", why: "Its record answered." };
  if (isDropped) return { what: "again", why: "The run had failed with it." };
  if (before === "try") return { what: "again", why: "Only failed tries of it were recorded." };
  return { what: "again", why: "The author's code had rejected what was recorded." };
}
