/**
 * A short text of a unit's arguments, for people who look at a run.
 *
 * Owns:      what is left out: long texts, long lists, and whatever is named like a secret.
 * Invariant: never throws, and costs no more than what it shows.
 */
const charsMax = 500;
const textMax = 200;
const itemsMax = 20;
const depthMax = 4;
const secretName =
  /authori[sz]ation|cookie|secret|password|passwd|token|credential|api[-_]?key|private[-_]?key/i;
const masked = "•••";

function shortened(value: unknown, depth: number): unknown {
  if (typeof value === "string") return value.length > textMax ? `${value.slice(0, textMax)}…` : value;
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return `[function ${value.name}]`;
  if (typeof value !== "object" || value === null) return value;
  if (depth === 0) return "…";
  if (Array.isArray(value)) return value.slice(0, itemsMax).map((each) => shortened(each, depth - 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return named(value);
  const fields = Object.entries(value).slice(0, itemsMax);
  return Object.fromEntries(
    fields.map(([key, each]) => [key, secretName.test(key) ? masked : shortened(each, depth - 1)]),
  );
}

/** Dates and URLs as their text, any other instance by its class. */
function named(value: object): unknown {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (value instanceof URL) return value.origin + value.pathname;
  return `[${value.constructor?.name ?? "object"}]`;
}

/** The arguments as JSON, at most 500 characters; undefined where there is nothing to show. */
export function preview(args: readonly unknown[]): string | undefined {
  if (args.length === 0) return undefined;
  try {
    return JSON.stringify(shortened(args, depthMax))?.slice(0, charsMax);
  } catch {
    return undefined;
  }
}
