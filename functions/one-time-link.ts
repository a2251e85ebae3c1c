/**
 * The link that `holdfast dev` prints: whoever opens it first is signed in, once.
 *
 * Owns:      the token, in memory only; a restart makes another one.
 * Invariant: a token is taken once; what is compared is compared in constant time.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** Tokens that sign somebody in once. */
export interface OneTimeTokens {
  /** Takes a token: true if it is the one that is open, which is used up by that. */
  take(token: string): boolean;
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** The link for a token. It stands behind the `#`: that part is sent to no server, and written in no log. */
export const linkFor = (url: string, token: string): string => `${url}/sign-in#${token}`;

/** One open token at a time; `open` is told each new one. */
export function oneTimeTokens(open: (token: string) => void): OneTimeTokens {
  let wanted: Buffer;
  const next = (): void => {
    const token = randomBytes(24).toString("base64url");
    wanted = digest(token);
    open(token);
  };
  next();
  return {
    take(token) {
      if (!timingSafeEqual(digest(token), wanted)) return false;
      next();
      return true;
    },
  };
}
