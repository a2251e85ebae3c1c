/**
 * Log lines of a run: printed once, not again on replay.
 */
import { durable } from "./link.ts";
import { isLogged } from "./task-defaults.ts";

type Line = (message: string, properties?: Readonly<Record<string, unknown>>) => void;

const line = (level: "debug" | "log" | "info" | "warn" | "error"): Line =>
  durable("log", [level], (message: string, properties?: Readonly<Record<string, unknown>>) => {
    if (!isLogged(level)) return;
    if (properties === undefined) console[level](message);
    else console[level](message, properties);
  });

/** The run's logger. Outside a run it is the console. */
export const logger = {
  debug: line("debug"),
  log: line("log"),
  info: line("info"),
  warn: line("warn"),
  error: line("error"),
};
