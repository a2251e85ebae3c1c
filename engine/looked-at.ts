/**
 * How a run ends that is not to be entered, by what few runs are asked about: loaded with the first of them.
 */
import type { Ending } from "./ending.ts";
import { RunCanceledError } from "./errors.ts";
import type { Journal } from "./journal.ts";
import { limitMissing } from "./named-limits.ts";
import type { Ports } from "./ports.ts";
import type { Run } from "./run.ts";
import type { TaskCode } from "./task-code.ts";

/**
 * Its code does not declare a limit that its trigger has named; or it is a child that came to be when the run that waits for it had
 * been canceled, and that cancel could not be handed on to it. Only one that nobody has worked on for long (`isLate`) is looked into:
 * it costs a read.
 */
export async function lookedAt(
  { store }: Pick<Ports, "store">,
  run: Run,
  journal: Journal,
  task: TaskCode | undefined,
  isLate: boolean,
): Promise<Ending | undefined> {
  const ending = limitMissing(run, journal, task);
  if (ending !== undefined || !isLate || run.parent === undefined) return ending;
  const status = (await store.read(run.parent.runId))?.status;
  if (status !== "CANCELED" && status !== "TIMED_OUT") return undefined;
  return { event: "canceled", error: new RunCanceledError(run.id, "canceled") };
}
