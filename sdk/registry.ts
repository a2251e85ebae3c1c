/**
 * The tasks that the loaded files define.
 *
 * Invariant: an id belongs to one task.
 */
import { HoldfastError } from "../engine/errors.ts";
import { enqueueTask } from "./queue.ts";
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
  enqueueTask(definition.id, definition);
  tasks.set(definition.id, definition);
}

/** Forgets a task, so that other code can define it: for tests that reload. */
export const forget = (id: string): void => void tasks.delete(id);

/** Puts these tasks in the place of those that are defined; gives those. */
export function swapTasks(next: Map<string, TaskDefinition>): Map<string, TaskDefinition> {
  const before = tasks;
  tasks = next;
  return before;
}

export const findTask = (id: string): TaskDefinition | undefined => tasks.get(id);
export const allTasks = (): TaskDefinition[] => [...tasks.values()];
