/**
 * Looks on while a run is replayed, and stops the replay before anything would be made for real.
 *
 * Owns:      what the replay has asked for.
 */
import type { Ask } from "../../engine/ask.ts";
import type { Journal } from "../../engine/journal.ts";
import { Onlooker, unanswered } from "../../engine/onlooker.ts";
import { hasOtherInputs } from "../../engine/outcome.ts";
import type { JournalRecord, Place } from "../../engine/record.ts";
import type { LiveCall } from "../../engine/watch.ts";
import { type CallNames, isByItself } from "./by-itself.ts";
import type { Difference } from "./difference.ts";

/** A file that has to be put back, or away: the disk would be another one. */
type KeptFiles = Extract<JournalRecord, { kind: "result" }>["files"];

/** A call that the journal does not have. */
interface Missing {
  readonly sort: string;
  readonly difference: Difference;
}

/** Only waited for: it has no record before it is over, and the run may go on without it. */
const waits = new Set(["wait", "token", "message", "await"]);

export class Witness extends Onlooker {
  readonly isClosed = true;
  readonly missing: Missing[] = [];
  otherInputs: Difference | undefined;
  /** Rises with what happens. */
  moves = 0;
  readonly #names: CallNames;
  readonly #isAway: (path: string) => boolean;
  /** What lies before belongs to an earlier attempt: another call may have made it. */
  readonly #from: number;
  readonly #asked = new Set<string>();

  constructor(from: number, names: CallNames, isAway: (path: string) => boolean, onStop: () => void) {
    super(onStop);
    this.#from = from;
    this.#names = names;
    this.#isAway = isAway;
  }

  /** The first call that the journal does not have; one that is only waited for says nothing where others do. */
  firstMissing(withWaits: boolean): Difference | undefined {
    const call = this.missing.find(({ sort }) => !waits.has(sort));
    return (call ?? (withWaits ? this.missing[0] : undefined))?.difference;
  }

  hasAsked(key: string, gen: number): boolean {
    return this.#asked.has(`${key}@${gen}`);
  }

  asked(ask: Ask): void {
    this.moves++;
    if (this.stopped !== undefined) return;
    const { key, gen, options, frame } = ask;
    const { execution } = frame;
    const { journal } = execution;
    this.#asked.add(`${key}@${gen}`);
    const number = journal.settled(key, gen);
    const record = number === undefined ? undefined : journal.at(number)?.record;
    if (number === undefined || record === undefined) {
      const isCut = execution.cancelAhead || execution.canceled !== undefined;
      const isKnown = journal.knows(key) || journal.hasChild(key) || journal.otherRun(key) !== undefined;
      if (!isCut && !isKnown) this.#misses(key, options.sort, options.place);
    } else if (isLive(journal, ask, number, record))
      this.stop("it gives a live value, which each process makes for itself", options.place);
    else if (record.kind === "result" && this.#movesFiles(record.files))
      this.stop("it gives a file that is not there any more", options.place);
    else if (this.otherInputs === undefined && number >= this.#from && hasOtherInputs(ask, record))
      this.otherInputs = { what: "other inputs", place: options.place };
  }

  /** A call without a record that nobody knows to be a unit is made in each pass. */
  around({ key, isUnit, isAwaited, place }: LiveCall, make: () => unknown): unknown {
    if (this.stopped === undefined && isUnit) this.stop("it would be made for real", place);
    if (this.stopped !== undefined) return unanswered();
    try {
      return this.calling(place, make);
    } finally {
      // It has reached out before it gave anything: no plain call then.
      if (this.stopped !== undefined && isAwaited) this.#misses(key, "unit", place);
    }
  }

  #misses(key: string, sort: string, place: Place): void {
    if (isByItself(key, this.#names)) return;
    this.missing.push({ sort, difference: { what: "missing record", place } });
  }

  #movesFiles(files: KeptFiles): boolean {
    return files?.some(({ path, is }) => is === "removed" || this.#isAway(path)) === true;
  }
}

/** A handle is made in each pass, unless it was closed; so is what a transaction did that has not ended. */
function isLive(journal: Journal, { options }: Ask, number: number, record: JournalRecord): boolean {
  if (record.kind !== "marker") return journal.isProvisional(record);
  const isClosed = options.handle !== undefined && journal.isClosed(options.handle);
  return !isClosed && !journal.isGone(number);
}
