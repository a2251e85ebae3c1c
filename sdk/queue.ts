/**
 * Queues: how many runs may be worked on at once, and started.
 *
 * Owns:      the queues that the loaded files define, and the queue of each task that has one.
 * Invariant: a queue has one limit, whoever names it.
 */
import { HoldfastError } from "../engine/errors.ts";
import type { Queues as HeadQueues } from "../engine/head-write.ts";
import type { QueueLimits, RateLimit } from "../engine/queues.ts";
import { type Duration, durationMs } from "./duration.ts";

/** What a queue may hold, and start. */
interface QueueOptions {
  /** Runs of this queue that are worked on at once, of each concurrency key; absent: any number. */
  readonly concurrencyLimit?: number | undefined;
  /** The same as `perKey`, and over all keys as `total`. */
  readonly concurrency?: Concurrency | undefined;
  /**
   * Never more than `limit` runs are started within any time as long as `period`; with `perKey`, of each concurrency key. What
   * goes on behind a wait, a retry or a crash is no start.
   */
  readonly rateLimit?: QueueRate | undefined;
}

/** How many runs are worked on at once. */
export interface Concurrency {
  readonly perKey?: number | undefined;
  readonly total?: number | undefined;
}

/** How many runs are started. */
export interface QueueRate {
  /** 1 to 1,000. */
  readonly limit: number;
  /** Up to 31 days: `"1m"`, `{ seconds: 10 }`. */
  readonly period: Duration;
  readonly perKey?: boolean | undefined;
}

/** A queue, as `queue()` gives it. */
export interface Queue extends QueueOptions {
  readonly name: string;
}

/** What a task may say of its queue: a name, a queue, or the limits of a queue of its own. */
export type TaskQueue = string | (QueueOptions & { readonly name?: string });

/** A queue as stores are told of it. */
export interface DeclaredQueue {
  readonly name: string;
  readonly concurrencyLimit?: number | undefined;
  /** All that is said of it; what has a plain limit says it above, too. */
  readonly limits: QueueLimits;
}

const longestName = 122;
const longestKey = 128;
const mostSlots = 10_000;
/** Limits of one task, or named by one trigger, that tasks share. */
export const mostShared = 2;
/** Each start looks at the times of so many others. */
const mostStarts = 1_000;
const longestPeriodMs = 31 * 86_400_000;

/** The queue of a task, and behind it those whose limits it shares. */
type TaskQueues = HeadQueues[string];

let limits = new Map<string, QueueLimits>();
const queueOfTask: Record<string, TaskQueues> = {};

function refuse(what: string, fix: string): never {
  throw new HoldfastError("HF541", what, fix);
}

/** Checks a name. @throws HoldfastError HF541 */
export function checkQueueName(name: unknown): string {
  if (typeof name === "string" && name !== "" && name.length <= longestName && !/\p{Cc}/u.test(name))
    return name;
  const what = `${JSON.stringify(name)} is no name of a queue.`;
  return refuse(what, `Give a text of 1 to ${longestName} characters, without line breaks.`);
}

/** Checks a concurrency key. @throws HoldfastError HF541 */
export function checkConcurrencyKey(key: unknown): string {
  const text = typeof key === "number" ? String(key) : key;
  if (typeof text === "string" && text !== "" && text.length <= longestKey) return text;
  return refuse(
    `${JSON.stringify(key)} is no concurrency key.`,
    `Give a number or a text of 1 to ${longestKey} characters.`,
  );
}

function slotsIn(name: string, word: string, limit: number | undefined): number | undefined {
  if (limit === undefined || (Number.isInteger(limit) && limit >= 1 && limit <= mostSlots)) return limit;
  return refuse(
    `The ${word} of the queue "${name}" is ${String(limit)}.`,
    `Give a whole number from 1 to ${mostSlots}, or leave it out.`,
  );
}

function rateIn(name: string, given: QueueRate | undefined): RateLimit | undefined {
  if (given === undefined) return undefined;
  const { limit, period, perKey = false } = given;
  const said = `The rateLimit of the queue "${name}"`;
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= mostStarts))
    refuse(`${said} has the limit ${String(limit)}.`, `Give a whole number from 1 to ${mostStarts}.`);
  const periodMs = durationMs(period);
  if (!(periodMs > 0 && periodMs <= longestPeriodMs))
    refuse(`${said} has a period of ${periodMs / 1_000} s.`, 'Give a duration up to 31 days, such as "1m".');
  return { limit, periodMs, perKey };
}

/** What stores are told of a queue. @throws HoldfastError HF541, HF508 */
function limitsOf(name: string, { concurrencyLimit, concurrency, rateLimit }: QueueOptions): QueueLimits {
  const plain = slotsIn(name, "concurrencyLimit", concurrencyLimit);
  const own = slotsIn(name, "concurrency.perKey", concurrency?.perKey);
  const total = slotsIn(name, "concurrency.total", concurrency?.total);
  if (plain !== undefined && own !== undefined && plain !== own)
    refuse(
      `The queue "${name}" has two limits of each key: concurrencyLimit ${plain}, concurrency.perKey ${own}.`,
      "Leave one of them out: they mean the same.",
    );
  const perKey = plain ?? own;
  const rate = rateIn(name, rateLimit);
  if (rate?.perKey === true && total !== undefined)
    refuse(
      `The queue "${name}" has a total over all keys, and a rate of each key.`,
      "Give the rate for all keys together (without perKey), or leave the total out.",
    );
  return total === undefined && rate === undefined ? perKey : { perKey, total, rate };
}

const shown = (said: QueueLimits): string => (typeof said === "number" ? String(said) : JSON.stringify(said));

/** Notes a queue's limits. @throws HoldfastError HF541 when it has others already. */
function define({ name, ...options }: Queue): void {
  const said = limitsOf(name, options);
  if (said === undefined) return;
  const there = limits.get(name);
  if (there !== undefined && shown(there) !== shown(said)) {
    const what = `The queue "${name}" has two limits: ${shown(there)} and ${shown(said)}.`;
    refuse(what, "Define it once with queue(), and give that to the tasks.");
  }
  limits.set(name, said);
  for (const [task, given] of Object.entries(queueOfTask)) {
    const [first, ...others] = new Set([given].flat());
    refuseRate(task, [first ?? "", ...others]);
    if (first !== undefined && others.length === 0 && isRated(first)) queueOfTask[task] = first;
  }
}

/**
 * Defines a queue that several tasks share.
 *
 * @throws HoldfastError HF541 for a name or limit that is not valid, or a second limit for the same name.
 * @example
 * ```ts
 * import { queue, task } from "holdfast";
 *
 * const mails = queue({ name: "mails", concurrencyLimit: 3 });
 *
 * export const welcome = task({ id: "welcome", queue: mails, run: async (to: string) => to });
 * ```
 */
export function queue(options: Queue): Queue {
  const { concurrencyLimit, concurrency, rateLimit } = options;
  const made = {
    name: checkQueueName(options.name),
    concurrencyLimit,
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(rateLimit === undefined ? {} : { rateLimit }),
  };
  define(made);
  return made;
}

/** What `concurrencyLimit()` takes. */
export interface ConcurrencyLimitOptions extends Concurrency {
  readonly name: string;
}

/**
 * Defines a limit that several tasks share: a queue, in Trigger.dev's newer words. `queues` changes it by its name.
 *
 * @throws HoldfastError HF541 for a name or limit that is not valid, or a second limit for the same name.
 * @example
 * ```ts
 * import { concurrencyLimit, task } from "holdfast";
 *
 * const openai = concurrencyLimit({ name: "openai", total: 25 });
 *
 * export const summary = task({ id: "summary", concurrency: openai, run: async (text: string) => text });
 * ```
 */
export function concurrencyLimit({ name, perKey, total }: ConcurrencyLimitOptions): Queue {
  return queue({ name, concurrency: { perKey, total } });
}

/** One limit: the task's own, or one that it shares, as `concurrencyLimit()` gives it or by its name. */
type TaskLimit = Concurrency | Queue | string;

/** What a task may say of its concurrency: a limit, or a list of one of its own and two that it shares. */
export type TaskConcurrency = TaskLimit | readonly TaskLimit[];

/** Notes what is said of a queue where it is named; gives its name. */
function named(given: Queue | string): string {
  const queue = typeof given === "string" ? { name: given } : given;
  define({ ...queue, name: checkQueueName(queue.name) });
  return queue.name;
}

/** What a task says of its queue and its limits. */
export interface TaskPlaces {
  readonly queue?: TaskQueue | undefined;
  /** The limit of the task alone. */
  readonly concurrency?: Concurrency | undefined;
  /** Limits that it shares, besides its queue's. */
  readonly limits?: readonly (Queue | string)[] | undefined;
}

function isRated(name: string): boolean {
  const said = limits.get(name);
  return typeof said === "object" && said.rate !== undefined;
}

/** A start under a rate is the one thing of a queue that cannot be held while a run waits for another limit. */
function refuseRate(task: string, names: readonly string[]): void {
  const rated = names.find(isRated);
  if (names.length > 1 && rated !== undefined)
    refuse(
      `The task "${task}" is under several limits, and the queue "${rated}" has a rateLimit.`,
      "Give it that queue alone, or one without a rateLimit.",
    );
}

/**
 * Puts a task into a queue: the one it names, or one of its own, `task/<id>`; and under the limits that it shares.
 * @throws HoldfastError HF541
 */
export function enqueueTask(task: string, given: TaskPlaces): void {
  delete queueOfTask[task];
  const { queue, concurrency, limits: shared = [] } = given;
  if (queue === undefined && concurrency === undefined && shared.length === 0) return;
  const ownName = `task/${task}`;
  const own: Exclude<TaskQueue, string> = typeof queue === "string" ? { name: queue } : (queue ?? {});
  const isApart = concurrency !== undefined && own.name !== undefined;
  const { name = ownName, ...options } = own;
  const ofQueue = isApart || concurrency === undefined ? options : { ...options, concurrency };
  const first = named({ ...ofQueue, name });
  const rest = [...(isApart ? [named({ name: ownName, concurrency })] : []), ...shared.map(named)];
  const others = [...new Set(rest)].filter((each) => each !== first);
  refuseRate(task, [first, ...others]);
  // Its only limit: there for runs that a trigger puts into another queue, too.
  const isOnly = others.length === 0 && rest.includes(first) && !isRated(first);
  queueOfTask[task] = isOnly ? [first, first] : others.length === 0 ? first : [first, ...others];
}

/** The queues of tasks that have one. Changes as files are loaded. */
export const taskQueues: HeadQueues = queueOfTask;

function declared(name: string): DeclaredQueue {
  const said = limits.get(name);
  return { name, concurrencyLimit: typeof said === "object" ? said.perKey : said, limits: said };
}

/** The queues that have a limit. */
export const allQueues = (): DeclaredQueue[] => [...limits.keys()].map(declared);

/** All queues that are declared: with a limit, or without one for a task. */
export const declaredQueues = (): DeclaredQueue[] =>
  [...new Set([...limits.keys(), ...Object.values(queueOfTask).flat()])].map(declared);

/** Queues, and those of tasks. */
export interface Queues {
  readonly limits: Map<string, QueueLimits>;
  readonly ofTasks: HeadQueues;
}

/** Puts these queues in the place of those that are defined; gives those. */
export function swapQueues(next: Queues): Queues {
  const before = { limits, ofTasks: { ...queueOfTask } };
  limits = next.limits;
  for (const task of Object.keys(queueOfTask)) delete queueOfTask[task];
  Object.assign(queueOfTask, next.ofTasks);
  return before;
}

/** Forgets all limits: for tests that reload. */
export const forgetQueues = (): void => limits.clear();
