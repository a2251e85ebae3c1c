/**
 * Which runs a list shows: the rule by which stores without a query language look at heads.
 *
 * Invariant: SQLite's own conditions (`local/sqlite-heads.ts`) say the same; `test/contract/list.ts` holds them to it.
 */
import { isOfBulkAction } from "./bulk-runs.ts";
import { usualMachine } from "./machines.ts";
import type { AskedMachines, RunQuery } from "./ports.ts";
import type { Run } from "./run.ts";
import { hiddenTasks } from "./token-task.ts";

/** Case of a to z does not count; of other letters it does, as in SQLite. */
const folded = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** Where a text is looked for. An error that is encrypted is not looked at. */
function* textsOf({ id, task, tags, idempotencyKey, error, dataKey }: Run): Generator<string> {
  yield* [id, task, ...tags, idempotencyKey ?? ""];
  if (error !== undefined && dataKey === undefined) yield* [error.name, error.message];
}

function hasText(run: Run, text: string): boolean {
  const wanted = folded(text);
  for (const each of textsOf(run)) if (folded(each).includes(wanted)) return true;
  return false;
}

function isOn({ machine, task }: Run, { names, ofTasks }: AskedMachines): boolean {
  const own = Object.hasOwn(ofTasks, task) ? ofTasks[task] : undefined;
  return names.includes(machine ?? own ?? usualMachine);
}

/** Does a run fit all filters? Time and place in the list are not looked at. */
export function fits(run: Run, query: RunQuery): boolean {
  const { status, task, tag, batch, schedule, version, queue, idempotencyKey, isTest, text } = query;
  const { machine, bulkAction } = query;
  const isOne = (wanted: readonly string[] | undefined, value: string | undefined): boolean =>
    wanted === undefined || (value !== undefined && wanted.includes(value));
  return (
    (task === undefined ? !hiddenTasks.includes(run.task) : task.includes(run.task)) &&
    (tag === undefined || tag.some((name) => run.tags.includes(name))) &&
    isOne(status, run.status) &&
    isOne(batch, run.batchId) &&
    isOne(schedule, run.scheduleId) &&
    isOne(version, run.codeVersion) &&
    isOne(queue, run.queue) &&
    isOne(idempotencyKey, run.idempotencyKey) &&
    (machine === undefined || isOn(run, machine)) &&
    (bulkAction === undefined || isOfBulkAction(run, bulkAction)) &&
    (isTest === undefined || (run.isTest === true) === isTest) &&
    (text === undefined || hasText(run, text))
  );
}
