/**
 * Chunks for another run's stream. Within a unit (a `step`, a callback of a call that counts as a whole), which has no records of
 * its own, those for the run itself, too: they become records when its pass takes them.
 *
 * Invariant: what is made again sends what it has sent before under the same names: it is there once. Chunks come in the order in
 *            which they were written.
 */
import type { CurrentRun } from "../engine/current-run.ts";
import type { Execution } from "../engine/execution.ts";
import { type SentChunks, sendChunks } from "../engine/sending.ts";
import type { Part } from "./stream-chunk.ts";
import type { StreamParts } from "./stream-parts.ts";

/** What is sent for a run, or out of one making of a unit, goes one after the other. */
const lasts = new WeakMap<object, Promise<unknown>>();

function inTurn(whose: object, { context: { ports } }: Execution, sent: SentChunks): Promise<void> {
  const go = (): Promise<void> => sendChunks(ports, sent);
  const sending = (lasts.get(whose) ?? Promise.resolve()).then(go, go);
  lasts.set(whose, sending);
  return sending;
}

/** Sends a part that has the key of a unit; gives it. */
export async function sendPart(execution: Execution, key: string, to: string, part: Part): Promise<Part> {
  const { context, journal } = execution;
  await inTurn(execution, execution, {
    to,
    stream: part.stream,
    chunks: part.chunks,
    request: `${context.run.id} ${key} ${journal.generation(key)}`,
  });
  return part;
}

/** How often each making of a unit has sent the same. */
const counts = new WeakMap<CurrentRun, Map<string, number>>();

/** Sends a part out of a unit. */
export function sendInside(
  execution: Execution,
  inside: CurrentRun,
  to: string,
  { stream, chunks }: Part,
): Promise<void> {
  const known = counts.get(inside) ?? new Map<string, number>();
  counts.set(inside, known);
  const what = JSON.stringify([to, stream, chunks]);
  const count = known.get(what) ?? 0;
  known.set(what, count + 1);
  const request = `${execution.context.run.id} ${inside.unit} ${count} ${what}`;
  return inTurn(inside, execution, { to, stream, chunks, request });
}

/** Goes through a source, chunk by chunk. */
export async function throughInside(
  source: StreamParts,
  give: (chunk: unknown) => Promise<void>,
): Promise<void> {
  for (;;) {
    const { chunks, isLast } = await source.take();
    for (const chunk of chunks) await give(chunk);
    if (isLast === true) return;
  }
}
