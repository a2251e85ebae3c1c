/** A function of the test's in the place of a task: a run of one unit. */
import { know } from "../engine/promises.ts";
import { defaultRetry } from "../engine/retry.ts";
import type { TaskCode } from "../engine/task-code.ts";
import { askUnit } from "../engine/unit.ts";

/** The task that the engine gets. What the stub throws is final. */
export function stubCode(id: string, stub: (payload: unknown) => unknown): TaskCode {
  return {
    id,
    retry: { ...defaultRetry, maxAttempts: 1 },
    redo: "never",
    hasEndHooks: false,
    endHooks: () => [],
    enter: (root, payload) => {
      const place = { name: `the stub of ${id}`, at: "" };
      const invoke = (): unknown => stub(payload);
      return know(askUnit(root, root.next("stub"), { sort: "unit", place, args: [payload], invoke }));
    },
  };
}
