/**
 * The calls of a run, over all its passes: how often each was made, and whether its outcome is in the journal.
 *
 * Owns:      the numbers of calls, and what is known of places: do their calls yield promises?
 * Never:     ends a process; it says when it is to die (`Mortal`).
 */
import type { Ask } from "../engine/ask.ts";
import type { Callable } from "../engine/authored.ts";
import { isThenable } from "../engine/promises.ts";
import { fromText, type Place } from "../engine/record.ts";
import type { LiveCall, Watch } from "../engine/watch.ts";
import type { Strikes } from "./strikes.ts";
import type { When } from "./types.ts";

/** The process that makes the calls. */
export interface Mortal {
  readonly isDead: boolean;
  /** It dies at once. */
  die(at: string): void;
  /** Crashes since the last write. */
  readonly inVain: number;
}

/** What was learned of places in earlier runs of the same code. */
export type Places = Map<string, boolean>;

/** A call, over all passes. */
export interface Entry {
  readonly runId: string;
  readonly key: string;
  readonly gen: number;
  readonly place: Place;
  times: number;
  recorded: boolean;
  /** Tries whose failure is recorded. */
  failed: number;
  /** It gave a handle, or is part of a transaction or a call that counts as a whole: it is made again by design. */
  isMadeAgain: boolean;
  /** Tries that were begun and whose outcome is not recorded. */
  open: number;
  /** That was so when their pass ended, so often. */
  interrupted: number;
}

/** A call that is under way. */
interface Live {
  readonly entry: Entry;
  strike: When | undefined;
}

const never = <T>(): Promise<T> => new Promise(() => {});

const AsyncFunction = (async () => {}).constructor;
const asyncText = /\basync\b|\bawait\b|\bPromise\b|\.then\(/;

/** Does it look as if the function gave a promise? Asked where nobody has seen it return yet. */
function looksAsync(fn: Callable | undefined): boolean {
  if (fn === undefined || fn instanceof AsyncFunction || fn === globalThis.fetch) return true;
  return asyncText.test(Function.prototype.toString.call(fn));
}

const textOf = ({ name, at }: Place): string => `${name} at ${at}`;

/** Thrown where code would go on behind the call at which its process died. */
class ProcessDied extends Error {
  override readonly name = "ProcessDied";
}

export class CallLedger {
  readonly entries = new Map<string, Entry>();
  /** Recorded calls that were made again. */
  readonly doubles: { readonly entry: Entry; readonly after: string }[] = [];
  /** Calls that were made before anybody knew that they were to be prevented. */
  readonly late: Place[] = [];
  count = 0;
  readonly #places: Places;
  readonly #strikes: Strikes;
  lastCrash = "";

  constructor(places: Places, strikes: Strikes) {
    this.#places = places;
    this.#strikes = strikes;
  }

  /** A record is durable. */
  recorded(runId: string, data: string): void {
    const record = fromText(data);
    if (record.kind !== "result" && record.kind !== "try" && record.kind !== "marker") return;
    const entry = this.entries.get(idOf(runId, record.key, record.gen));
    if (entry === undefined) return;
    entry.open = 0;
    if (record.kind === "try") entry.failed++;
    if (record.kind === "result") entry.recorded = true;
    if (record.kind === "marker" || "tx" in record || "in" in record) entry.isMadeAgain = true;
  }

  entryOf(runId: string, { key, gen, place }: Pick<LiveCall, "key" | "gen" | "place">): Entry {
    const id = idOf(runId, key, gen);
    const known = this.entries.get(id);
    if (known !== undefined) return known;
    const entry: Entry = {
      runId,
      key,
      gen,
      place,
      times: 0,
      recorded: false,
      failed: 0,
      isMadeAgain: false,
      open: 0,
      interrupted: 0,
    };
    this.entries.set(id, entry);
    return entry;
  }

  /** The k-th call is made, unless its process dies before it. `isMade`: it has been made already. */
  begin(entry: Entry, mortal: Mortal, isMade: boolean): Live {
    const strike = this.#strikes.at("call", ++this.count, mortal.inVain);
    if (strike === "before" && !isMade) return { entry, strike };
    entry.times++;
    entry.open++;
    if (entry.recorded && !entry.isMadeAgain) this.doubles.push({ entry, after: this.lastCrash });
    return { entry, strike };
  }

  /** It was no call of a unit. */
  undo({ entry, strike }: Live): void {
    if (strike !== undefined) this.#strikes.undo("call", this.count, strike);
    entry.times--;
    entry.open--;
    this.count--;
    if (entry.times === 0) this.entries.delete(idOf(entry.runId, entry.key, entry.gen));
  }

  /** A pass of the run has ended: what it has begun and not recorded is made again. */
  interrupt(runId: string): void {
    for (const entry of this.entries.values()) {
      if (entry.runId !== runId) continue;
      entry.interrupted += entry.open;
      entry.open = 0;
    }
  }

  knows(place: Place): boolean | undefined {
    return this.#places.get(textOf(place));
  }

  learn(place: Place, isUnit: boolean): void {
    if (isUnit || this.knows(place) !== true) this.#places.set(textOf(place), isUnit);
  }
}

const idOf = (runId: string, key: string, gen: number): string => `${runId} ${key}@${gen}`;

/** Looks on while one pass works on a run. */
export class PassWatch implements Watch {
  readonly #ledger: CallLedger;
  readonly #runId: string;
  readonly #mortal: Mortal;
  readonly #live = new Map<string, Live>();
  /** What the program has asked for and not got yet. */
  readonly #asks = new Set<Ask>();
  readonly #told: (ask: Ask) => void;

  constructor(ledger: CallLedger, runId: string, mortal: Mortal, told: (ask: Ask) => void) {
    this.#ledger = ledger;
    this.#runId = runId;
    this.#mortal = mortal;
    this.#told = told;
  }

  asked(ask: Ask): void {
    this.#asks.add(ask);
    this.#told(ask);
  }

  /** What the program waits for. */
  pending(): Ask[] {
    for (const ask of this.#asks) if (ask.settled || ask.frame.execution.stopped) this.#asks.delete(ask);
    return [...this.#asks];
  }

  /** What it waits for that goes on for real. */
  underWay(): Ask[] {
    return this.pending().filter((ask) => {
      const { sort } = ask.options;
      const { waiting } = ask.frame.execution;
      return sort !== "wait" && sort !== "child" && !waiting.has(ask.key);
    });
  }

  /** The pass has ended, or its process has died. */
  interrupted(): void {
    this.#ledger.interrupt(this.#runId);
    this.#live.clear();
  }

  around(call: LiveCall, make: () => unknown): unknown {
    if (this.#mortal.isDead) return gone(call);
    const ledger = this.#ledger;
    const entry = ledger.entryOf(this.#runId, call);
    if (call.isMoving && entry.recorded) return make();
    const isLikely = call.isUnit || (ledger.knows(call.place) ?? (call.isAwaited || looksAsync(call.fn)));
    if (!isLikely) return make();
    // Behind items that are gone through first, a call is asked for before it is made.
    const live = this.#live.get(call.key) ?? ledger.begin(entry, this.#mortal, false);
    if (live.strike === "before") {
      this.#mortal.die(`before ${textOf(call.place)}`);
      return gone(call);
    }
    this.#live.set(call.key, live);
    let value: unknown;
    try {
      value = make();
    } catch (error) {
      if (!call.isUnit && !call.isAwaited) this.#undo(call, live);
      throw error;
    }
    if (!call.isUnit && !isThenable(value)) this.#undo(call, live);
    return value;
  }

  #undo(call: LiveCall, live: Live): void {
    this.#live.delete(call.key);
    this.#ledger.undo(live);
    this.#ledger.learn(call.place, false);
  }

  settles(ask: Ask, attempt: Promise<unknown>): Promise<unknown> {
    const { key, gen } = ask;
    const { place, sort } = ask.options;
    if (sort === "await") return attempt;
    if (this.#mortal.isDead) return never();
    const live = this.#live.get(key) ?? this.#late({ key, gen, place });
    if (live === undefined) return never();
    const over = (): void => void this.#live.delete(key);
    if (live.strike === "after") {
      const die = (): void => {
        if (!this.#mortal.isDead) this.#mortal.die(`after ${textOf(place)}`);
      };
      attempt.then(die, die);
      return never();
    }
    attempt.then(over, over);
    return attempt;
  }

  /** A call that nobody took for one of a unit. */
  #late(call: Pick<LiveCall, "key" | "gen" | "place">): Live | undefined {
    this.#ledger.learn(call.place, true);
    const live = this.#ledger.begin(this.#ledger.entryOf(this.#runId, call), this.#mortal, true);
    this.#live.set(call.key, live);
    if (live.strike !== "before") return live;
    this.#ledger.late.push(call.place);
    this.#mortal.die(`in ${textOf(call.place)}`);
    return undefined;
  }
}

/** What a call gives whose process is dead: code that would go on behind it is thrown out. */
function gone({ isAwaited, isUnit, place }: LiveCall): unknown {
  if (isAwaited || isUnit) return never();
  throw new ProcessDied(`The process died at ${textOf(place)}.`);
}
