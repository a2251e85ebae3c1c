/**
 * The author's `console` in a run: lines go to the run's log, and are not repeated on replay.
 *
 * Two ways lead here. In transformed code a call of `console` is seen as such, and is silent while the run is replayed.
 * Inside a unit (a step, a library's call) no code is transformed: there `console` itself is replaced, and prints, since a
 * unit is only made when nothing of it is recorded.
 *
 * Owns:      the replacing of `console`'s methods. Outside of a unit they do what they did.
 * Invariant: whoever prints a run's lines uses the methods as they were: `plainConsole`.
 */
import { currentRun } from "./current-run.ts";
import type { Frame } from "./frame.ts";
import type { LogLevel } from "./pass-context.ts";

const allLevels = ["debug", "log", "info", "warn", "error"] as const satisfies readonly LogLevel[];

const { debug, log, info, warn, error } = console;
/** The methods of `console` as they were when this was loaded. */
export const plainConsole = { debug, log, info, warn, error } as const;

const levels = new Map<unknown, LogLevel>(allLevels.map((level) => [plainConsole[level], level]));

/** Marks a replaced method, for other copies of this engine in the same process. */
const mark = Symbol.for("holdfast.console");

/** Replaces the methods of `console`, once for each copy of the engine. */
export function installConsole(): void {
  for (const level of allLevels) {
    const before = console[level];
    const inUnit = (...parts: readonly unknown[]): void => {
      const run = currentRun.getStore();
      if (run?.key === undefined) return before.apply(console, [...parts]);
      run.execution.context.print(level, parts);
    };
    console[level] = Object.defineProperty(inUnit, mark, { value: level });
  }
}

function levelOf(fn: unknown): LogLevel | undefined {
  return levels.get(fn) ?? (typeof fn === "function" ? (fn as { [mark]?: LogLevel })[mark] : undefined);
}

/** Prints a line of the author's if `fn` is one of console's; false: it is something else. */
export function printFor(frame: Frame, fn: unknown, parts: readonly unknown[]): boolean {
  const level = levelOf(fn);
  if (level === undefined) return false;
  if (!frame.isSilent) frame.execution.context.print(level, parts);
  return true;
}
