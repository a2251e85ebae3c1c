/**
 * The headers that every answer has: answers are data for programs, and nothing may frame, sniff, run or keep them.
 *
 * Owns:      which they are, and that they are set before a route says otherwise.
 */
import type { MiddlewareHandler } from "hono";

/** Name to value. A route may put another value in the place of one. */
export const securityHeaders: Readonly<Record<string, string>> = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
};

/**
 * Handed to the app beside a request by a server that has put `securityHeaders` on the answer itself: by Node's own means that takes a tenth of what
 * a `Headers` does. No request can bring it along: it is no part of one.
 */
export const headersAreSet = Symbol("headers are set");

/** Puts the headers on each answer that has none of them yet. */
export const safeHeaders: MiddlewareHandler = (c, next) => {
  const isSet = (c.env as { [headersAreSet]?: true } | undefined)?.[headersAreSet] === true;
  if (!isSet) for (const [name, value] of Object.entries(securityHeaders)) c.header(name, value);
  return next();
};
