/**
 * The task that bulk actions are runs of, as the engine gets it.
 *
 * Invariant: each page of runs is a recorded step; how far the action has come is in the run's metadata.
 */
import { handOver } from "../engine/authored.ts";
import type { BulkPayload } from "../engine/bulk.ts";
import { currentRun } from "../engine/current-run.ts";
import { defaultRetry } from "../engine/retry.ts";
import type { TaskCode } from "../engine/task-code.ts";
import { bulkTask } from "../engine/token-task.ts";
import { metadata } from "./metadata.ts";
import { step } from "./step.ts";

async function run(payload: BulkPayload): Promise<void> {
  let after: string | undefined;
  do {
    const from: string | undefined = after;
    const done = await step("runs", () => page(payload, from));
    metadata.increment("success", done.success);
    metadata.increment("failure", done.failure);
    after = done.next;
  } while (after !== undefined);
}

/** What a page takes is loaded with the first one: hardly any process works on a bulk action. */
async function page(payload: BulkPayload, after: string | undefined) {
  const here = currentRun.getStore();
  if (here === undefined) throw new TypeError("A bulk action is a run.");
  const { context } = here.execution;
  const { bulkPage } = await import("../engine/bulk.ts");
  return bulkPage(context.ports, context.run, payload, after);
}

/** The task, for the engine. None of the author's hooks is called for it. */
export const bulkCode: TaskCode = {
  id: bulkTask,
  retry: defaultRetry,
  redo: "never",
  hasEndHooks: false,
  endHooks: () => [],
  enter: (root, payload) => handOver(root, run as never, undefined, [payload]),
};
