/**
 * The author's `console` in a run: lines go to the run's log, and are not repeated on replay.
 */
import type { Execution } from "./execution.ts";
import type { LogLevel } from "./pass-context.ts";

const levels = new Map<unknown, LogLevel>([
  [console.debug, "debug"],
  [console.log, "log"],
  [console.info, "info"],
  [console.warn, "warn"],
  [console.error, "error"],
]);

/** Prints a line of the author's if `fn` is one of console's; false: it is something else. */
export function printFor(execution: Execution, fn: unknown, parts: readonly unknown[]): boolean {
  const level = levels.get(fn);
  if (level === undefined) return false;
  if (!execution.replaying) execution.context.print(level, parts);
  return true;
}
