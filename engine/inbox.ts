/**
 * What others tell a run, and the records that it becomes.
 *
 * Owns:      the forms of inbox items.
 * Invariant: an item becomes at most one record, however often it is read.
 */
import type { Journal } from "./journal.ts";
import type { InboxItem } from "./ports.ts";
import type { Place } from "./record.ts";
import type { Run, Stored } from "./run.ts";
import type { Draft } from "./writer.ts";

/** A child run that has ended, as its parent is told. */
export interface ChildEnd {
  readonly key: string;
  /** How often the child was resumed: its parent counts its rejections of the end alike. */
  readonly gen: number;
  /** Codec text of a `TaskRunResult`, or its place in the spill. */
  readonly value: Stored;
}

/** The inbox item that tells a parent of its child's end. */
export function childItem(child: Run, end: ChildEnd): InboxItem {
  return { id: `child:${child.id}:${end.gen}`, data: JSON.stringify(end) };
}

/** The record for an item, or undefined where the journal has it already. `placeOf`: where the child was started. */
export function recordOf(
  item: InboxItem,
  journal: Journal,
  placeOf: (key: string) => Place | undefined,
): Draft | undefined {
  if (item.id === "cancel") {
    if (journal.cancel !== undefined) return undefined;
    return { kind: "cancel", reason: "canceled" };
  }
  const { key, gen, value } = JSON.parse(item.data) as ChildEnd;
  if (gen < journal.generation(key) || journal.settled(key, gen) !== undefined) return undefined;
  const place = placeOf(key);
  return {
    kind: "result",
    ok: true,
    sort: "child",
    key,
    gen,
    value,
    ...(place === undefined ? {} : { place }),
  };
}
