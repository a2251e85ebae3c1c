/**
 * The rest of a call chain, as the transform hands it over: `.data`, `.json(x)`, `(x)`.
 */
import type { Callable } from "./authored.ts";

/** The rest of a chain: `["data"]` reads, `["json", [x]]` calls, `[undefined, [x]]` calls the value itself. */
export type Segment = readonly [property: PropertyKey | undefined, args?: readonly unknown[]];

/** A method. @throws TypeError with its name, as plain JavaScript does */
function methodOf(owner: Record<PropertyKey, unknown>, property: PropertyKey): Callable {
  const method = owner[property];
  if (typeof method === "function") return method as Callable;
  throw new TypeError(`${String(property)} is not a function`);
}

/** Plain code's way through the rest of a chain. */
export function follow(value: unknown, tail: readonly Segment[] | undefined): unknown {
  let current = value;
  for (const [property, args] of tail ?? []) {
    const owner = current as Record<PropertyKey, unknown>;
    if (args === undefined) current = owner[property as PropertyKey];
    else if (property === undefined) current = (owner as unknown as Callable)(...args);
    else current = Reflect.apply(methodOf(owner, property), owner, args);
  }
  return current;
}
