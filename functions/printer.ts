/** The author's lines, as lines of the log of the function that works on the run. */
import type { LogLevel } from "../engine/pass-context.ts";
import { realClock } from "./clock.ts";
import type { Level, Log } from "./log.ts";
import { logLine, propertiesIn } from "./log-line.ts";
import type { PassDeps } from "./pass-until.ts";

const levels: Readonly<Record<LogLevel, Level>> = {
  debug: "DEBUG",
  log: "INFO",
  info: "INFO",
  warn: "WARN",
  error: "ERROR",
};

/** Lines of the author's, with the run that they belong to. */
export const printer =
  (log: Log, mask?: (text: string) => string): PassDeps["print"] =>
  ({ id, task }, level, parts, at) => {
    const line = logLine(realClock.now(), level, parts, at, mask);
    const properties = propertiesIn(line);
    log.line(levels[level], line.message, {
      runId: id,
      task,
      by: "task",
      ...at,
      ...(properties === undefined ? {} : { properties }),
      ...(line.isCut ? { isCut: true } : {}),
    });
  };
