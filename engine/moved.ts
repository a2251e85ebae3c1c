/**
 * On other code than before: which record answers a call that has got another key, because the author has moved it.
 *
 * Owns:      the records of the code of before, and which of them no call has been given yet.
 * Never:     decides as long as anything else can go on: the call that a record belongs to by its key may still come.
 * Invariant: V1 a record answers one call. V2 it answers the same callee with the same inputs only: at the same site, or
 *            where its own place is gone from the code; the earlier record before the later one.
 *            V3 where a call takes the place of a recorded one and only its inputs are others, neither is it made nor is
 *            the record used: that is for people to decide. A transaction that has ended is asked about as a whole, by
 *            what began it; it can only be made again.
 */
import type { Ask } from "./ask.ts";
import type { Execution } from "./execution.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Frame } from "./frame.ts";
import { hasOtherInputs } from "./outcome.ts";
import { otherInputs } from "./pass-errors.ts";
import type { MarkerRecord, ResultRecord } from "./record.ts";
import type { Run } from "./run.ts";
import { isKnownSite } from "./sites.ts";
import { transactionId } from "./transaction-log.ts";
import type { Making } from "./unit-making.ts";
import { aheadOf } from "./watch.ts";

/** A record that was made on the code of before. */
export interface Former {
  readonly number: number;
  readonly record: ResultRecord;
}

/** What began a transaction: a call that is recorded, or one that gave the handle which stands for it. */
interface Beginning {
  readonly number: number;
  readonly record: ResultRecord | MarkerRecord;
}

/** What is looked for. */
interface Wanted {
  readonly siteId: string;
  readonly name: string;
  readonly frame: Frame;
  readonly inputs: string | undefined;
}

/** What callee and inputs tell apart. */
const movable: ReadonlySet<string> = new Set(["unit", "step", "trigger", "library", "child"]);
const withoutInputs = fingerprint([]);

const calleeOf = (name: string): string => name.slice(name.lastIndexOf(".") + 1);
const frameOf = (key: string): string => key.slice(0, key.lastIndexOf("/"));
const siteOf = (key: string): string => key.slice(key.lastIndexOf("/") + 1, key.lastIndexOf("#"));
const siteIdsIn = (path: string): string[] => path.match(/(?<=\/)[0-9a-z]{8}(?=#)/g) ?? [];

export class Moved {
  readonly #execution: Execution;
  readonly #free = new Map<number, Former>();
  /** Waits that are over, and children whose ends are not known, at places that are gone. */
  readonly #waits: Former[] = [];
  readonly #children: string[] = [];
  /** What began transactions that have ended, at places that are gone. */
  readonly #transactions: Beginning[] = [];
  readonly #taken = new Set<number>();
  readonly #held: Ask[] = [];

  constructor(execution: Execution) {
    this.#execution = execution;
    const { journal } = execution;
    if (journal.otherCodeSince === 0) return;
    const libraries = new Set(journal.invocations().map(({ call }) => call));
    for (let number = 1; number <= journal.last; number++) {
      const record = journal.at(number)?.record;
      if (record?.kind === "marker" && number < journal.otherCodeSince)
        this.#noteBeginning({ number, record });
      if (record?.kind !== "result" || !journal.counts(number)) continue;
      if (record.from !== undefined) this.#taken.add(record.from);
      if (number < journal.otherCodeSince && !libraries.has(record.key)) this.#note({ number, record });
    }
    for (const number of this.#taken) this.#free.delete(number);
    this.#children.push(...journal.openChildren().filter(isGoneKey));
  }

  #note(former: Former): void {
    const { sort, tx, endsTx } = former.record;
    this.#noteBeginning(former);
    if (sort === "wait" && isGone(former.record)) this.#waits.push(former);
    if (movable.has(sort) && tx === undefined && endsTx === undefined) this.#free.set(former.number, former);
  }

  #noteBeginning(former: Beginning): void {
    const { key, gen } = former.record;
    const { journal } = this.#execution;
    const hasEnded = journal.transactions.isEnded(transactionId(key, gen));
    if (hasEnded && isGoneKey(key) && journal.settled(key, gen) === former.number)
      this.#transactions.push(former);
  }

  /** A wait that is over, at a place that is gone, and that took so long: it is not waited for again. */
  wait(name: string, ms: number): Former | undefined {
    const index = this.#waits.findIndex(({ number, record: { place, started = 0, t } }) => {
      const isSame = place !== undefined && calleeOf(place.name) === calleeOf(name);
      return isSame && t - started >= ms && !this.#taken.has(number);
    });
    return index < 0 ? undefined : this.#waits.splice(index, 1)[0];
  }

  /** A child that was started at a place that is gone, if it is the same task with the same payload. */
  async child(isSame: (key: string) => Promise<Run | undefined>): Promise<Run | undefined> {
    for (const key of [...this.#children]) {
      const run = await isSame(key);
      const index = this.#children.indexOf(key);
      if (run === undefined || index < 0) continue;
      this.#children.splice(index, 1);
      return run;
    }
    return undefined;
  }

  /** The number of the record that answers by its key. One that has other inputs, or has been taken, does not. */
  settled(ask: Ask): number | undefined {
    const { journal } = this.#execution;
    const number = journal.settled(ask.key, ask.gen);
    const isRedone = number !== undefined && number < (journal.redone.get(ask.key) ?? 0);
    if (number === undefined || (number >= journal.otherCodeSince && !isRedone)) return number;
    const record = journal.at(number)?.record;
    if (record?.kind !== "result") return number;
    const isOther = hasOtherInputs(ask, record) && !journal.kept.has(ask.key);
    if (!isOther) this.#free.delete(number);
    if (!isOther && !isRedone && !this.#taken.has(number)) return number;
    if (isOther && !isRedone) ask.contradicted = { number, record };
    ask.gen++;
    return journal.settled(ask.key, ask.gen);
  }

  /** Are there records that a call at another place may be answered by? */
  get isOpen(): boolean {
    return this.#free.size > 0 || this.#transactions.length > 0;
  }

  /** Is a record looked for before the call is made? `isUnit`: it is known to yield a promise. */
  concerns(frame: Frame, siteId: string, isUnit: boolean, making: Making): boolean {
    const { args, receiver, place } = making;
    const isFirst = mayBegin(making) && this.#transactions.length > 0;
    const mayMove = isMovable(making) && this.#free.size > 0;
    if (!isFirst && !mayMove) return false;
    const wanted = { siteId, name: place.name, frame, inputs: fingerprint(args, receiver) };
    if (isFirst && this.#ended(wanted) !== undefined) return true;
    if (!mayMove) return false;
    return this.#find(wanted) !== undefined || (isUnit && this.#replaced(wanted) !== undefined);
  }

  /** Is the ask to wait until nothing else can go on? */
  holds(ask: Ask): boolean {
    if (ask.contradicted === undefined && (ask.options.isBegun || !this.#isWanted(ask))) return false;
    this.#held.push(ask);
    return true;
  }

  #isWanted(ask: Ask): boolean {
    const { isMovable, isFirst } = ask.options;
    if (isFirst && this.#transactions.length > 0 && this.#ended(wantedBy(ask)) !== undefined) return true;
    if (this.#free.size === 0 || !isMovable) return false;
    const wanted = wantedBy(ask);
    return this.#find(wanted) !== undefined || this.#replaced(wanted) !== undefined;
  }

  /** Nothing else can go on: one that was held is decided. True when there was one. */
  step(): boolean {
    const execution = this.#execution;
    if (this.#held.length === 0 || execution.quiet().busy) return false;
    const ask = this.#nextHeld();
    if (ask.settled) return true;
    const wanted = wantedBy(ask);
    const found = this.#foundFor(ask);
    const ended = ask.options.isFirst === true ? this.#ended(wanted) : undefined;
    const former = found ?? ask.contradicted ?? (ended === undefined ? this.#replaced(wanted) : undefined);
    const doubted = former ?? ended;
    const isKept =
      ended === undefined && doubted !== undefined && execution.journal.kept.has(doubted.record.key);
    if (found === undefined && doubted !== undefined && !isKept) {
      ask.conflictsWith = doubted.record.key;
      if (aheadOf(ask) === undefined) execution.context.fail(otherInputs(ask.options.place, doubted.record));
      return true;
    }
    if (former !== undefined) {
      this.#free.delete(former.number);
      this.#taken.add(former.number);
    }
    ask.taken = former;
    execution.begin(ask);
    return true;
  }

  /** Those that a record answers come first: what is left is decided on what is left. */
  #nextHeld(): Ask {
    const index = this.#held.findIndex((ask) => !ask.settled && this.#foundFor(ask) !== undefined);
    return this.#held.splice(Math.max(index, 0), 1)[0] as Ask;
  }

  #foundFor(ask: Ask): Former | undefined {
    return ask.options.isMovable === true ? this.#find(wantedBy(ask)) : undefined;
  }

  #find({ siteId, name, inputs }: Wanted): Former | undefined {
    if (inputs === undefined) return undefined;
    for (const former of this.#free.values()) {
      const { fp, key, place, sort } = former.record;
      // A step is known by its name; of other calls without inputs one may be as good as the other.
      if (fp !== inputs || calleeOf(place?.name ?? "") !== calleeOf(name)) continue;
      const tellsApart = sort === "step" || fp !== withoutInputs;
      if (isGone(former.record) || (tellsApart && siteOf(key) === siteId)) return former;
    }
    return undefined;
  }

  /** The transaction that has ended, and that this would begin once more. */
  #ended({ name, inputs }: Wanted): Beginning | undefined {
    return this.#transactions.find(({ record: { key, fp, place } }) => {
      const isSame = fp === inputs && calleeOf(place?.name ?? "") === calleeOf(name);
      return isSame && !this.#execution.journal.redone.has(key);
    });
  }

  /** What the ask stands in the place of: the same callee, at a place of which only sites that are gone are others. */
  #replaced({ siteId, name, frame }: Wanted): Former | undefined {
    for (const former of this.#free.values()) {
      const { key, place, sort } = former.record;
      const isSame = sort !== "step" && place?.name === name && standsAt(key, frame.path, siteId);
      if (isSame && !this.#execution.journal.redone.has(key)) return former;
    }
    return undefined;
  }
}

const wantedBy = ({ siteId, options, frame }: Ask): Wanted => ({
  siteId,
  name: options.place.name,
  frame,
  inputs: options.fingerprint?.(),
});

/** Can nobody ask for it by its key any more? */
const isGoneKey = (path: string): boolean => siteIdsIn(path).some((id) => !isKnownSite(id));

/** Was the key given at this place, but for sites that are gone? Through a function of the author's it is its call that has changed. */
function standsAt(key: string, framePath: string, siteId: string): boolean {
  const before = frameOf(key).split("/");
  const now = framePath.split("/");
  const isSame = (part: string, index: number): boolean =>
    part === now[index] || (isGoneKey(`/${part}`) && occurrencesIn(part) === occurrencesIn(now[index] ?? ""));
  const isOwn = siteOf(key) === siteId || !isKnownSite(siteOf(key));
  return isGoneKey(key) && isOwn && before.length === now.length && before.every(isSame);
}

const occurrencesIn = (part: string): string => part.slice(part.indexOf("#"));

/** A step's own site is its name. */
const isGone = ({ key, sort }: ResultRecord): boolean => isGoneKey(sort === "step" ? frameOf(key) : key);

/** May the call begin a transaction by hand? What it gives may be one, whatever its name. */
export const mayBegin = ({ part }: Making): boolean => part === undefined || part.role === "begins";

/** A set-up call is made in each pass, an iterator goes on by itself, a transaction is a whole. */
export const isMovable = ({ sort, setUp, item, part }: Making): boolean =>
  movable.has(sort) && setUp !== true && item === undefined && part === undefined;
