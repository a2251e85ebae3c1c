/**
 * The chunks of a run's streams, out of its journal.
 *
 * Owns:      the cursor: how far a reader has come, and the epoch there.
 * Invariant: whoever goes on from a cursor sees each chunk once, however many passes there were: records of a superseded pass
 *            are left out, and nothing behind a gap is looked at before the gap is filled.
 */
import { decode } from "../engine/codec.ts";
import { HoldfastError } from "../engine/errors.ts";
import { textOf } from "../engine/new-run.ts";
import type { Ports } from "../engine/ports.ts";
import { fromText, type ResultRecord } from "../engine/record.ts";

/** A chunk as readers get it. */
export interface Chunk {
  readonly stream: string;
  readonly chunk: unknown;
}

interface Cursor {
  readonly number: number;
  readonly epoch: number;
}

/** @throws HoldfastError HF207 */
function cursorIn(text: string | undefined): Cursor {
  if (text === undefined) return { number: 0, epoch: 0 };
  const found = /^(\d{1,9})-(\d{1,9})$/.exec(text);
  if (found === null)
    throw new HoldfastError("HF207", `after is ${JSON.stringify(text)}.`, "Give what pagination.next was.");
  return { number: Number(found[1]), epoch: Number(found[2]) };
}

async function chunksIn(ports: Ports, { value }: ResultRecord): Promise<Chunk[]> {
  const part = decode(await textOf(ports, value)) as { stream: string; chunks: readonly unknown[] };
  return part.chunks.map((chunk) => ({ stream: part.stream, chunk }));
}

/** The next chunks behind a cursor: those of one page of the journal. `isEnd`: there is nothing behind them yet. */
export async function nextChunks(
  ports: Ports,
  runId: string,
  after: string | undefined,
  stream: string | undefined,
): Promise<{ readonly chunks: Chunk[]; readonly next: string; readonly isEnd: boolean }> {
  let { number, epoch } = cursorIn(after);
  const { entries, more } = await ports.store.journal(runId, number);
  const chunks: Chunk[] = [];
  for (const entry of entries) {
    if (entry.number !== number + 1) return { chunks, next: `${number}-${epoch}`, isEnd: true };
    number = entry.number;
    const record = fromText(entry.data);
    if (record.kind === "pass" && record.epoch > epoch) epoch = record.epoch;
    if (record.epoch < epoch || record.kind !== "result" || record.sort !== "stream" || !record.ok) continue;
    chunks.push(
      ...(await chunksIn(ports, record)).filter((each) => stream === undefined || each.stream === stream),
    );
  }
  return { chunks, next: `${number}-${epoch}`, isEnd: !more };
}
