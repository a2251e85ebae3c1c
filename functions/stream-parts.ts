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
import { fromText, type JournalRecord, type MessageRecord, type ResultRecord } from "../engine/record.ts";

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
  const found = /^(\d{1,9})-(\d{1,9})(?:-end)?$/.exec(text);
  if (found === null)
    throw new HoldfastError("HF207", `after is ${JSON.stringify(text)}.`, "Give what pagination.next was.");
  return { number: Number(found[1]), epoch: Number(found[2]) };
}

async function chunksIn(
  ports: Ports,
  { value }: Pick<MessageRecord, "value">,
  of?: string,
): Promise<Chunk[]> {
  const part = decode(await textOf(ports, value)) as { stream: string; chunks: readonly unknown[] };
  if (of !== undefined && part.stream !== of) return [];
  return part.chunks.map((chunk) => ({ stream: part.stream, chunk }));
}

/** The run's own, and those that other runs have written. */
const holdsChunks = (record: JournalRecord): record is ResultRecord | MessageRecord =>
  (record.kind === "result" && record.sort === "stream" && record.ok) ||
  (record.kind === "message" && record.out === true);

/** What others have written to a run that has ended, too late for its last pass. */
export async function lateChunks(ports: Ports, runId: string, stream: string | undefined): Promise<Chunk[]> {
  const items = await ports.store.inbox(runId);
  const sent = items
    .filter(({ id }) => id.startsWith("message:"))
    .map(({ id, data }) => ({ id, ...(JSON.parse(data) as Pick<MessageRecord, "value" | "out">) }))
    .filter(({ out }) => out === true);
  if (sent.length === 0) return [];
  const taken = new Set<string>();
  for (let after = 0, isOver = false; !isOver; ) {
    const { entries, more } = await ports.store.journal(runId, after);
    for (const { number, data } of entries) {
      after = number;
      const record = fromText(data);
      if (record.kind === "message") taken.add(record.id);
    }
    isOver = !more;
  }
  const late = sent.filter(({ id }) => !taken.has(id));
  return (await Promise.all(late.map((each) => chunksIn(ports, each, stream)))).flat();
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
    if (record.epoch < epoch || !holdsChunks(record)) continue;
    chunks.push(...(await chunksIn(ports, record, stream)));
  }
  return { chunks, next: `${number}-${epoch}`, isEnd: !more };
}
