/**
 * Which code a new run is pinned to, where its trigger names a version.
 *
 * Invariant: a run is never put on code that is not known to be there, or that does not have its task.
 */
import { HoldfastError } from "./errors.ts";
import type { Ports } from "./ports.ts";
import type { Run } from "./run.ts";

/** By version, the ids of its tasks. */
export type CodeList = ReadonlyMap<string, readonly string[]>;

/** Code that runs can be started on. */
export interface KeptCode {
  /** The ids of a version's tasks; undefined: it is not kept. */
  tasksOf(version: string): Promise<readonly string[] | undefined>;
  /** Absent where versions can be asked for by their name alone. */
  all?(): CodeList;
}

/** What there is to choose from. */
export interface CodeChoice {
  /** What runs are pinned to whose trigger names nothing. */
  readonly current: string;
  /** What is kept; absent where only the current version is known. */
  readonly kept?: KeptCode | undefined;
}

const mostShown = 20;

const listed = (names: readonly string[]): string =>
  names.length > mostShown ? `${names.slice(0, mostShown).join(", ")} …` : names.join(", ");

/** What to name instead. */
function instead({ current, kept }: CodeChoice, task: string): string {
  if (kept === undefined)
    return "Leave the option version out: which older versions are still there is not known to who starts runs here.";
  const leave = "Or leave the option version out.";
  if (kept.all === undefined)
    return `The current one is ${current}; runs.retrieve() tells that of a run, and versions without open runs are removed. ${leave}`;
  const withTask = [...kept.all()].flatMap(([version, ids]) => (ids.includes(task) ? [version] : []));
  return `Kept with this task: ${listed([...new Set([current, ...withTask])])} (the first is the current one). ${leave}`;
}

/**
 * The version to start a run of `task` on. `asked`: the trigger's option; undefined: the current one.
 * @throws HoldfastError HF229, naming the versions that are kept, where they are known
 */
export async function chosenCode(
  choice: CodeChoice,
  task: string,
  asked: string | undefined,
): Promise<string> {
  const { current, kept } = choice;
  if (asked === undefined || asked === current) return current;
  const tasks = await kept?.tasksOf(asked);
  if (tasks?.includes(task)) return asked;
  throw notKept(choice, task, asked, tasks !== undefined);
}

function notKept(choice: CodeChoice, task: string, asked: string, isThere: boolean): HoldfastError {
  const { current, kept } = choice;
  const shown = asked.slice(0, 100);
  const unknown =
    kept === undefined
      ? `Only the current code version is known here (${current}), not ${shown}.`
      : `There is no code version ${shown}.`;
  const what = isThere ? `The code version ${shown} has no task "${task}".` : unknown;
  return new HoldfastError("HF229", what, instead(choice, task));
}

/**
 * Looks at the versions that triggers within a run name.
 * @throws HoldfastError HF229, HF510 for what cannot be a version
 */
export async function checkChosen(
  { run, ports }: { readonly run: Run; readonly ports: Ports },
  requests: readonly { readonly task: string; readonly codeVersion?: unknown }[],
): Promise<void> {
  for (const { task, codeVersion } of requests) {
    if (codeVersion !== undefined && (typeof codeVersion !== "string" || codeVersion === "")) {
      const fix = "Give a code version, as runs.retrieve() tells it.";
      throw new HoldfastError("HF510", `The trigger option version is ${String(codeVersion)}.`, fix);
    }
    await chosenCode({ current: run.codeVersion, kept: ports.keptCode }, task, codeVersion);
  }
}
