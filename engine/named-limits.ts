/**
 * Limits that a trigger names: which it may name, and what becomes of a run whose code does not declare one. Loaded with the
 * first that is named.
 *
 * Invariant: a run that would hold nobody back where it was told to does nothing.
 */
import type { Ending } from "./ending.ts";
import { HoldfastError } from "./errors.ts";
import type { Journal } from "./journal.ts";
import type { QueueLimits } from "./queues.ts";
import type { Run } from "./run.ts";
import type { TaskCode } from "./task-code.ts";

/** A queue, and what code says of it. */
interface Declared {
  readonly name: string;
  readonly limits: QueueLimits;
}

/** The names of those that say how many runs may be held at once. */
export const limitNames = (queues: readonly Declared[]): string[] =>
  queues.flatMap(({ name, limits }) =>
    typeof limits === "number" || limits?.perKey !== undefined || limits?.total !== undefined ? [name] : [],
  );

/** Limits that are told in an error. */
const mostTold = 20;

const fixFor = (known: readonly string[]): string => {
  const names = known.slice(0, mostTold).map((name) => JSON.stringify(name));
  if (names.length === 0) return "The code declares no limit: see concurrencyLimit().";
  return `The code declares ${names.join(", ")}${known.length > mostTold ? " …" : ""}: name one of these.`;
};

const refused = (what: string, fix: string): HoldfastError =>
  new HoldfastError("HF510", `The trigger option concurrency ${what}.`, fix);

/** Looks for limits in those that the code declares. @throws HoldfastError HF510 */
export function checkKnown(named: readonly unknown[], known: readonly string[]): void {
  const unknown = named.find((name) => !known.includes(name as string));
  if (unknown !== undefined) throw refused(`is ${JSON.stringify(unknown)}`, fixFor(known));
}

/**
 * Looks at the limits that triggers within a run name, `most` each. Other code, which one may ask for by its `version`, may have
 * other limits: there the run's first pass looks.
 * @throws HoldfastError HF510
 */
export function checkNamed(
  items: readonly { readonly options?: { readonly concurrency?: unknown; readonly version?: unknown } }[],
  queues: readonly Declared[],
  most: number,
): void {
  const known = limitNames(queues);
  for (const { options: { concurrency = [], version } = {} } of items) {
    const names: readonly unknown[] = [concurrency].flat();
    if (names.length > most) throw refused(`has ${names.length} names`, `Give ${most} at most.`);
    if (version === undefined) checkKnown(names, known);
  }
}

/** How a run ends that has recorded nothing yet; one that has goes on without a limit that later code has given up. */
export function limitMissing(
  { id, concurrency = [], codeVersion }: Run,
  journal: Journal,
  task: TaskCode | undefined,
): Ending | undefined {
  const known = task?.limits === undefined ? concurrency : limitNames(task.limits());
  const unknown = concurrency.find((name) => !known.includes(name));
  if (unknown === undefined || (journal.ended ?? journal.lastGood) !== undefined) return undefined;
  const what = `Run ${id} is to hold the limit ${JSON.stringify(unknown)}, which code version ${codeVersion} does not declare.`;
  return { event: "failed", error: new HoldfastError("HF510", what, fixFor(known)) };
}
