/** Who a request comes from, for lines that say who has changed something: the id of a key, never the key. */
import type { Context } from "hono";

const name = "askedBy";

/** Notes it, once it is known. */
export function noteCaller(c: Context, by: string): void {
  c.set(name, by);
}

/** What was noted. */
export const callerOf = (c: Context): string => (c.get(name) as string | undefined) ?? "unknown";
