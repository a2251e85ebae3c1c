/**
 * Rehearses crashes of a finished run: behind each of its checkpoints, as if the process had died there. What lies behind is
 * made again in a new copy of the code and in a world that is closed; what would reach out of the process is answered by the
 * run's own records.
 *
 * A replay shows what the code between awaits does otherwise. This shows what finished calls have done in memory alone, and
 * nothing recorded: what a package's object has kept to itself, what its own store around a function has held.
 *
 * Owns:      which crashes are rehearsed, and what they show.
 * Never:     makes a call that reaches out of the process; writes to any store but its own.
 * Invariant: R1 a run that is another one each time that it is made says nothing of crashes. R2 what it tells would have happened.
 */
import { PlayClock, resting, unanswered } from "../../engine/onlooker.ts";
import type { JournalEntry, Ports } from "../../engine/ports.ts";
import { fromText, type Place } from "../../engine/record.ts";
import { realChance, realClock } from "../clock.ts";
import type { Verdict } from "./difference.ts";
import {
  type End,
  endingStore,
  endOfRecord,
  endOfRun,
  isSame,
  readingSpill,
  timeFrom,
  told,
} from "./ends.ts";
import { type FinishedRun, isOnOneCode, journalOf, storeWith } from "./finished-run.ts";
import { partOfJournal, repeatableIn, siteIn } from "./part-of-journal.ts";
import { type Interruption, RehearsalWatch } from "./rehearsal-watch.ts";

/** What a rehearsal needs of its surroundings. */
export interface RehearsalDeps {
  /** Loads the code once more, as a new process would: what its modules hold is as at the start. Gives its `runPass`. */
  readonly load: () => Promise<(ports: Ports, runId: string) => Promise<{ readonly outcome: string }>>;
  readonly spill: Pick<Ports["spill"], "get">;
  /** Is there no such file? */
  readonly isAway: (path: string) => boolean;
  /** Gets who is to be told when the code reaches out of the process, or misses a store that a call has put around it. */
  readonly begun: (watch: Pick<RehearsalWatch, "reached" | "withoutStore">) => void;
}

/** So many crashes of a run are rehearsed, and so many calls to the outside are looked at. */
const crashesMax = 8;
const outsideMax = 4;
/** What reaches out of the process is found out by trying: the code is loaded so often at most. */
const playsMax = 40;
/** So long nothing may happen before the program is said to have come to rest: longer than a call in memory may take. */
const restMs = 2_000;
/** The same where it is to be told that it never comes to its end: a call in memory may take as long then. */
const surelyRestsMs = 5_000;

const unchecked = (because: string): Verdict => ({ kind: "unchecked", because });

/** A checkpoint that can be made again. */
interface Checkpoint {
  readonly number: number;
  readonly key: string;
  readonly place: Place;
  readonly isMarker: boolean;
}

/** How one play ended; `rests`: it came to rest before its end, at that await; undefined: it could not be played. */
type Outcome = { readonly end: End } | { readonly rests: Place | undefined } | Interruption | undefined;

/** Rehearses what can be rehearsed of a finished run. */
export async function rehearsed(finished: FinishedRun, deps: RehearsalDeps): Promise<Verdict> {
  const because = cannotBe(finished, deps);
  return because === undefined ? new Rehearsal(finished, deps).verdict() : unchecked(because);
}

function cannotBe({ run, entries }: FinishedRun, { isAway }: RehearsalDeps): string | undefined {
  if (run.status !== "COMPLETED" || !isOnOneCode({ run, entries })) return "it has not simply completed";
  const journal = journalOf(entries);
  for (let number = journal.last; number > 0; number--) {
    const { record } = journal.at(number) ?? {};
    if (record?.kind === "try" || record?.kind === "attempt" || record?.kind === "resume")
      return "it had failures";
    if (record?.kind !== "result") continue;
    if (record.tx !== undefined || record.holds !== undefined) return "it has transactions";
    if (record.files?.some(({ path, is }) => is === "removed" || isAway(path)) === true)
      return "it has files that are gone";
  }
  return undefined;
}

class Rehearsal {
  readonly #finished: FinishedRun;
  readonly #deps: RehearsalDeps;
  readonly #entries: readonly JournalEntry[];
  readonly #checkpoints: readonly Checkpoint[];
  readonly #expected: End;
  /** Sites of calls that reach out of the process. */
  readonly #outside = new Set<string>();
  #plays = 0;

  constructor(finished: FinishedRun, deps: RehearsalDeps) {
    this.#finished = finished;
    this.#deps = deps;
    const journal = journalOf(finished.entries);
    const { ended } = journal;
    this.#expected = ended === undefined ? endOfRun(finished.run) : endOfRecord(ended.record);
    this.#entries = finished.entries.filter(({ number }) => ended === undefined || number < ended.number);
    this.#checkpoints = checkpointsIn(this.#entries);
  }

  async verdict(): Promise<Verdict> {
    if (this.#checkpoints.length === 0) return { kind: "same" };
    // Nothing but the outside is taken from the journal: so it is found out what that is, and whether the rest comes out alike.
    const whole = await this.#played(0);
    if (whole !== undefined && "withoutStore" in whole) return this.#withoutStore(whole.withoutStore);
    if (whole === undefined || !("end" in whole)) return unchecked("it came to rest before its end");
    if (!isSame(this.#expected, whole.end)) return this.#ofInterruption(whole.end);
    return (await this.#behindCrashes()) ?? (await this.#ofOutside()) ?? { kind: "same" };
  }

  /**
   * In one piece it ends otherwise than it has. Is that because it was interrupted, by a wait or a crash? Or is it another one each
   * time that it is made?
   */
  async #ofInterruption(inOnePiece: End): Promise<Verdict> {
    const other = unchecked("it is another one each time that it is made");
    const began = this.#entries.findLast(({ data }) => fromText(data).kind === "pass")?.number ?? 0;
    const behind = this.#checkpoints.findLast(({ number }) => number < began)?.place;
    if (behind === undefined) return other;
    const again = await this.#played(0);
    const interrupted = await this.#played(began - 1);
    const gives = (outcome: Outcome, end: End): boolean =>
      outcome !== undefined && "end" in outcome && isSame(end, outcome.end);
    if (!gives(again, inOnePiece) || !gives(interrupted, this.#expected)) return other;
    const ended = { run: told(inOnePiece), crash: told(this.#expected) };
    return { kind: "crash", behind, ended, hasHappened: true };
  }

  /** Does the run end otherwise when it goes on behind one of its checkpoints? */
  async #behindCrashes(): Promise<Verdict | undefined> {
    const inMemory = this.#checkpoints.filter(({ key }) => !this.#isOutside(key)).slice(0, -1);
    for (const { number, place } of firstOfSites(inMemory).slice(0, crashesMax)) {
      const outcome = await this.#played(number);
      const asks = this.#unknownIn(outcome, number);
      if (asks !== undefined) return { kind: "crash", behind: place, asks };
      const waits = await this.#waitsForEver(outcome, number);
      if (waits !== undefined) return { kind: "crash", behind: place, waits };
      if (outcome === undefined || !("end" in outcome)) continue;
      if (!isSame(this.#expected, outcome.end))
        return {
          kind: "crash",
          behind: place,
          ended: { run: told(this.#expected), crash: told(outcome.end) },
        };
    }
    return undefined;
  }

  /**
   * The await for which the run waits behind the crash, and would for ever. A busy machine looks like that: so the run has to come
   * to its end once more in one piece, and to rest behind the crash though it is given longer.
   */
  async #waitsForEver(outcome: Outcome, crash: number): Promise<Place | undefined> {
    const mayWait = outcome !== undefined && ("rests" in outcome || ("reached" in outcome && outcome.isLate));
    if (!mayWait) return undefined;
    const whole = await this.#play(0);
    if (whole === undefined || !("end" in whole)) return undefined;
    const again = await this.#play(crash, undefined, surelyRestsMs);
    return again !== undefined && "rests" in again ? again.rests : undefined;
  }

  /** Does a call that has reached out of the process do so behind a crash, too? */
  async #ofOutside(): Promise<Verdict | undefined> {
    const outside = this.#checkpoints.filter(({ key }) => this.#isOutside(key));
    for (const { number, key, place } of firstOfSites(outside).slice(0, outsideMax)) {
      const before = this.#checkpoints.filter((each) => each.number < number && !this.#isOutside(each.key));
      const last = before.at(-1);
      if (last === undefined) continue;
      const outcome = await this.#played(number - 1, key);
      if (outcome !== undefined && "stayed" in outcome)
        return { kind: "crash", behind: last.place, stays: place };
    }
    return undefined;
  }

  /**
   * The call to the outside that the run has not made, if it was that. Where the run had still to make some of this site behind
   * the crash, it may be one of them under another name.
   */
  #unknownIn(outcome: Outcome, crash: number): Place | undefined {
    if (outcome === undefined || !("reached" in outcome)) return undefined;
    const { key = "", place } = outcome.reached ?? {};
    const isOfSite = (each: Checkpoint): boolean => siteIn(each.key) === siteIn(key);
    const isLeft = this.#checkpoints.some((each) => isOfSite(each) && each.number > crash);
    return this.#isOutside(key) && !isLeft ? place : undefined;
  }

  #withoutStore(call: string): Verdict {
    const place = this.#checkpoints.find(({ key }) => key === call)?.place;
    return place === undefined ? unchecked("a store is not there") : { kind: "without store", place };
  }

  #isOutside(key: string): boolean {
    return this.#outside.has(siteIn(key));
  }

  /** Plays the run behind a crash until nothing new reaches out of the process. */
  async #played(upTo: number, lookedAt?: string): Promise<Outcome> {
    for (;;) {
      if (++this.#plays > playsMax) return undefined;
      const outcome = await this.#play(upTo, lookedAt);
      if (outcome === undefined || !("reached" in outcome)) return outcome;
      const key = outcome.reached?.key;
      const isAnswered = this.#checkpoints.some((each) => each.key === key && !each.isMarker);
      if (key === undefined || !isAnswered || key === lookedAt || this.#isOutside(key)) return outcome;
      // In one piece it took no longer than a call in memory.
      if (outcome.isLate && upTo > 0) return outcome;
      this.#outside.add(siteIn(key));
    }
  }

  async #play(upTo: number, lookedAt?: string, longestMs?: number): Promise<Outcome> {
    const { run } = this.#finished;
    const isKept = (key: string): boolean => key !== lookedAt && this.#isOutside(key);
    const entries = partOfJournal(this.#entries, upTo, isKept);
    const clock = new PlayClock(timeFrom(run.startedAt ?? run.createdAt));
    const pass = await this.#deps.load();
    let settle: (outcome: Outcome) => void = () => {};
    const over = new Promise<Outcome>((resolve) => {
      settle = resolve;
    });
    const callMs = longestMs && longestMs * 2;
    const watch = new RehearsalWatch((key) => this.#isOutside(key), lookedAt, settle, callMs);
    this.#deps.begun(watch);
    // Other runs, children and tokens are in a store that is not here: what the run has made there its records say.
    const create = (): Promise<never> => {
      watch.reached();
      return unanswered();
    };
    const store = { ...storeWith({ run, entries }), create };
    const ports: Ports = {
      store: endingStore(store, (end) => settle({ end })),
      doorbell: { ring: () => {} },
      spill: readingSpill(this.#deps.spill),
      clock,
      chance: realChance(),
      watch,
    };
    const passed = pass(ports, run.id).then(
      async ({ outcome }): Promise<Outcome> => {
        const head = outcome === "finished" ? await store.read(run.id) : undefined;
        return head && { end: endOfRun(head) };
      },
      () => undefined,
    );
    const rested = resting(clock, () => watch.moves, realClock(), longestMs ?? restMs);
    const outcome = await Promise.race([over, passed, rested.then(() => ({ rests: watch.waitsAt }))]);
    clock.isStopped = true;
    return outcome;
  }
}

function checkpointsIn(entries: readonly JournalEntry[]): Checkpoint[] {
  return entries.flatMap(({ number, data }) => {
    const record = repeatableIn(fromText(data));
    if (record?.place === undefined) return [];
    return [{ number, key: record.key, place: record.place, isMarker: record.kind === "marker" }];
  });
}

/** The first of each site before the others. */
function firstOfSites(checkpoints: readonly Checkpoint[]): Checkpoint[] {
  const seen = new Set<string>();
  const isFirst = ({ key }: Checkpoint): boolean => seen.size < seen.add(siteIn(key)).size;
  const firsts = checkpoints.filter(isFirst);
  return [...firsts, ...checkpoints.filter((each) => !firsts.includes(each))];
}
