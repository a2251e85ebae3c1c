/**
 * Which streams a run has, for subscribers of Trigger.dev's client: what it reads with `withStreams()` it takes from the run's row.
 *
 * Nothing is kept for it: how far the journal was looked through, and what was found, goes with the subscriber as the protocol's
 * `handle`, so that each look reads what has come since.
 */
import type { Ports } from "../engine/ports.ts";
import { nextChunks } from "./stream-parts.ts";

/** So many streams of a run are told: a handle is a header. */
const mostNames = 50;
const handleForm = /^runs(?:~(\d{1,9}-\d{1,9})~([\w-]{0,8000}))?$/;

/** How far the streams of a run were looked for. */
export interface SeenStreams {
  readonly after?: string | undefined;
  readonly names: readonly string[];
}

/** What a subscriber has seen. A handle that is none of ours is a new subscriber's. */
export function streamsIn(handle: string | undefined): SeenStreams {
  const [, after, text = ""] = handleForm.exec(handle ?? "") ?? [];
  if (after === undefined) return { names: [] };
  try {
    const names = JSON.parse(Buffer.from(text, "base64url").toString()) as unknown;
    if (Array.isArray(names)) return { after, names: names.filter((name) => typeof name === "string") };
  } catch {
    // Looked for anew.
  }
  return { names: [] };
}

/** The handle that says it. */
export const handleOf = ({ after, names }: SeenStreams): string =>
  after === undefined ? "runs" : `runs~${after}~${Buffer.from(JSON.stringify(names)).toString("base64url")}`;

/** Looks through what has come since. */
export async function lookForStreams(ports: Ports, runId: string, seen: SeenStreams): Promise<SeenStreams> {
  const names = new Set(seen.names);
  for (let { after } = seen; ; ) {
    const { chunks, next, isEnd } = await nextChunks(ports, runId, after, undefined);
    for (const { stream } of chunks) if (names.size < mostNames && stream.length < 100) names.add(stream);
    after = next;
    if (isEnd) return { after, names: [...names] };
  }
}
