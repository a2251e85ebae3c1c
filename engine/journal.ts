/**
 * The journal of one run as a pass holds it in memory: the ordered log and what follows from it.
 *
 * Owns:      which record of a key counts, which are void, how often a key was rejected, which invocations are
 *            expected, how many attempts failed.
 * Never:     reads a store or a clock.
 * Invariant: J1 the first record of a (key, rejections, try) counts, later ones are repetitions.
 *            J2 behind a pass record, records of an older epoch are void.
 */
import { Insides } from "./insides.ts";
import type {
  AttemptRecord,
  CancelRecord,
  EndedRecord,
  Invocation,
  JournalRecord,
  MarkerRecord,
  ResultRecord,
  TryRecord,
} from "./record.ts";
import { Repeated } from "./repeated.ts";
import { TransactionLog } from "./transaction-log.ts";

/** A record at its place in the log. */
export interface Entry {
  readonly number: number;
  readonly record: JournalRecord;
  readonly isVoid: boolean;
}

export type Settled = ResultRecord | MarkerRecord;

/** A record that is about no unit. */
type RunRecord = Extract<
  JournalRecord,
  { kind: "attempt" | "resume" | "cancel" | "ended" | "children" | "told" | "noted" | "message" }
>;

/** Keys end in `#` and a count, so that none looks like another with a generation. Most have none: no text is made for them. */
const identity = (key: string, gen: number): string => (gen === 0 ? key : `${key}@${gen}`);

export class Journal {
  readonly #entries: (Entry | undefined)[] = [];
  readonly #settled = new Map<string, number>();
  readonly #tries = new Map<string, Map<number, TryRecord>>();
  readonly #rejections = new Map<string, number>();
  /** Keys that got another record on other code, or because somebody wanted it: the later one counts. */
  readonly #successors = new Map<string, number>();
  readonly #invocations = new Map<string, { number: number; invocation: Invocation }>();
  readonly #closed = new Set<string>();
  readonly #libraries = new Set<string>();
  readonly #children = new Set<string>();
  readonly transactions = new TransactionLog();
  readonly #notes = new Set<string>();
  readonly insides = new Insides((key, gen) => {
    const record = this.at(this.settled(key, gen) ?? 0)?.record;
    return record?.kind === "result" ? record.holds : undefined;
  });
  readonly repeated = new Repeated();
  readonly #clockMoves = new Map<string, number>();
  readonly #others = new Map<string, string>();
  /** Attempts that failed since the last resume. */
  readonly attempts: AttemptRecord[] = [];
  /** Number and record of the first cancel that still counts. */
  cancel: { readonly number: number; readonly record: CancelRecord } | undefined;
  /** How the run has ended, if its hooks are all that is left. */
  ended: { readonly number: number; readonly record: EndedRecord } | undefined;
  /** Somebody's request to cancel is in the log, since the last resume. */
  cancelRequest: CancelRecord | undefined;
  /** Keys whose records are used whatever their inputs were: somebody has said so. */
  readonly kept = new Set<string>();
  /** Keys that are made again, and the number of the resume that says so. */
  readonly redone = new Map<string, number>();
  /** How often the run was resumed, and the number of the last resume on other code. */
  resumes = 0;
  otherCodeSince = 0;
  /** Something was recorded as a handle. */
  hasHandles = false;
  /** When the present attempt was due, or the run was resumed; undefined: neither has happened. */
  enteredAt: number | undefined;
  /** The highest number in memory. */
  last = 0;
  #lastGood = 0;

  at(number: number): Entry | undefined {
    return this.#entries[number];
  }

  /** The latest result that succeeded. */
  get lastGood(): { readonly number: number; readonly name: string; readonly at: string } | undefined {
    const record = this.at(this.#lastGood)?.record;
    if (record?.kind !== "result" || record.place === undefined) return undefined;
    return { number: this.#lastGood, ...record.place };
  }

  /** Adds a durable record. Call in any order; the numbers decide. */
  add(number: number, record: JournalRecord, isVoid = false): void {
    if (this.#entries[number] !== undefined) return;
    this.#entries[number] = { number, record, isVoid };
    if (number > this.last) this.last = number;
    if (!isVoid) this.#index(number, record);
  }

  #index(number: number, record: JournalRecord): void {
    for (const invocation of record.inv ?? []) this.#expect(number, invocation);
    for (const { after, reads, by } of record.moves ?? []) this.#clockMoves.set(`${after}.${reads}`, by);
    this.transactions.note(record);
    switch (record.kind) {
      case "result":
      case "marker":
        this.#settle(number, record);
        break;
      case "try": {
        const id = identity(record.key, record.gen);
        const tries = this.#tries.get(id) ?? new Map<number, TryRecord>();
        if (!tries.has(record.number)) tries.set(record.number, record);
        this.#tries.set(id, tries);
        break;
      }
      case "pass":
      case "empty":
      case "released":
        break;
      default:
        this.#happened(number, record);
    }
  }

  /** What happens to the run as a whole. */
  #happened(number: number, record: RunRecord): void {
    switch (record.kind) {
      case "attempt":
        this.attempts.push(record);
        this.enteredAt = record.retryAt;
        for (const rejected of record.rejects) this.#reject(rejected);
        break;
      case "resume":
        this.#resumed(number, record);
        break;
      case "cancel":
        this.cancel ??= { number, record };
        if (record.reason === "canceled") this.cancelRequest ??= record;
        break;
      case "ended":
        this.ended ??= { number, record };
        // What came before has been taken into account; a cancel that comes now is for the hooks.
        if (this.cancel !== undefined && this.cancel.number < number) this.cancel = undefined;
        break;
      case "told":
      case "noted":
        this.#note(record);
        break;
      case "message":
        this.#notes.add(record.id);
        break;
      case "children":
        for (const key of record.keys) this.#children.add(key);
        for (const [key, runId] of Object.entries(record.others ?? {})) this.#others.set(key, runId);
        break;
    }
  }

  #note({ notes }: Extract<JournalRecord, { kind: "told" | "noted" }>): void {
    for (const note of notes) this.#notes.add(typeof note === "string" ? note : note.id);
  }

  #resumed(number: number, record: Extract<JournalRecord, { kind: "resume" }>): void {
    const { t, isOtherCode, drops, redo, keep } = record;
    this.resumes++;
    this.enteredAt = t;
    if (isOtherCode) this.otherCodeSince = number;
    this.attempts.length = 0;
    this.cancel = undefined;
    this.cancelRequest = undefined;
    this.ended = undefined;
    for (const dropped of drops) this.#reject(dropped);
    for (const key of redo ?? []) this.redone.set(key, number);
    for (const key of keep ?? []) this.kept.add(key);
  }

  #settle(number: number, record: Settled): void {
    const id = identity(record.key, record.gen);
    if (record.in !== undefined) return this.insides.add(id, number, record.in);
    const first = this.#settled.get(id);
    if (first === undefined || number < first) this.#settled.set(id, number);
    // What a transaction gave when it was made again takes the place of what it gave before.
    else if (record.tx !== undefined) this.#entries[first] = { number: first, record, isVoid: false };
    if (record.kind === "marker") this.hasHandles = true;
    if (record.kind === "marker") return;
    this.repeated.note(number, record);
    if (record.gen > this.generation(record.key)) this.#successors.set(record.key, record.gen);
    if (record.closes !== undefined) this.#closed.add(record.closes);
    if (record.ok && record.place !== undefined && this.ended === undefined && number > this.#lastGood) {
      this.#lastGood = number;
    }
  }

  #reject(rejected: { readonly key: string; readonly gen: number }): void {
    this.#rejections.set(rejected.key, Math.max(this.generation(rejected.key), rejected.gen + 1));
  }

  #expect(number: number, invocation: Invocation): void {
    const id = `${invocation.call}!${invocation.path}!${invocation.in ?? ""}`;
    this.#libraries.add(invocation.call);
    if (!this.#invocations.has(id)) this.#invocations.set(id, { number, invocation });
  }

  /** How often the author's code has rejected this key's record. */
  generation(key: string): number {
    if (this.#rejections.size === 0 && this.#successors.size === 0) return 0;
    return Math.max(this.#rejections.get(key) ?? 0, this.#successors.get(key) ?? 0);
  }

  /** Is it the record of its key and generation, and has nobody rejected it? */
  counts(number: number): boolean {
    const record = this.#entries[number]?.record;
    if (record?.kind !== "result" || record.gen < (this.#rejections.get(record.key) ?? 0)) return false;
    return this.#settled.get(identity(record.key, record.gen)) === number;
  }

  /** The number of the record that counts for this key; undefined for one that was rejected. */
  settled(key: string, gen: number): number | undefined {
    if (gen < this.generation(key)) return undefined;
    const id = identity(key, gen);
    return this.#settled.get(id) ?? this.insides.find(id);
  }

  /** Does the journal know anything of this key: a result, a marker, a failed try, an invocation? */
  knows(key: string): boolean {
    const generation = this.generation(key);
    if (generation > 0 || this.#libraries.has(key)) return true;
    const id = identity(key, generation);
    if (this.#settled.has(id) || this.#tries.has(id)) return true;
    return this.insides.find(id) !== undefined || this.repeated.by(key, generation) !== undefined;
  }

  /** The failed tries of a unit. */
  tries(key: string, gen: number): readonly TryRecord[] {
    return [...(this.#tries.get(identity(key, gen))?.values() ?? [])];
  }

  /** Did a recorded unit close the handle made under this key? */
  isClosed(key: string): boolean {
    return this.#closed.has(key);
  }

  /** Is it a handle that was closed, or part of a transaction that has ended? (A call that counts as a whole is one.) */
  isGone(number: number): boolean {
    const record = this.#entries[number]?.record;
    if (record?.kind !== "marker") return false;
    const isOver = record.in !== undefined && !this.insides.isLive(record.in);
    return isOver || this.isClosed(record.key) || this.transactions.isOver(record);
  }

  /** Is it the record of a transaction that has not ended? */
  isProvisional(record: JournalRecord | undefined): boolean {
    return record?.kind === "result" && this.transactions.isProvisional(record);
  }

  /** Is the child of this key known to be created? */
  hasChild(key: string): boolean {
    return this.#children.has(key);
  }

  /** Is the note in the log: told to another run, or taken from one? The message: taken from the inbox? */
  hasNote(id: string): boolean {
    return this.#notes.has(id);
  }

  /** By how many milliseconds the clock was moved on at this reading behind this number. */
  clockMove(after: number, reads: number): number | undefined {
    return this.#clockMoves.size === 0 ? undefined : this.#clockMoves.get(`${after}.${reads}`);
  }

  /** Keys of the children that are known to be created, and whose ends are not. */
  openChildren(): string[] {
    return [...this.#children].filter((key) => this.settled(key, this.generation(key)) === undefined);
  }

  /** The run of somebody else's that this key waits for, because an idempotency key named it. */
  otherRun(key: string): string | undefined {
    return this.#others.get(key);
  }

  /** All recorded invocations that count, in the order in which they were made. */
  invocations(): Invocation[] {
    return [...this.#invocations.values()]
      .filter(({ invocation }) => this.insides.counts(invocation.in))
      .sort(
        (a, b) =>
          a.invocation.after - b.invocation.after ||
          a.invocation.order - b.invocation.order ||
          a.number - b.number,
      )
      .map((entry) => entry.invocation);
  }
}
