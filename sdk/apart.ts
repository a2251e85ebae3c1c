/**
 * Definitions that are no business of the rest of the process: `holdfast/testing` evaluates task files again and again.
 *
 * Owns:      what all belongs to the definitions of a bundle.
 */
import { swapHooks } from "./global-hooks.ts";
import { allQueues, type DeclaredQueue, type Queues, swapQueues } from "./queue.ts";
import { allTasks, swapTasks } from "./registry.ts";
import { setTaskDefaults, taskDefaults } from "./task-defaults.ts";
import type { TaskDefinition } from "./task-options.ts";

/** What task files define. Hooks of all tasks and the config's defaults hold until the next evaluation. */
export interface Definitions {
  readonly tasks: ReadonlyMap<string, TaskDefinition>;
  readonly limits: readonly DeclaredQueue[];
  readonly queueOfTask: Queues["ofTasks"];
}

/** A place for definitions. */
export interface Apart {
  /** Evaluates task files, with nothing defined before them. One after the other. */
  evaluated(evaluate: () => Promise<void>): Promise<Definitions>;
  /** What was defined before is there again. */
  back(): void;
}

function forgotten() {
  const defaults = taskDefaults();
  setTaskDefaults({});
  return {
    defaults,
    tasks: swapTasks(new Map()),
    queues: swapQueues({ limits: new Map(), ofTasks: {} }),
    hooks: swapHooks(new Map()),
  };
}

/** Keeps what is defined from now on apart, until `back`. */
export function apart(): Apart {
  const before = forgotten();
  return {
    async evaluated(evaluate) {
      forgotten();
      await evaluate();
      const tasks = new Map(allTasks().map((task) => [task.id, task]));
      const limits = allQueues();
      const { ofTasks, ...queues } = swapQueues({ limits: new Map(), ofTasks: {} });
      swapQueues({ ofTasks, ...queues });
      return { tasks, limits, queueOfTask: ofTasks };
    },
    back() {
      swapTasks(before.tasks);
      swapQueues(before.queues);
      swapHooks(before.hooks);
      setTaskDefaults(before.defaults);
    },
  };
}
