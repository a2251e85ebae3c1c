/**
 * What little of SQL matters here: does a text begin a transaction, does it end one?
 */
import { byName } from "./by-name.ts";
import { memberOf } from "./live-values.ts";

/** Methods and functions that are given SQL. */
const sqlMethod =
  /(?:^|\.)(?:query|execute|exec|run|raw|unsafe|sql|prepare|executeSql|\$(?:execute|query)\w*)$/;

const begin =
  /^\s*(?:BEGIN\s*(?:;|$)|BEGIN\s+(?:TRANSACTION|TRAN|WORK|IMMEDIATE|EXCLUSIVE|DEFERRED|ISOLATION|READ)\b|START\s+TRANSACTION\b)/i;
const end = /^\s*(?:COMMIT|END|ROLLBACK|ABORT)\s*(?:;|$|(?:TRANSACTION|TRAN|WORK)\b|AND\s+NO\s+CHAIN\b)/i;

export const isSqlMethod: (name: string) => boolean = byName((name) => sqlMethod.test(name));
export const isBeginText = (text: string): boolean => begin.test(text);
export const isEndText = (text: string): boolean => end.test(text);

/** The text of a first argument: a string, a template's strings, or an object that drivers and query builders take. */
export function sqlOf(argument: unknown): string | undefined {
  if (typeof argument === "string") return argument;
  if (typeof argument !== "object" || argument === null) return undefined;
  if (Array.isArray(argument)) return "raw" in argument ? String(argument[0]) : undefined;
  const text = memberOf(argument, "text") ?? memberOf(argument, "sql");
  if (typeof text === "string") return text;
  const chunks = memberOf(argument, "queryChunks");
  const first: unknown = Array.isArray(chunks) ? chunks[0] : undefined;
  const value = typeof first === "object" && first !== null ? memberOf(first, "value") : undefined;
  return Array.isArray(value) && typeof value[0] === "string" ? value[0] : undefined;
}
