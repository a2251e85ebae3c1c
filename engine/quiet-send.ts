/**
 * Tells a run something without waking it: a batch of a thousand children does not wake its parent a thousand times.
 *
 * Invariant: Q1 a run is left asleep only if its head, read after the item was there, says that it may be. Of several
 *            senders the last one to send reads all of them, so one of them wakes the run.
 *            Q2 an earlier `wakeAt` is kept: a run that waits for a time as well is not late.
 */
import type { InboxItem, Ports } from "./ports.ts";
import type { Run } from "./run.ts";

/** A run that waits for no time is looked at after this long, whoever has forgotten it. */
const netMs = 600_000;

/** Puts an item into a run's inbox; wakes the run unless it `rests` before and after. */
export async function sendQuietly(
  ports: Ports,
  runId: string,
  item: InboxItem,
  rests: (head: Run) => boolean,
): Promise<void> {
  const { store, clock, doorbell } = ports;
  const before = await store.read(runId);
  if (before !== undefined && rests(before)) {
    await store.send(runId, item, before.wakeAt ?? clock.now() + netMs);
    const after = await store.read(runId);
    const isSame = after?.epoch === before.epoch && after.status === before.status;
    if (after === undefined || (isSame && rests(after))) return;
  }
  await store.send(runId, item, clock.now());
  doorbell.ring(runId);
}

/** Does this parent sleep until more of its batch's children have told it? */
export function waitsForMore({ status, waitingFor, news }: Run): boolean {
  return status === "WAITING" && waitingFor?.untilNews !== undefined && news < waitingFor.untilNews;
}
