/** HF220: too many requests, and when to ask again. */
import type { Context } from "hono";
import { HoldfastError } from "../engine/errors.ts";
import type { RateLimits } from "./deps.ts";

/** A refusal that says when to ask again. */
export class TooMany extends HoldfastError {
  readonly afterSeconds: number;
  constructor(what: string, afterSeconds: number) {
    super(
      "HF220",
      what,
      `Ask again in ${afterSeconds} s, as \`retry-after\` says; the SDK does so by itself.`,
    );
    this.afterSeconds = afterSeconds;
  }
}

/** Counts a request of a key. @throws TooMany HF220 */
export async function countKey(limits: RateLimits | undefined, keyId: string): Promise<void> {
  const afterSeconds = await limits?.key(keyId);
  if (afterSeconds !== undefined) throw new TooMany("The key has made too many requests.", afterSeconds);
}

/** Who asks: the address that the nearest proxy has written down, or that of the connection. */
function addressOf(c: Context): string {
  const { incoming } = (c.env ?? {}) as { incoming?: { socket?: { remoteAddress?: string } } };
  const nearest = c.req.header("x-forwarded-for")?.split(",").at(-1)?.trim().slice(0, 64);
  return nearest || incoming?.socket?.remoteAddress || "unknown";
}

/** Counts a refused request (401) of an address: beyond the limit, `TooMany` is what it gets instead. */
export async function countRefused(c: Context, limits: RateLimits | undefined): Promise<TooMany | undefined> {
  const afterSeconds = await limits?.refused(addressOf(c));
  return afterSeconds === undefined
    ? undefined
    : new TooMany("Too many requests of this address were refused.", afterSeconds);
}
