/**
 * Replays a finished run from its own journal, on the engine itself: a pass over a copy of the run in memory that may begin
 * nothing. What is looked at is how it differs from what the run did.
 *
 * Owns:      the ports of such a pass, and the verdict.
 * Never:     makes a live call; writes to any store but its own.
 * Invariant: P1 whatever the replay does, it gives a verdict. P2 a program that is the same in every pass is never said to
 *            differ.
 */
import type { Journal } from "../../engine/journal.ts";
import { newsOfSystem, PlayClock, resting, type Stopped } from "../../engine/onlooker.ts";
import type { Ports, Spill } from "../../engine/ports.ts";
import type { Run } from "../../engine/run.ts";
import { realChance, realClock } from "../clock.ts";
import { type CallNames, isByItself } from "./by-itself.ts";
import type { Difference, Verdict } from "./difference.ts";
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
import { Witness } from "./witness.ts";

/** So long nothing may happen before a replay is said to have come to rest. */
const restMs = 2_000;

/** What a replay needs of its surroundings. */
export interface ReplayDeps {
  /** A pass that begins nothing: `runPass` of the code's own engine, told to leave before it begins. */
  readonly pass: (ports: Ports, runId: string) => Promise<{ readonly outcome: string }>;
  /** Large values, as the run has left them. */
  readonly spill: Pick<Spill, "get">;
  readonly names: CallNames;
  /** Is there no such file? */
  readonly isAway: (path: string) => boolean;
  /** Gets the witness while the replay goes on: who refuses a call to the outside tells it. */
  readonly begun?: (witness: Witness) => void;
  /** @default 2,000 */
  readonly restMs?: number;
}

/** Checks a finished run: its `run`, and then the hooks of its end. */
export async function checked(finished: FinishedRun, deps: ReplayDeps): Promise<Verdict> {
  if (!isOnOneCode(finished)) return { kind: "unchecked", because: "it has records of other code" };
  const journal = journalOf(finished.entries);
  const { ended } = journal;
  const first = firstOfAttempt(journal);
  if (ended === undefined) return replayed(finished, endOfRun(finished.run), first, deps);
  // A pass that finds how the run has ended does not enter `run` any more.
  const entries = finished.entries.filter(({ number }) => number < ended.number);
  const verdict = await replayed({ ...finished, entries }, endOfRecord(ended.record), first, deps);
  return verdict.kind === "same" ? replayed(finished, undefined, ended.number + 1, deps) : verdict;
}

/** The first number of the last attempt: an earlier one may have asked for what this one does not. */
function firstOfAttempt(journal: Journal): number {
  for (let number = journal.last; number > 0; number--) {
    const { record, isVoid } = journal.at(number) ?? {};
    if (isVoid === false && (record?.kind === "attempt" || record?.kind === "resume")) return number + 1;
  }
  return 1;
}

/** One replay. `expected`: how it has to end, if that is to be looked at. `first`: what lies before was looked at already. */
async function replayed(
  finished: FinishedRun,
  expected: End | undefined,
  first: number,
  deps: ReplayDeps,
): Promise<Verdict> {
  const { run } = finished;
  const store = storeWith(finished);
  const clock = new PlayClock(timeFrom(run.startedAt ?? run.createdAt));
  let settle: (end: End | "stopped") => void = () => {};
  const over = new Promise<End | "stopped">((resolve) => {
    settle = resolve;
  });
  const witness = new Witness(first, deps.names, deps.isAway, () => settle("stopped"));
  deps.begun?.(witness);
  const ports: Ports = {
    store: expected === undefined ? store : endingStore(store, settle),
    doorbell: { ring: () => {} },
    spill: readingSpill(deps.spill),
    clock,
    chance: realChance(),
    watch: witness,
  };
  const pass = deps.pass(ports, run.id).then(
    async ({ outcome }) => {
      const head = outcome === "finished" ? await store.read(run.id) : undefined;
      return head && endOfRun(head);
    },
    () => undefined,
  );
  const rested = resting(clock, () => witness.moves, realClock(), deps.restMs ?? restMs);
  const end = await Promise.race([over, pass, rested.then(() => undefined)]);
  clock.isStopped = true;
  await newsOfSystem(realClock());
  return verdictOf(finished, { witness, end, expected, first, names: deps.names });
}

interface Seen {
  readonly witness: Witness;
  readonly end: End | "stopped" | undefined;
  readonly expected: End | undefined;
  readonly first: number;
  readonly names: CallNames;
}

function verdictOf(finished: FinishedRun, seen: Seen): Verdict {
  const { witness, end, expected } = seen;
  if (witness.stopped?.isLate) return stoppedAt(witness.stopped);
  const difference = differenceIn(finished, seen);
  if (difference !== undefined) return { kind: "differs", difference };
  if (witness.stopped !== undefined) return stoppedAt(witness.stopped);
  if (end === undefined || end === "stopped")
    return { kind: "unchecked", because: "it came to rest before its end" };
  if (expected === undefined || isSame(expected, end) || isCutOff(finished.run)) return { kind: "same" };
  return {
    kind: "differs",
    difference: { what: "other end", ended: { run: told(expected), replay: told(end) } },
  };
}

const stoppedAt = ({ place, because }: Stopped): Verdict => ({ kind: "stopped", place, because });

/** Was it ended from outside, in the middle of whatever it did? */
const isCutOff = ({ status }: Run): boolean => status === "CANCELED" || status === "TIMED_OUT";

/** The first difference in what was asked for. */
function differenceIn({ run, entries }: FinishedRun, seen: Seen): Difference | undefined {
  const { witness, end, expected } = seen;
  if (witness.otherInputs !== undefined) return witness.otherInputs;
  const isOver = end !== undefined && end !== "stopped";
  const unasked = isOver || witness.missing.length > 0 ? unaskedRecord(entries, seen) : undefined;
  // A run that has failed, or was cut off, may have left calls behind that have no record.
  const isSameEnd = isOver && (expected === undefined || isSame(expected, end));
  const tells = !isCutOff(run) && (run.status === "COMPLETED" || !isSameEnd);
  const missing = tells ? witness.firstMissing(end === undefined) : undefined;
  if (missing === undefined) return isOver && witness.stopped === undefined ? unasked : undefined;
  return { ...missing, ...(unasked?.place === undefined ? {} : { instead: unasked.place }) };
}

/** The first record that the replay has not asked for, of those that it had to. */
function unaskedRecord(
  entries: FinishedRun["entries"],
  { witness, first, names }: Seen,
): Difference | undefined {
  const journal = journalOf(entries);
  for (let number = first; number <= journal.last; number++) {
    const { record, isVoid = true } = journal.at(number) ?? {};
    if (isVoid || (record?.kind !== "result" && record?.kind !== "marker")) continue;
    const { key, gen, place } = record;
    const counts = journal.settled(key, gen) === number && journal.generation(key) === gen;
    if (!counts || witness.hasAsked(key, gen) || isByItself(key, names)) continue;
    return { what: "unasked record", ...(place && { place }) };
  }
  return undefined;
}
