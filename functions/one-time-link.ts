/**
 * Links that sign in once: the one that `holdfast dev` prints, and those that `holdfast open` asks for.
 *
 * Owns:      the tokens, in memory only; a restart makes others.
 * Invariant: a token is taken once; what is compared is compared in constant time.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** A token that somebody has asked for. */
interface MadeToken {
  readonly token: string;
  /** Unix milliseconds: it signs nobody in from then on. */
  readonly expiresAt: number;
}

/** Tokens that sign somebody in once. */
export interface OneTimeTokens {
  /** Takes a token: true if it is one that is open, which is used up by that. */
  take(token: string, now: number): boolean;
  /** A further token, good for five minutes. */
  make(now: number): MadeToken;
}

/** Whoever asks for a link opens it at once. */
const madeForMs = 5 * 60_000;
/** So many are open at once; the oldest goes for a further one. */
const madeMost = 16;

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
const newToken = (): string => randomBytes(24).toString("base64url");

/** The path for a token. It stands behind the `#`: that part is sent to no server, and written in no log. */
export const pathFor = (token: string): string => `/sign-in#${token}`;

/** The link for a token. */
export const linkFor = (url: string, token: string): string => `${url}${pathFor(token)}`;

/** One printed token at a time, `open` is told each new one; without `open` there are those that are asked for, and no other. */
export function oneTimeTokens(open?: (token: string) => void): OneTimeTokens {
  let printed: Buffer | undefined;
  let made: { readonly hash: Buffer; readonly expiresAt: number }[] = [];
  const next = (): void => {
    const token = newToken();
    printed = digest(token);
    open?.(token);
  };
  if (open !== undefined) next();
  return {
    take(token, now) {
      const given = digest(token);
      // All are compared, whichever it is.
      const found = made.filter(({ hash }) => timingSafeEqual(hash, given));
      const isPrinted = printed !== undefined && timingSafeEqual(printed, given);
      made = made.filter((each) => !found.includes(each));
      if (isPrinted) next();
      return isPrinted || found.some(({ expiresAt }) => now < expiresAt);
    },
    make(now) {
      const token = newToken();
      const expiresAt = now + madeForMs;
      made = [...made.slice(1 - madeMost), { hash: digest(token), expiresAt }];
      return { token, expiresAt };
    },
  };
}
