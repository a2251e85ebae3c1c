/**
 * Tokens for browsers, loaded with the first use: most runs make none.
 */
import type { PublicTokenOptions } from "./public-token.ts";

/** See `public-token.ts`. */
export async function createPublicToken(options: PublicTokenOptions, isOnce = false): Promise<string> {
  return (await import("./public-token.ts")).createPublicToken(options, isOnce);
}
