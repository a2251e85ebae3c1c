/**
 * Transactions by hand: from BEGIN to COMMIT, ROLLBACK or release, what is asked of one connection stands or falls together.
 *
 * Owns:      which calls begin and end one, which are part of one, and that no wait stands inside.
 * Never:     decides when a unit is made again: the journal knows which records are provisional.
 * Invariant: T1 the record that ends a transaction is written when those of its units are durable.
 */
import type { Callable } from "./authored.ts";
import { byName } from "./by-name.ts";
import { HoldfastError } from "./errors.ts";
import type { Execution } from "./execution.ts";
import type { Frame, Site } from "./frame.ts";
import { isClosingCall, isTransaction } from "./handle.ts";
import { canBeClosed } from "./live-values.ts";
import type { Place } from "./record.ts";
import { isBeginText, isEndText, isSqlMethod, sqlOf } from "./sql.ts";
import { transactionId } from "./transaction-log.ts";

/** A transaction that is open. */
class Transaction {
  readonly id: string;
  readonly frame: Frame;
  readonly place: Place;
  readonly #units: Promise<unknown>[] = [];

  constructor(id: string, frame: Frame, place: Place) {
    this.id = id;
    this.frame = frame;
    this.place = place;
  }

  /** One of its units: until it is durable. */
  add(unit: Promise<unknown>): void {
    this.#units.push(unit.catch(() => undefined));
  }

  get hasUnits(): boolean {
    return this.#units.length > 0;
  }

  async durable(): Promise<void> {
    await Promise.all(this.#units);
  }
}

/** What a unit is to a transaction. */
export interface Part {
  readonly transaction: Transaction;
  readonly role: "begins" | "within" | "ends";
}

/** What is looked at of a call. */
interface Looked {
  readonly frame: Frame;
  readonly site: Site;
  readonly thisArg: unknown;
  readonly fn: Callable;
  readonly args: readonly unknown[];
}

const beginningNames = /(?:^|\.)(?:begin|beginTransaction|startTransaction)$/;
const beginning = byName((name) => beginningNames.test(name));
const ending = /(?:^|\.)(?:commit|rollback|(?:commit|rollback|abort|end)Transaction|endSession)$/;

const isObject = (value: unknown): value is object =>
  (typeof value === "object" && value !== null) || typeof value === "function";

/** How deep a wrapper's members are looked through for the connection that it wraps, and how many at most. */
const wrappersDeep = 3;
const wrappersMax = 400;

/** What a wrapper holds. Lists are not looked through: pools keep their connections in some. */
function membersOf(value: unknown): unknown[] {
  if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value))
    return [];
  return Object.values(Object.getOwnPropertyDescriptors(value)).map((member) => member.value as unknown);
}

/** The value, and what is wrapped in it, the nearest first. */
function* wrappedIn(value: unknown): Generator<object> {
  const seen = new Set<unknown>();
  let level = [value];
  for (let depth = 0; depth <= wrappersDeep && level.length > 0; depth++) {
    const fresh = level.filter(isObject).filter((each) => !seen.has(each));
    for (const each of fresh.slice(0, wrappersMax - seen.size)) {
      seen.add(each);
      yield each;
    }
    level = fresh.flatMap(membersOf);
  }
}

/** Is the value this connection, or something made around it? */
function holds(value: unknown, handle: object): boolean {
  for (const each of wrappedIn(value)) if (each === handle) return true;
  return false;
}

/** What is given a statement may be made around the connection: that is what can be closed. */
function connectionIn(value: object): object {
  for (const each of wrappedIn(value)) if (canBeClosed(each)) return each;
  return value;
}

const isLine = (one: Frame, other: Frame): boolean => isWithin(one, other) || isWithin(other, one);

function isWithin(inner: Frame, outer: Frame): boolean {
  for (let at: Frame | undefined = inner; at !== undefined; at = at.parent) if (at === outer) return true;
  return false;
}

/** The transactions that are open in one entering of `run`. */
class Transactions {
  readonly #open = new Map<object, Transaction>();
  readonly #begun: Frame[] = [];

  /** What the call is to a transaction. One that begins or ends one is noted. */
  part(call: Looked, key: string): Part | undefined {
    const { frame, site, thisArg, fn, args } = call;
    const handle = isObject(thisArg) ? thisArg : fn;
    const sql = isSqlMethod(site.name) || handle === fn ? sqlOf(args[0]) : undefined;
    const within = this.#within(call, handle, sql);
    if (within !== undefined) return within;
    const begins = sql === undefined ? beginning(site.name) : isBeginText(sql);
    if (!begins || args.some((arg) => typeof arg === "function")) return undefined;
    const owner = sql === undefined ? handle : connectionIn(handle);
    return { transaction: this.open(owner, frame, key, site), role: "begins" };
  }

  #within({ site, thisArg, fn, args }: Looked, handle: object, sql: string | undefined): Part | undefined {
    for (const [owner, transaction] of this.#open) {
      if (![thisArg, fn, ...args].some((value) => holds(value, owner))) continue;
      const isEnd = handle === owner && (ending.test(site.name) || isClosingCall(site.name));
      const isGivenBack = args[0] === owner && isClosingCall(site.name);
      const isEndStatement = sql !== undefined && isEndText(sql);
      if (!isEnd && !isGivenBack && !isEndStatement) return { transaction, role: "within" };
      this.#open.delete(owner);
      return { transaction, role: "ends" };
    }
    return undefined;
  }

  /** What the wait for a query that was made before is to a transaction. */
  partOf(query: unknown): Part | undefined {
    for (const [owner, transaction] of this.#open)
      if (holds(query, owner)) return { transaction, role: "within" };
    return undefined;
  }

  open(handle: object, frame: Frame, key: string, { name, at }: Place): Transaction {
    const gen = frame.execution.journal.generation(key);
    const opened = new Transaction(transactionId(key, gen), frame, { name, at });
    this.#open.set(handle, opened);
    this.#begun.push(frame);
    return opened;
  }

  /** Was one begun by what runs in this frame? */
  concern(frame: Frame): boolean {
    return this.#begun.some((own) => isLine(frame, own));
  }

  /** Throws if a wait stands inside of a transaction: its connection would not live that long. */
  refuseWait(frame: Frame, place: Place): void {
    if (frame.within !== undefined) {
      throw new HoldfastError(
        "HF507",
        `${place.name} at ${place.at} stands inside of a call that counts as a whole.`,
        "Take the wait out of the callback, and await it in the task itself.",
      );
    }
    for (const { frame: own, place: begun } of this.#open.values()) {
      if (!isLine(frame, own)) continue;
      throw new HoldfastError(
        "HF517",
        `${place.name} at ${place.at} stands inside the transaction that ${begun.name} at ${begun.at} began.`,
        "Commit first and wait then, or wait before the transaction begins.",
      );
    }
  }
}

const known = new WeakMap<Execution, Transactions>();

/** The transactions of an execution. */
export function transactionsOf(execution: Execution): Transactions {
  const found = known.get(execution) ?? new Transactions();
  known.set(execution, found);
  return found;
}

/** A handle that came out of a unit may be a transaction itself. */
export function noteTransaction(frame: Frame, key: string, place: Place, value: unknown): void {
  if (isObject(value) && isTransaction(value)) transactionsOf(frame.execution).open(value, frame, key, place);
}

/** A connection was given back by a call that yields no promise: the log has to say so. */
export function noteRelease(execution: Execution, part: Part | undefined): void {
  if (part?.role !== "ends" || !part.transaction.hasUnits) return;
  const { id } = part.transaction;
  if (!execution.journal.transactions.isEnded(id))
    void execution.context.writer.write({ kind: "released", endsTx: id });
}

/** A beginning that yields no promise is not made for a transaction that has ended: what it changed has been changed back. */
export function isOver(execution: Execution, key: string, part: Part | undefined): boolean {
  const { transactions } = execution.journal;
  return (
    part?.role === "begins" && !execution.journal.knows(key) && transactions.isEnded(part.transaction.id)
  );
}

/** The fields of a record that say which transaction, or which call that counts as a whole, it is part of. */
export function partFields(
  { within }: Frame,
  part: Part | undefined,
): { in?: string; tx?: string; endsTx?: string } {
  const inside = within === undefined ? {} : { in: within };
  if (part === undefined) return inside;
  const { id } = part.transaction;
  return part.role === "ends" ? { ...inside, endsTx: id } : { ...inside, tx: id };
}
