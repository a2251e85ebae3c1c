/**
 * What others tell a run, and the records that it becomes.
 *
 * Owns:      the forms of inbox items.
 * Invariant: an item becomes at most one record, however often it is read.
 */
import type { Journal } from "./journal.ts";
import type { InboxItem } from "./ports.ts";
import type { Run, Stored } from "./run.ts";
import type { Draft } from "./writer.ts";

/** A child run that has ended, as its parent is told. */
export interface ChildEnd {
  readonly key: string;
  readonly place?: { readonly name: string; readonly at: string };
  /** Codec text of a `TaskRunResult`, or its place in the spill. */
  readonly value: Stored;
}

/** The inbox item that tells a parent of its child's end. */
export function childItem(child: Run, end: ChildEnd): InboxItem {
  return { id: `child:${child.id}`, data: JSON.stringify(end) };
}

/** The record for an item, or undefined where the journal has it already. */
export function recordOf(item: InboxItem, journal: Journal): Draft | undefined {
  if (item.id === "cancel") {
    if (journal.cancel !== undefined) return undefined;
    return { kind: "cancel", reason: "canceled" };
  }
  const end = JSON.parse(item.data) as ChildEnd;
  const gen = 0;
  if (journal.settled(end.key, gen) !== undefined) return undefined;
  return { kind: "result", ok: true, sort: "child", key: end.key, gen, value: end.value, ...(end.place ? { place: end.place } : {}) };
}
