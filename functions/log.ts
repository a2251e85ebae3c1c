/**
 * What a function writes down: one JSON object per line.
 *
 * Owns:      the form of a line. Names of fields are the same everywhere, so that one query finds all of a run.
 * Never:     writes a payload, a value or a secret.
 */

/** How much a line matters, in the words of Lambda's log levels. */
export type Level = "DEBUG" | "INFO" | "WARN" | "ERROR";
type Fields = Readonly<Record<string, unknown>>;

/** Writes lines. */
export interface Log {
  line(level: Level, message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields: Fields): void;
  error(message: string, fields: Fields): void;
  /** The same log, with these fields in each line. */
  with(fields: Fields): Log;
}

/** What is known of an error: Error's own fields are not enumerable. */
export function errorFields(error: unknown): Fields {
  if (!(error instanceof Error)) return { error: { message: String(error) } };
  const { name, message, stack } = error;
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {};
  return { error: { name, message, ...code, stack } };
}

/** A log on `write`, which gets whole lines without their end. */
export function jsonLog(write: (line: string) => void, now: () => number, always: Fields = {}): Log {
  const line: Log["line"] = (level, message, fields) =>
    write(JSON.stringify({ timestamp: new Date(now()).toISOString(), level, message, ...always, ...fields }));
  return {
    line,
    info: (message, fields) => line("INFO", message, fields),
    warn: (message, fields) => line("WARN", message, fields),
    error: (message, fields) => line("ERROR", message, fields),
    with: (fields) => jsonLog(write, now, { ...always, ...fields }),
  };
}
