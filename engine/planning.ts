/**
 * Looks ahead: plays a run's journal on the code that it would go on with, in memory, up to the first things that would be made
 * for real, and says what became of each record.
 *
 * Owns:      the ports of such a pass, and where it ends.
 * Never:     makes a live call; writes to any store but its own.
 * Invariant: L1 it ends: when the program has nothing left but what would be made, when it has ended, or when nothing moves.
 */
import type { Ask } from "./ask.ts";
import { resume } from "./head-write.ts";
import { type MemoryStore, memoryStore } from "./memory-store.ts";
import { countsOf, type LookedAhead, type ResumePlan, rowsOf } from "./plan.ts";
import type { Chance, Clock, InboxItem, JournalEntry, Ports, Spill, Store } from "./ports.ts";
import { fromText, type Place } from "./record.ts";
import type { Decided, Run, RunError } from "./run.ts";
import { contentHash } from "./spilled.ts";
import type { Ahead, LiveCall, Watch } from "./watch.ts";

/** How often it is looked whether anything still moves, and so long nothing may. */
const lookMs = 25;
const restMs = 2_000;

/** A run as the store has it. */
export interface StoredRun {
  readonly run: Run;
  readonly entries: readonly JournalEntry[];
  readonly inbox: readonly InboxItem[];
}

/** What looking ahead needs of its surroundings. */
export interface PlanningDeps {
  /** A pass that begins nothing: `runPass` of the code's own engine, told to leave before it begins. */
  readonly pass: (ports: Ports, runId: string) => Promise<unknown>;
  /** Tells a pass at work that the run's inbox has news. */
  readonly wake: (runId: string) => void;
  /** Large values, as the run has left them. */
  readonly spill: Pick<Spill, "get">;
  /** Other runs: children that go on. */
  readonly others: (runId: string) => Promise<Run | undefined>;
  /** Real time. */
  readonly clock: Clock;
  readonly chance: Chance;
  /** Gets what stops the look ahead: who refuses a call to the outside says so. */
  readonly begun?: (stop: (because: string) => void) => void;
}

/** What would become of a run that is resumed on this code. */
export async function planOf(
  stored: StoredRun,
  { codeVersion, decided }: { readonly codeVersion: string; readonly decided: Decided },
  deps: PlanningDeps,
): Promise<ResumePlan> {
  const { run, entries } = stored;
  const seen = await lookedAhead(stored, codeVersion, decided, deps);
  const rows = rowsOf(entries, seen);
  const { ends, stopped } = seen;
  return {
    runId: run.id,
    task: run.task,
    from: run.codeVersion,
    codeVersion,
    rows,
    counts: countsOf(rows),
    ...(ends && { ends }),
    ...(stopped && { stopped }),
  };
}

/** Time goes on, until the look ahead has ended; then nothing happens any more. */
class PlanningClock implements Clock {
  readonly #clock: Clock;
  isStopped = false;
  turns = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }
  now(): number {
    return this.#clock.now();
  }
  after(ms: number, fn: () => void): () => void {
    return this.#clock.after(ms, () => this.isStopped || fn());
  }
  turn(fn: () => void): void {
    this.turns++;
    this.#clock.turn(() => this.isStopped || fn());
  }
}

/** Only what is written to the run's own store goes on: waits, and children, which are started in memory. */
const inStore: ReadonlySet<string> = new Set(["wait", "child"]);

/** Calls whose functions nobody has seen return, and that most likely give a promise. */
const AsyncFunction = (async () => {}).constructor;

class Lookout implements Watch {
  readonly asks: Ask[] = [];
  readonly ahead: Ahead;
  stopped: LookedAhead["stopped"];
  readonly #unitNames: ReadonlySet<string>;
  readonly #onStop: () => void;
  #calling: Place | undefined;

  constructor(unitNames: ReadonlySet<string>, onStop: () => void) {
    this.#unitNames = unitNames;
    this.#onStop = onStop;
    this.ahead = {
      begins: ({ options: { sort } }) => this.stopped === undefined && inStore.has(sort),
      usedLive: (place) =>
        this.stop("it gives a live value, of which the code uses more than calls that are recorded", place),
    };
  }

  asked(ask: Ask): void {
    this.asks.push(ask);
  }

  /** What gives a promise is not called. What else is called in each pass, in a world that is closed. */
  around(call: LiveCall, make: () => unknown): unknown {
    const { isUnit, hasTail, fn, place } = call;
    const isPromise =
      fn === globalThis.fetch || fn instanceof AsyncFunction || this.#unitNames.has(place.name);
    if (this.stopped !== undefined || isUnit || (isPromise && hasTail !== true)) return new Promise(() => {});
    const before = this.#calling;
    this.#calling = place;
    try {
      return make();
    } finally {
      this.#calling = before;
    }
  }

  settles(_ask: Ask, attempt: Promise<unknown>): Promise<unknown> {
    return attempt;
  }

  stop(
    because: string,
    place: Place = this.#calling ?? { name: "the code between two awaits", at: "" },
  ): void {
    if (this.stopped !== undefined) return;
    this.stopped = { ...place, because };
    this.#onStop();
  }
}

async function lookedAhead(
  stored: StoredRun,
  codeVersion: string,
  decided: Decided,
  deps: PlanningDeps,
): Promise<LookedAhead> {
  const { run } = stored;
  let over: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    over = resolve;
  });
  const clock = new PlanningClock(deps.clock);
  const store = storeWith(stored, codeVersion, decided, clock.now());
  const lookout = new Lookout(unitNamesIn(stored.entries), over);
  const end: End = { ends: undefined, rejects: [] };
  deps.begun?.((because) => lookout.stop(because));
  const ports: Ports = {
    store: endingStore(withOthers(store, deps.others), run.id, end, over),
    doorbell: { ring: deps.wake },
    spill: { get: deps.spill.get, put: async (text) => contentHash(text) },
    clock,
    chance: deps.chance,
    watch: lookout,
  };
  const pass = deps
    .pass(ports, run.id)
    .catch((error: unknown) => lookout.stop(String(error), taskPlace(run)));
  await Promise.race([ended, pass, resting(clock, lookout, deps.clock)]);
  clock.isStopped = true;
  const after = [...(store.contents().runs.get(run.id)?.journal.values() ?? [])];
  const { asks, stopped } = lookout;
  const drops = (run.failedBy ?? []).map(({ key }) => key);
  const { ends, rejects } = end;
  return { after, asks, ...decided, drops, rejects, ...(ends && { ends }), ...(stopped && { stopped }) };
}

const taskPlace = ({ task }: Run): Place => ({ name: `task "${task}"`, at: "" });

/** Names of calls that have given promises. */
function unitNamesIn(entries: readonly JournalEntry[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { data } of entries) {
    const record = fromText(data);
    if (record.kind === "result" && record.sort === "unit" && record.place !== undefined)
      names.add(record.place.name);
  }
  return names;
}

/** A store with nothing in it but this run, resumed. */
function storeWith(
  { run, entries, inbox }: StoredRun,
  codeVersion: string,
  decided: Decided,
  now: number,
): MemoryStore {
  const { owner, leaseUntil, waitingFor, turn, output, ...head } = run;
  const { set } = resume(run, now, codeVersion, decided);
  const again: Run = { ...head, ...set, status: "QUEUED" };
  const journal = new Map(entries.map((entry) => [entry.number, entry]));
  const items = new Map(inbox.map((item) => [item.id, item]));
  return memoryStore({
    from: { runs: new Map([[run.id, { run: again, journal, inbox: items }]]), keys: new Map() },
  });
}

/** Runs that are there are found, and stay as they are. */
function withOthers<S extends Store>(store: S, others: PlanningDeps["others"]): S {
  return {
    ...store,
    read: async (runId) => (await store.read(runId)) ?? (await others(runId)),
    async create(run, idempotency) {
      const there = (await store.read(run.id)) ?? (await others(run.id));
      return there === undefined ? store.create(run, idempotency) : { created: false, run: there };
    },
  };
}

/** How the run has come to an end, if it has. */
interface End {
  ends: LookedAhead["ends"] | undefined;
  rejects: readonly string[];
}

const toldOf = ({ name, message }: RunError): string => `${name}: ${message}`;

/** Tells how the program has ended as soon as that is written: what follows was not to happen. */
function endingStore<S extends Store>(store: S, runId: string, end: End, over: () => void): S {
  const ended = (error: RunError | undefined, isDone: boolean): Promise<never> => {
    end.ends = isDone
      ? { how: "completes" }
      : { how: "fails", error: error === undefined ? "" : toldOf(error) };
    over();
    return new Promise(() => {});
  };
  return {
    ...store,
    async append(lease, entry) {
      const record = fromText(entry.data);
      if (record.kind === "ended") return ended(record.error, record.event === "completed");
      if (record.kind !== "attempt") return store.append(lease, entry);
      end.rejects = record.rejects.map(({ key }) => key);
      return ended(record.error, false);
    },
    async write(id, change) {
      const isEnd = id === runId && change.set.finishedAt !== undefined;
      return isEnd ? ended(change.set.error, change.event === "completed") : store.write(id, change);
    },
  };
}

/** Resolves when nothing has happened for a while. */
async function resting(clock: PlanningClock, lookout: Lookout, real: Clock): Promise<void> {
  const moves = (): number => clock.turns + lookout.asks.length;
  let seen = moves();
  for (let still = 0; still < restMs && !clock.isStopped; still += lookMs) {
    await new Promise<void>((resolve) => void real.after(lookMs, resolve));
    if (moves() === seen) continue;
    seen = moves();
    still = 0;
  }
}
