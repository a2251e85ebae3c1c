/**
 * The tasks that the loaded files define.
 *
 * Invariant: an id belongs to one task.
 */
import { HoldfastError } from "../engine/errors.ts";
import { enqueueTask, type Queue, queuesApart } from "./queue.ts";
import type { TaskDefinition } from "./task-options.ts";

let tasks = new Map<string, TaskDefinition>();

/** Adds a task. @throws HoldfastError HF502 when its id is taken. */
export function register(definition: TaskDefinition): void {
  if (tasks.has(definition.id)) {
    throw new HoldfastError(
      "HF502",
      `There are two tasks with the id "${definition.id}".`,
      "Give one of them another id: it names its runs and its webhook.",
    );
  }
  enqueueTask(definition.id, definition.queue);
  tasks.set(definition.id, definition);
}

/** Forgets a task, so that other code can define it: for tests that reload. */
export const forget = (id: string): void => void tasks.delete(id);

/** What some files define, kept apart from what others do. */
export interface Definitions {
  readonly tasks: ReadonlyMap<string, TaskDefinition>;
  readonly limits: readonly Queue[];
  readonly queueOfTask: Readonly<Record<string, string>>;
}

/** Evaluates files whose definitions are no business of the rest of the process: `holdfast/testing` does, again and again. */
export async function definedApart(evaluate: () => Promise<void>): Promise<Definitions> {
  const before = tasks;
  const own = new Map<string, TaskDefinition>();
  const queues = queuesApart();
  tasks = own;
  try {
    await evaluate();
    return { tasks: own, ...queues.found() };
  } finally {
    tasks = before;
    queues.back();
  }
}

export const findTask = (id: string): TaskDefinition | undefined => tasks.get(id);
export const allTasks = (): TaskDefinition[] => [...tasks.values()];
