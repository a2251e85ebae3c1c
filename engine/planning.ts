/**
 * Looks ahead: plays a run's journal on the code that it would go on with, in memory, up to the first things that would be made
 * for real, and says what became of each record.
 *
 * Owns:      the ports of such a pass, and where it ends.
 * Never:     makes a live call; writes to any store but its own.
 * Invariant: L1 it ends: when the program has nothing left but what would be made, when it has ended, or when nothing moves.
 */
import type { Ask } from "./ask.ts";
import { type MemoryStore, memoryStore } from "./memory-store.ts";
import { newsOfSystem, Onlooker, PlayClock, resting, type Stopping, unanswered } from "./onlooker.ts";
import { countsOf, type LookedAhead, type ResumePlan, rowsOf } from "./plan.ts";
import type { Chance, Clock, InboxItem, JournalEntry, Ports, Spill, Store } from "./ports.ts";
import { fromText, type Place } from "./record.ts";
import { move, resume } from "./resuming.ts";
import type { Decided, Run, RunError } from "./run.ts";
import { contentHash } from "./spilled.ts";
import type { Ahead, LiveCall } from "./watch.ts";

/** So long nothing may move before a look ahead is said to have come to rest. */
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
  readonly begun?: (play: Stopping) => void;
}

/** What would become of a run that is resumed on this code; of one that waits, if it were moved to it. */
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

/** Only what is written to the run's own store goes on: waits, and children, which are started in memory. */
const inStore: ReadonlySet<string> = new Set(["wait", "child"]);

/** Calls whose functions nobody has seen return, and that most likely give a promise. */
const AsyncFunction = (async () => {}).constructor;

class Lookout extends Onlooker {
  readonly asks: Ask[] = [];
  readonly ahead: Ahead;
  readonly #unitNames: ReadonlySet<string>;

  constructor(unitNames: ReadonlySet<string>, onStop: () => void) {
    super(onStop);
    this.#unitNames = unitNames;
    this.ahead = {
      begins: ({ options: { sort } }) => this.stopped === undefined && inStore.has(sort),
      usedLive: (place) =>
        this.stop("it gives a live value, of which the code uses more than calls that are recorded", place),
    };
  }

  asked(ask: Ask): void {
    this.asks.push(ask);
  }

  /** What gives a promise is not called. */
  around({ isUnit, hasTail, fn, place }: LiveCall, make: () => unknown): unknown {
    const isPromise =
      fn === globalThis.fetch || fn instanceof AsyncFunction || this.#unitNames.has(place.name);
    if (this.stopped !== undefined || isUnit || (isPromise && hasTail !== true)) return unanswered();
    return this.calling(place, make);
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
  const clock = new PlayClock(deps.clock);
  const store = storeWith(stored, codeVersion, decided, clock.now());
  const lookout = new Lookout(unitNamesIn(stored.entries), over);
  const end: End = { ends: undefined, rejects: [] };
  deps.begun?.(lookout);
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
  await Promise.race([ended, pass, resting(clock, () => lookout.asks.length, deps.clock, restMs)]);
  clock.isStopped = true;
  await newsOfSystem(deps.clock);
  const after = [...(store.contents().runs.get(run.id)?.journal.values() ?? [])];
  const { asks } = lookout;
  const stopped = lookout.stopped && { ...lookout.stopped.place, because: lookout.stopped.because };
  const drops = (run.failedBy ?? []).map(({ key }) => key);
  const { rejects } = end;
  // What it has ended with is what the system has told it.
  const ends = lookout.stopped?.isLate ? undefined : end.ends;
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

/** A store with nothing in it but this run: resumed, or where it waits, moved. */
function storeWith(
  { run, entries, inbox }: StoredRun,
  codeVersion: string,
  decided: Decided,
  now: number,
): MemoryStore {
  const { owner, leaseUntil, waitingFor, turn, output, ...head } = run;
  const { set } =
    run.status === "WAITING"
      ? move(run, now, codeVersion, run.hasEndHooks)
      : resume(run, now, codeVersion, decided);
  const again: Run = { ...head, ...set, wakeAt: now, status: "QUEUED" };
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
    return unanswered();
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
