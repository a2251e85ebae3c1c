/**
 * Which code a new run is pinned to, where its trigger names a version.
 *
 * Invariant: a run is never put on code that is not known to be there, or that does not have its task.
 */
import { HoldfastError } from "./errors.ts";
import type { Ports } from "./ports.ts";
import type { Run } from "./run.ts";

/** Code that runs can be started on: by version, the ids of its tasks. */
export type KeptCode = ReadonlyMap<string, readonly string[]>;

/** What there is to choose from. */
export interface CodeChoice {
  /** What runs are pinned to whose trigger names nothing. */
  readonly current: string;
  /** What is kept; absent where only the current version is known. */
  readonly kept?: (() => KeptCode) | undefined;
}

const mostShown = 20;

const listed = (names: readonly string[]): string =>
  names.length > mostShown ? `${names.slice(0, mostShown).join(", ")} …` : names.join(", ");

/**
 * The version to start a run of `task` on. `asked`: the trigger's option; undefined: the current one.
 * @throws HoldfastError HF229, naming the versions that are kept
 */
export function chosenCode({ current, kept }: CodeChoice, task: string, asked: string | undefined): string {
  if (asked === undefined || asked === current) return current;
  const shown = asked.slice(0, 100);
  if (kept === undefined) {
    const fix =
      "Leave the option version out: which older versions are still there is not known to who starts runs here.";
    throw new HoldfastError(
      "HF229",
      `Only the current code version is known here (${current}), not ${shown}.`,
      fix,
    );
  }
  const versions = kept();
  const tasks = versions.get(asked);
  if (tasks?.includes(task)) return asked;
  const withTask = [...versions].flatMap(([version, ids]) => (ids.includes(task) ? [version] : []));
  const what =
    tasks === undefined
      ? `There is no code version ${shown}.`
      : `The code version ${shown} has no task "${task}".`;
  const fix = `Kept with this task: ${listed([...new Set([current, ...withTask])])} (the first is the current one). Or leave the option version out.`;
  throw new HoldfastError("HF229", what, fix);
}

/**
 * Looks at the versions that triggers within a run name.
 * @throws HoldfastError HF229, HF510 for what cannot be a version
 */
export function checkChosen(
  { run, ports }: { readonly run: Run; readonly ports: Ports },
  requests: readonly { readonly task: string; readonly codeVersion?: unknown }[],
): void {
  for (const { task, codeVersion } of requests) {
    if (codeVersion !== undefined && (typeof codeVersion !== "string" || codeVersion === "")) {
      const fix = "Give a code version, as runs.retrieve() tells it.";
      throw new HoldfastError("HF510", `The trigger option version is ${String(codeVersion)}.`, fix);
    }
    chosenCode({ current: run.codeVersion, kept: ports.keptCode }, task, codeVersion);
  }
}
