/**
 * Records that answer nobody: what others have told the run reaches the program where it stands in the log.
 *
 * Invariant: live as in replay, in the log's order.
 */
import type { Execution } from "./execution.ts";
import { takeNotes } from "./notes.ts";
import type { JournalRecord, MessageRecord } from "./record.ts";

const takers = new WeakMap<Execution, (message: MessageRecord) => void>();

/** From here on the program's messages are taken by `take`. */
export const takeMessages = (execution: Execution, take: (message: MessageRecord) => void): void =>
  void takers.set(execution, take);

/** Tells the program what a record says. False: it is not at hand yet. */
export function tell(execution: Execution, record: JournalRecord): boolean {
  if (record.kind === "noted") takeNotes(execution, record.notes);
  if (record.kind !== "message") return true;
  if (record.out) {
    execution.context.shown.streamed(record.stream);
    return true;
  }
  if (!execution.context.spilled.has(record.value)) return false;
  takers.get(execution)?.(record);
  return true;
}
