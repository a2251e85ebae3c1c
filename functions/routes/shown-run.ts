/**
 * A run as an answer shows it: at once, or when it has ended.
 */
import type { Context } from "hono";
import type { Run } from "../../engine/run.ts";
import type { HttpDeps } from "../deps.ts";
import type { Packets } from "../packets.ts";
import { queryForm, wholeNumber } from "../query.ts";
import { type LinkTo, runView } from "../run-view.ts";
import { waitForEnd } from "../wait-for-end.ts";

/** Seconds for which a request is held at most: API Gateway ends one after 30. */
export const longestWaitSeconds = 25;

/** `?wait=<seconds>`: hold the answer until the run has ended, or for so long. */
export const waitQuery = queryForm({ wait: wholeNumber(0, longestWaitSeconds).optional() });

/** What makes links to large values for this request. */
export function linkFor(c: Context, deps: HttpDeps, links: Packets): LinkTo {
  const origin = deps.publicUrl?.replace(/\/+$/, "") ?? new URL(c.req.url).origin;
  const own = async (ref: string): Promise<string> => `${origin}${links.link(ref, deps.ports.clock.now())}`;
  if (c.req.header("trigger-version") === undefined) return deps.linkTo ?? own;
  // Trigger.dev's client reads what a link gives by its content type, and knows no codec text: no bucket can give it JSON.
  return async (ref) => `${await own(ref)}&as=json`;
}

/** The run as it is. */
export const shown = (c: Context, deps: HttpDeps, links: Packets, run: Run): Promise<object> =>
  runView(deps.ports, run, linkFor(c, deps, links));

/** The run when it has ended, or as it is after so many seconds, or when the caller has gone. */
export async function shownAtEnd(
  c: Context,
  deps: HttpDeps,
  links: Packets,
  run: Run,
  waitSeconds: number,
): Promise<object> {
  return shown(c, deps, links, await waitForEnd(deps, run, waitSeconds * 1_000, () => c.req.raw.signal));
}
