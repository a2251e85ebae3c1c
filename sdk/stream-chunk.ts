/**
 * One chunk of a stream in a run: its form and its limits.
 */
import { HoldfastError } from "../engine/errors.ts";
import type { Execution } from "../engine/execution.ts";
import { jsonCopy } from "./metadata-values.ts";

const chunkCharsMax = 256 * 1024;
const runCharsMax = 10 * 1024 * 1024;

/** What a record of a stream holds. */
export interface Part {
  readonly stream: string;
  readonly chunks: readonly unknown[];
  readonly isLast?: true;
}

const used = new WeakMap<Execution, number>();

/** @throws HoldfastError HF520 */
export function refuse(what: string, fix: string): never {
  throw new HoldfastError("HF520", what, fix);
}

const keepElsewhere = "Keep large data elsewhere, and stream their address.";

/**
 * A copy of a chunk as JSON carries it, and its length as text.
 * @throws HoldfastError HF520 for what is no JSON, or too large.
 */
export function checkedChunk(execution: Execution, stream: string, chunk: unknown) {
  let copy: unknown;
  try {
    copy = jsonCopy(chunk, "It");
  } catch {
    refuse(
      `A chunk of the stream ${stream} is no JSON value.`,
      "Turn it into texts, numbers, lists and plain objects.",
    );
  }
  const { length } = JSON.stringify(copy);
  if (length > chunkCharsMax)
    refuse(`A chunk of the stream ${stream} has ${length} characters; 262,144 are allowed.`, keepElsewhere);
  if ((used.get(execution) ?? 0) + length > runCharsMax)
    refuse(`The streams of run ${execution.context.run.id} would have more than 10 MB.`, keepElsewhere);
  return { copy, length };
}

/** Counts what has been recorded: in each pass alike. */
export function countChunks(execution: Execution, chunks: readonly unknown[]): void {
  const chars = chunks.reduce((sum: number, chunk) => sum + JSON.stringify(chunk).length, 0);
  used.set(execution, (used.get(execution) ?? 0) + chars);
}
