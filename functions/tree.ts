/**
 * The tree of a run: what its journal says, as people read it.
 *
 * Owns:      which records are shown, under which parent, in which state; the paging of the tree.
 * Never:     reads a store or a clock, or calls anything of a recorded value.
 * Invariant: T1 an entry's id and number never change once it is shown; its state may.
 *            T2 records that are void (of an older epoch, behind a pass record) do not show.
 *            T3 a page's entries have their parents on that page or on an earlier one.
 */
import { scan } from "../engine/log-scan.ts";
import type { JournalEntry } from "../engine/ports.ts";
import {
  fromText,
  type JournalRecord,
  type MarkerRecord,
  type ResultRecord,
  type TryRecord,
} from "../engine/record.ts";
import { tokenPrefix } from "../engine/token-task.ts";
import type { Checkpoint, RunHappening, TreeEntry } from "../sdk/tree-entry.ts";
import type { SiteNames } from "./deps.ts";
import { framed, siteOf } from "./tree-frames.ts";
import { childShown, errorIn, iso, placeOf, valueShown } from "./tree-values.ts";

type Keyed = ResultRecord | MarkerRecord | TryRecord;
/** Records that say nothing to people. */
type Silent = Extract<JournalRecord, { kind: "empty" | "told" | "noted" | "message" }>;

const silent: readonly string[] = ["empty", "told", "noted", "message"];

const isSilent = (record: JournalRecord): record is Silent => silent.includes(record.kind);

/** All that the log says about one unit. */
interface Unit {
  readonly number: number;
  readonly key: string;
  readonly gen: number;
  readonly tries: Map<number, TryRecord>;
  settled?: ResultRecord | MarkerRecord;
  first: Keyed | undefined;
  /** When it was known to be begun, for a child that has left no record of its own yet. */
  begun?: number;
  /** The run or token that it waits for, where that is not a child of its own. */
  other?: string;
  rejected: boolean;
  /** Where it was made, if its record answers here though it was made at another place. */
  former?: Unit;
}

const idOf = (key: string, gen: number): string => (gen === 0 ? key : `${key}~${gen}`);

/** Goes through the log once and keeps what counts. */
class Reading {
  readonly units = new Map<string, Unit>();
  /** Which unit the result with this number belongs to. */
  readonly #results = new Map<number, Unit>();
  readonly happenings: RunHappening[] = [];

  unit(number: number, key: string, gen: number): Unit {
    const id = idOf(key, gen);
    const found = this.units.get(id);
    if (found !== undefined) return found;
    const unit: Unit = { number, key, gen, tries: new Map(), first: undefined, rejected: false };
    this.units.set(id, unit);
    return unit;
  }

  take(number: number, record: JournalRecord): void {
    switch (record.kind) {
      case "result":
      case "marker": {
        const unit = this.unit(number, record.key, record.gen);
        unit.first ??= record;
        unit.settled ??= record;
        this.#results.set(number, unit);
        if (record.kind === "result" && record.from !== undefined) this.#moved(unit, record.from);
        break;
      }
      case "try": {
        const unit = this.unit(number, record.key, record.gen);
        unit.first ??= record;
        if (!unit.tries.has(record.number)) unit.tries.set(record.number, record);
        break;
      }
      case "children":
        for (const key of record.keys) {
          const unit = this.unit(number, key, this.#generation(key));
          unit.begun ??= record.t;
          const other = record.others?.[key];
          if (other !== undefined) unit.other = other;
        }
        break;
      default:
        if (!isSilent(record)) this.#happened(number, record);
    }
  }

  /** A record that answers at another place than it was made at shows there, once. */
  #moved(unit: Unit, from: number): void {
    const former = this.#results.get(from);
    if (former === undefined || former === unit) return;
    this.units.delete(idOf(former.key, former.gen));
    unit.former = former.former ?? former;
  }

  /** A child that is made again after a rejection belongs to the newest generation of its key. */
  #generation(key: string): number {
    let gen = 0;
    while (this.units.get(idOf(key, gen))?.rejected) gen++;
    return gen;
  }

  #reject(rejected: readonly { readonly key: string; readonly gen: number }[]): readonly string[] {
    return rejected.map(({ key, gen }) => {
      const id = idOf(key, gen);
      const unit = this.units.get(id);
      if (unit !== undefined) unit.rejected = true;
      return id;
    });
  }

  #happened(number: number, record: Exclude<JournalRecord, Keyed | { kind: "children" } | Silent>): void {
    const base = { kind: "event", id: `event:${number}`, number, parent: null, at: iso(record.t) } as const;
    switch (record.kind) {
      case "pass":
        this.happenings.push({ ...base, event: "pass", codeVersion: record.codeVersion });
        break;
      case "attempt": {
        const { error, retryAt, rejects } = record;
        const details = { error: errorIn(error), retryAt: iso(retryAt), rejects: this.#reject(rejects) };
        this.happenings.push({ ...base, event: "attempt", ...details });
        break;
      }
      case "cancel":
        this.happenings.push({ ...base, event: "cancel", reason: record.reason });
        break;
      case "resume": {
        const { codeVersion, drops } = record;
        this.happenings.push({ ...base, event: "resume", codeVersion, rejects: this.#reject(drops) });
        break;
      }
    }
  }
}

function statusOf({ settled, rejected, tries }: Unit): Checkpoint["status"] {
  if (settled?.kind === "marker") return "HANDLE";
  if (settled?.ok === false) return "FAILED";
  if (settled !== undefined) return rejected ? "REJECTED" : "COMPLETED";
  return tries.size > 0 ? "RETRYING" : "WAITING";
}

const isToken = (id: string | undefined): boolean => id?.startsWith(tokenPrefix) === true;

function sortOf({ settled, first, other }: Unit): string | null {
  if (settled?.kind === "marker") return "handle";
  if (settled !== undefined) return settled.sort;
  if (first !== undefined) return null;
  return isToken(other) ? "token" : "child";
}

/** Whose end it is, or was: a run's or a token's. */
function endOf(unit: Unit, sort: string | null, runId: string): Pick<Checkpoint, "runId" | "tokenId"> {
  const { other, key, settled } = unit;
  if (sort === "token") return other === undefined ? {} : { tokenId: other };
  if (sort !== "child") return {};
  const result = settled?.kind === "result" ? settled : undefined;
  return { runId: childShown(runId, key, result, other) };
}

function checkpoint(unit: Unit, runId: string, names: SiteNames): Checkpoint {
  const { settled, first } = unit;
  const sort = sortOf(unit);
  const result = settled?.kind === "result" ? settled : undefined;
  const { former = unit } = unit;
  const started = former.first?.started ?? former.begun;
  return {
    kind: "checkpoint",
    id: idOf(unit.key, unit.gen),
    number: unit.number,
    parent: null,
    ...placeOf(first?.place ?? names(siteOf(unit.key)), unit.key),
    sort,
    status: statusOf(unit),
    tries: [...former.tries.values()].map(({ number, t, retryAt, error }) => {
      return { number, at: iso(t), retryAt: iso(retryAt), error: errorIn(error) };
    }),
    startedAt: started === undefined ? null : iso(started),
    finishedAt: settled === undefined ? null : iso((former.settled ?? settled).t),
    input: result?.input ?? null,
    ...valueShown(result),
    ...(former === unit ? {} : { madeAt: placeOf(former.first?.place, former.key) }),
    ...endOf(unit, sort, runId),
  };
}

/** The whole tree of a run, in the order of the log; frames stand before the first entry in them. */
export function treeOf(
  journal: readonly JournalEntry[],
  names: SiteNames = () => undefined,
  runId = "",
): TreeEntry[] {
  const records = new Map(journal.map(({ number, data }) => [number, fromText(data)]));
  const { voids } = scan(records);
  const counting = [...records].filter(([number]) => !voids.has(number)).sort(([a], [b]) => a - b);
  const reading = new Reading();
  for (const [number, record] of counting) reading.take(number, record);
  const units = [...reading.units.values()].map((unit) => ({
    key: unit.key,
    entry: checkpoint(unit, runId, names),
  }));
  const invocations = counting.flatMap(([, { inv }]) => inv ?? []);
  return [...framed(units, invocations, names), ...reading.happenings].sort((a, b) => a.number - b.number);
}

/** A part of the tree: at most `limit` entries that are not frames, behind the number `after`. */
export function pageOf(
  tree: readonly TreeEntry[],
  after: number,
  limit: number,
): { readonly data: readonly TreeEntry[]; readonly next?: number } {
  const behind = tree.filter(({ number }) => number > after);
  const counted = behind.filter(({ kind }) => kind !== "frame");
  // Entries of one record (children begun together) share a number, and a page ends between numbers.
  const last = counted[Math.min(limit, counted.length) - 1]?.number;
  if (last === undefined) return { data: [] };
  const data = behind.filter(({ number }) => number <= last);
  return data.length === behind.length ? { data } : { data, next: last };
}
