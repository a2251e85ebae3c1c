/**
 * Tokens for browsers, loaded with the first use: inside a run nobody has the key.
 */
import type { PublicTokenOptions } from "./public-token.ts";

/** See `public-token.ts`. */
export async function createPublicToken(options: PublicTokenOptions): Promise<string> {
  return (await import("./public-token.ts")).createPublicToken(options);
}
