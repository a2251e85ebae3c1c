/**
 * Where a browser's request comes from: a session must not act for another site's page.
 *
 * A cookie goes along by itself, so it proves who is asking, not what for. Browsers say where a request comes from in two
 * headers that no page can set: `Sec-Fetch-Site`, and `Origin` where that one is missing (plain HTTP, older browsers).
 */
import type { Context } from "hono";
import { HoldfastError } from "../engine/errors.ts";

/** What the headers say; "unknown" where a request has neither, as those of programs. */
type Origin = "same" | "other" | "unknown";

function originOf(c: Context): Origin {
  const site = c.req.header("sec-fetch-site");
  // Another port of this machine is "same-site", and yet another program's page. "none" is what somebody typed in.
  if (site !== undefined) return site === "same-origin" ? "same" : site === "none" ? "unknown" : "other";
  const origin = c.req.header("origin");
  if (origin === undefined) return "unknown";
  const host = c.req.header("host") ?? new URL(c.req.url).host;
  return origin.replace(/^https?:\/\//i, "").toLowerCase() === host.toLowerCase() ? "same" : "other";
}

/** HF422. */
function fromElsewhere(): HoldfastError {
  const fix =
    "Use the dashboard under the address that this server gave, or call the API with `Authorization: Bearer <key>`.";
  return new HoldfastError("HF422", "The request comes from another site's page.", fix);
}

/** For what proves itself otherwise (a typed key). @throws HoldfastError HF422 when another site's page sent it. */
export function refuseOtherSites(c: Context): void {
  if (originOf(c) === "other") throw fromElsewhere();
}

/**
 * For what a cookie alone would let in: what changes something must be known to come from our own page.
 * @throws HoldfastError HF422
 */
export function demandOwnSite(c: Context): void {
  const origin = originOf(c);
  const onlyLooks = c.req.method === "GET" || c.req.method === "HEAD";
  if (origin === "other" || (origin === "unknown" && !onlyLooks)) throw fromElsewhere();
}
