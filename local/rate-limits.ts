/**
 * How many requests a key, and how many refused ones an address, may make in a minute. In AWS the API Gateway's throttle is in
 * front instead: a process of many that come and go could not count.
 *
 * Never: counts what the project's own dashboard or a link asks.
 */
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { RateLimits } from "../functions/deps.ts";

const seconds = 60;

async function after(limiter: RateLimiterMemory | undefined, key: string): Promise<number | undefined> {
  try {
    await limiter?.consume(key);
    return undefined;
  } catch (refused) {
    if (refused instanceof RateLimiterRes) return Math.max(1, Math.ceil(refused.msBeforeNext / 1_000));
    throw refused;
  }
}

/** The limits. `perKey`: requests a minute, 0 for any number; `refused`: refused ones a minute and address. */
export function rateLimits({ perKey, refused }: { perKey: number; refused: number }): RateLimits {
  const keys = perKey === 0 ? undefined : new RateLimiterMemory({ points: perKey, duration: seconds });
  const addresses = new RateLimiterMemory({ points: refused, duration: seconds });
  return { key: (keyId) => after(keys, keyId), refused: (address) => after(addresses, address) };
}
