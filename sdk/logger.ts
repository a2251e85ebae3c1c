/**
 * Log lines of a run: printed once, not again on replay.
 */
import { durable } from "./link.ts";
import { type Span, type SpanOptions, spanOf } from "./span.ts";
import { isLogged } from "./task-defaults.ts";

/** Writes one line, with what belongs to it. */
type Line = (message: string, properties?: Readonly<Record<string, unknown>>) => void;

const line = (level: "debug" | "log" | "info" | "warn" | "error"): Line =>
  durable("log", [level], (message: string, properties?: Readonly<Record<string, unknown>>) => {
    if (!isLogged(level)) return;
    if (properties === undefined) console[level](message);
    else console[level](message, properties);
  });

const printLine = (parts: readonly unknown[]): void => console.debug(...parts);

async function tracePlainly<T>(
  name: string,
  fn: (span: Span) => Promise<T> | T,
  options?: SpanOptions,
): Promise<T> {
  const span = spanOf(name, printLine, options);
  try {
    return await fn(span);
  } finally {
    span.end();
  }
}

/** The run's logger. Outside a run it is the console. */
export const logger = {
  debug: line("debug"),
  log: line("log"),
  info: line("info"),
  warn: line("warn"),
  error: line("error"),
  /**
   * Calls `fn` as a part of the run with a name: the tree shows what it awaits under one entry. What is noted on the span
   * is told in one line of the level debug.
   */
  trace: durable("logger.trace", [], tracePlainly),
  /** A span that ends when its `end` is called. */
  startSpan: durable(
    "logger.startSpan",
    [],
    (name: string, options?: SpanOptions): Span => spanOf(name, printLine, options),
  ),
};
