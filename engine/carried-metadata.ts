/**
 * What attempts that failed have left in a run's metadata.
 *
 * An attempt goes again through what was recorded before it: what that made of the metadata is in what was left already.
 *
 * Owns:      what the record of an attempt keeps of them, and which of a later attempt's changes count.
 * Invariant: A1 a change behind an await that is not made again counts once, however many attempts go through it, unless the
 *               attempt has set its key anew.
 */
import { encode } from "./codec.ts";
import type { Execution } from "./execution.ts";
import type { Journal } from "./journal.ts";
import { keep } from "./new-run.ts";
import type { AttemptRecord, LeftMetadata } from "./record.ts";
import { metadataOf } from "./run-metadata.ts";

/** What the attempts before have left; undefined: they have changed nothing. */
export function leftMetadata(journal: Journal): LeftMetadata | undefined {
  if (journal.attempts.length === 0 && journal.resumes === 0) return undefined;
  for (let number = journal.last; number > 0; number--) {
    const entry = journal.at(number);
    if (entry !== undefined && !entry.isVoid && entry.record.kind === "attempt") return entry.record.left;
  }
  return undefined;
}

/** For the record of an attempt that has failed. What is in the log and has not reached the program is for the next one. */
export async function leavesMetadata(execution: Execution): Promise<Pick<AttemptRecord, "left">> {
  const metadata = metadataOf(execution);
  if (!metadata.isTouched) return {};
  const upTo = execution.cursor - 1;
  return { left: { metadata: await keep(execution.context.ports, encode(metadata.program).text), upTo } };
}
