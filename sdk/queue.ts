/**
 * Queues: how many runs may be worked on at once.
 *
 * Owns:      the queues that the loaded files define, and the queue of each task that has one.
 * Invariant: a queue has one limit, whoever names it.
 */
import { HoldfastError } from "../engine/errors.ts";

/** A queue, as `queue()` gives it. */
export interface Queue {
  readonly name: string;
  /** Runs of this queue that are worked on at once, for each concurrency key; absent: any number. */
  readonly concurrencyLimit?: number | undefined;
}

/** What a task may say of its queue: a name, a queue, or the limit of a queue of its own. */
export type TaskQueue = string | { readonly name?: string; readonly concurrencyLimit?: number | undefined };

const longestName = 122;
const longestKey = 128;
const mostSlots = 10_000;

let limits = new Map<string, number>();
const queueOfTask: Record<string, string> = {};

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

/** Notes a queue's limit. @throws HoldfastError HF541 when it has another one already. */
function define({ name, concurrencyLimit: limit }: Queue): void {
  if (limit === undefined) return;
  if (!Number.isInteger(limit) || limit < 1 || limit > mostSlots) {
    const what = `The concurrencyLimit of the queue "${name}" is ${String(limit)}.`;
    refuse(
      what,
      `Give a whole number from 1 to ${mostSlots}, or leave it out. A queue is paused by its limit only where the API does it.`,
    );
  }
  const there = limits.get(name);
  if (there !== undefined && there !== limit) {
    const what = `The queue "${name}" has two limits: ${there} and ${limit}.`;
    refuse(what, "Define it once with queue(), and give that to the tasks.");
  }
  limits.set(name, limit);
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
  const made = { name: checkQueueName(options.name), concurrencyLimit: options.concurrencyLimit };
  define(made);
  return made;
}

/** Puts a task into a queue: the one it names, or one of its own, `task/<id>`. @throws HoldfastError HF541 */
export function enqueueTask(task: string, given: TaskQueue | undefined): void {
  delete queueOfTask[task];
  if (given === undefined) return;
  const { name = `task/${task}`, concurrencyLimit } = typeof given === "string" ? { name: given } : given;
  define({ name: checkQueueName(name), concurrencyLimit });
  queueOfTask[task] = name;
}

/** The queues of tasks that have one. Changes as files are loaded. */
export const taskQueues: Readonly<Record<string, string>> = queueOfTask;

/** The queues that have a limit. */
export const allQueues = (): Queue[] =>
  [...limits].map(([name, concurrencyLimit]) => ({ name, concurrencyLimit }));

/** All queues that are declared: with a limit, or without one for a task. */
export const declaredQueues = (): Queue[] =>
  [...new Set([...limits.keys(), ...Object.values(queueOfTask)])].map((name) => ({
    name,
    concurrencyLimit: limits.get(name),
  }));

/** Queues, and those of tasks. */
export interface Queues {
  readonly limits: Map<string, number>;
  readonly ofTasks: Readonly<Record<string, string>>;
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
