/**
 * Does a delivery pass a filter? It was read before (`parse.ts`); here it is data.
 *
 * Invariant: what is not there is null, and nothing of an event is executed or called.
 */

/** What a path is compared with. */
export type Scalar = string | number | boolean | null;
/** `event.data.id` is `["event", "data", "id"]`. */
export type Path = readonly string[];

/** A filter, as it stands in the manifest, or beside a waiter. */
export type Filter =
  | { readonly all: readonly Filter[] }
  | { readonly any: readonly Filter[] }
  | { readonly not: Filter }
  /** Some or all of a list's items pass, looked at as `event`. */
  | { readonly each: "any" | "all"; readonly path: Path; readonly of: Filter }
  | {
      readonly op: string;
      readonly path: Path;
      readonly value: Scalar | readonly Scalar[] | { readonly path: Path };
    };

/** What a delivery holds. Names of headers are in small letters. */
export interface Delivered {
  readonly event: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/** The value at a path such as `["event", "data", "id"]`; null where there is none. */
export function valueAt({ event, headers }: Delivered, [root, ...names]: Path): unknown {
  if (root === "header") return headers[names.join(".").toLowerCase()] ?? null;
  let value: unknown = event;
  for (const name of names) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return null;
    value = (value as Record<string, unknown>)[name];
  }
  return value ?? null;
}

const numbers = (test: (a: number, b: number) => boolean) => (a: unknown, b: unknown) =>
  typeof a === "number" && typeof b === "number" && test(a, b);
const texts = (test: (a: string, b: string) => boolean) => (a: unknown, b: unknown) =>
  typeof a === "string" && typeof b === "string" && test(a, b);

const operators: Readonly<Record<string, (a: unknown, b: unknown) => boolean>> = {
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": numbers((a, b) => a < b),
  "<=": numbers((a, b) => a <= b),
  ">": numbers((a, b) => a > b),
  ">=": numbers((a, b) => a >= b),
  in: (a, b) => Array.isArray(b) && b.includes(a),
  contains: (a, b) => (Array.isArray(a) ? a.includes(b) : texts((x, y) => x.includes(y))(a, b)),
  startsWith: texts((a, b) => a.startsWith(b)),
  endsWith: texts((a, b) => a.endsWith(b)),
};

/** Does it pass? */
export function passes(filter: Filter | undefined, delivered: Delivered): boolean {
  if (filter === undefined) return true;
  if ("all" in filter) return filter.all.every((each) => passes(each, delivered));
  if ("any" in filter) return filter.any.some((each) => passes(each, delivered));
  if ("not" in filter) return !passes(filter.not, delivered);
  if ("each" in filter) return eachPasses(filter, delivered);
  const { op, path, value } = filter;
  const isPath = typeof value === "object" && value !== null && "path" in value;
  const right = isPath ? valueAt(delivered, value.path) : value;
  return operators[op]?.(valueAt(delivered, path), right) ?? false;
}

function eachPasses(
  { each, path, of }: Extract<Filter, { readonly each: unknown }>,
  delivered: Delivered,
): boolean {
  const items = valueAt(delivered, path);
  if (!Array.isArray(items)) return false;
  const fits = (event: unknown): boolean => passes(of, { ...delivered, event });
  return each === "any" ? items.some(fits) : items.every(fits);
}
