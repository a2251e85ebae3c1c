/**
 * The tries in a run's records, each with the frame that it was made in: what the spans of a trace are made from.
 *
 * Owns:      which records are tries, when those began that do not say so, and how often the run was resumed before.
 * Invariant: tries stand under the same parents as the checkpoints of the run's tree (`tree-frames.ts`).
 */
import { scan } from "../../engine/log-scan.ts";
import type { MarkerRecord, ResultRecord, TryRecord } from "../../engine/record.ts";
import type { SiteNames } from "../deps.ts";
import type { Outline } from "../seen-pass.ts";
import { framed, siteOf } from "../tree-frames.ts";
import { placeOf } from "../tree-values.ts";

/** One try of a unit that has settled. */
export interface Try {
  readonly number: number;
  readonly key: string;
  readonly gen: number;
  /** 1, 2, 3 … */
  readonly nth: number;
  /** The last one of its unit. */
  readonly isLast: boolean;
  readonly sort: string;
  readonly name: string;
  readonly file: string | null;
  readonly line: number | null;
  readonly from: number;
  readonly to: number;
  readonly epoch: number;
  readonly failed: string | undefined;
  /** Path of the frame, or key of the library's call, around it. */
  readonly parent: string | null;
  readonly resumes: number;
}

/** A frame that tries were made in. */
export interface TriedFrame {
  readonly path: string;
  readonly parent: string | null;
  readonly name: string;
}

type Tried = Outline & (ResultRecord | MarkerRecord | TryRecord);
const isTried = (record: Outline): record is Tried =>
  record.kind === "result" || record.kind === "marker" || record.kind === "try";

const idOf = ({ key, gen }: Pick<Tried, "key" | "gen">): string => (gen === 0 ? key : `${key}~${gen}`);

function nthOf(record: Tried): number {
  if (record.kind === "try") return record.number;
  return record.kind === "result" ? (record.tries ?? 0) + 1 : 1;
}

function failureOf(record: Tried): string | undefined {
  if (record.kind === "try") return record.error.name;
  return record.kind === "result" && !record.ok ? (record.errorName ?? "Error") : undefined;
}

/** Records by number, in their order. */
export type Log = readonly (readonly [number, Outline])[];

/** What counts of a log. */
export function counting(records: ReadonlyMap<number, Outline>): Log {
  const { voids } = scan(records);
  return [...records].filter(([number]) => !voids.has(number)).sort(([a], [b]) => a - b);
}

/** Goes through the log and keeps the time. */
class Times {
  readonly #begun = new Map<string, number>();
  #latest: number;
  resumes = 0;

  constructor(begin: number) {
    this.#latest = begin;
  }

  /** When a try began. A child's record does not say: not before the run had come so far. */
  from(record: Tried): number {
    const known = record.started ?? this.#begun.get(record.key) ?? this.#latest;
    return Math.min(known, record.t);
  }

  goOn(record: Outline): void {
    if (record.kind === "resume") this.resumes += 1;
    if (record.kind === "children")
      for (const key of record.keys) this.#begun.set(key, Math.min(this.#latest, record.t));
    const isAnothers = ["pass", "empty", "children", "told", "noted", "message"].includes(record.kind);
    const isChild = record.kind === "result" && record.sort === "child";
    if (!isAnothers && !isChild) this.#latest = Math.max(this.#latest, record.t);
  }
}

/** The tries of a run, in the order of its log, and the frames that they were made in. `begin`: of the run. */
export function runTries(
  log: Log,
  names: SiteNames,
  begin: number,
): { readonly tries: readonly Try[]; readonly frames: readonly TriedFrame[] } {
  const units = new Map<string, { readonly key: string; readonly entry: { id: string; number: number } }>();
  for (const [number, record] of log)
    if (isTried(record) && !units.has(idOf(record)))
      units.set(idOf(record), { key: record.key, entry: { id: idOf(record), number } });
  const invocations = log.flatMap(([, { inv }]) => inv ?? []);
  const tree = framed([...units.values()], invocations, names);
  const parents = new Map(tree.map(({ id, parent }) => [id, parent]));
  const times = new Times(begin);
  const seen = new Set<string>();
  const tries = log.flatMap(([number, record]): Try[] => {
    const from = isTried(record) ? times.from(record) : 0;
    times.goOn(record);
    if (!isTried(record)) return [];
    const id = `${idOf(record)} ${nthOf(record)}`;
    // The first record of a try counts; later ones are repetitions.
    if (seen.has(id)) return [];
    seen.add(id);
    const { key, gen, t: to, epoch } = record;
    return [
      {
        ...placeOf(record.place ?? names(siteOf(key)), key),
        ...{ number, key, gen, nth: nthOf(record), isLast: record.kind !== "try", from, to, epoch },
        sort: record.kind === "result" ? record.sort : record.kind === "marker" ? "handle" : "unit",
        failed: failureOf(record),
        parent: parents.get(idOf(record)) ?? null,
        resumes: times.resumes,
      },
    ];
  });
  const frames = tree.flatMap((entry) =>
    "kind" in entry ? [{ path: entry.id, parent: entry.parent, name: entry.name }] : [],
  );
  return { tries, frames };
}
