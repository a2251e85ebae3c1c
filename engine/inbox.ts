/**
 * What others tell a run, and the records that it becomes.
 *
 * Owns:      the forms of inbox items.
 * Invariant: an item becomes at most one record, however often it is read.
 */

import type { AskOptions } from "./ask.ts";
import { hashText } from "./hash.ts";
import type { Journal } from "./journal.ts";
import { notesIn } from "./notes.ts";
import type { InboxItem } from "./ports.ts";
import type { CancelRecord } from "./record.ts";
import type { Asked, Run, Stored } from "./run.ts";
import { tokenPrefix } from "./token-task.ts";
import type { Draft } from "./writer.ts";

/** Who waits for a run's end: a run, with the key of its ask and how often that was rejected. */
export interface Waiter extends Asked {
  readonly runId: string;
  readonly key: string;
  readonly gen: number;
}

/** How an end is asked for. */
export function askedOf(ask: AskOptions): Asked {
  const fp = ask.fingerprint?.();
  return { place: ask.place, ...(fp === undefined ? {} : { fp }) };
}

/** A child run that has ended, as its parent is told. */
interface ChildEnd extends Asked {
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

/** The same for a run that waits for one of somebody else's: it may do so at several places. */
export function endItem(ended: Run, end: ChildEnd): InboxItem {
  return { id: `child:${ended.id}:${end.gen}:${hashText(end.key, 12)}`, data: JSON.stringify(end) };
}

/** Asks a run to tell somebody of its end. */
export function watchItem(waiter: Waiter): InboxItem {
  const id = hashText(`${waiter.runId} ${waiter.key} ${waiter.gen}`, 24);
  return { id: `watch:${id}`, data: JSON.stringify(waiter) };
}

/** Who has to be told of a run's end, by its inbox. */
export const waitersIn = (items: readonly InboxItem[]): Waiter[] =>
  items.filter(isWatch).map(({ data }) => JSON.parse(data) as Waiter);

/** Is this somebody who waits for the run's end? */
export const isWatch = ({ id }: InboxItem): boolean => id.startsWith("watch:");

/** May somebody wait for this run's end: its parent, or whoever has put something into its inbox? */
export const isAwaited = ({ parent, news }: Run): boolean => parent !== undefined || news > 0;

/** Asks a run to cancel, for a bulk action or for nobody's. After a resume it can be asked again. */
export function cancelItem({ resumes }: Run, action?: string): InboxItem {
  const id = resumes === 0 ? "cancel" : `cancel:${resumes}`;
  return { id, data: JSON.stringify({ action }) };
}

const isCancel = /^cancel(?::(\d+))?$/;

/** What was sent to an input stream; see `sending.ts`. */
function messageOf({ id, data }: InboxItem, journal: Journal): Draft | undefined {
  return journal.hasNote(id) ? undefined : { kind: "message", id, ...JSON.parse(data) };
}

/** The record for an item, or undefined where the journal has it already. `askOf`: who waits for it. */
export function recordOf(
  item: InboxItem,
  journal: Journal,
  askOf: (key: string) => AskOptions | undefined,
): Draft | undefined {
  if (isWatch(item)) return undefined;
  const cancel = isCancel.exec(item.id);
  if (cancel !== null) {
    if (journal.cancelRequest !== undefined || Number(cancel[1] ?? 0) !== journal.resumes) return undefined;
    return { kind: "cancel", reason: "canceled", ...(JSON.parse(item.data) as Pick<CancelRecord, "action">) };
  }
  if (item.id.startsWith("message:")) return messageOf(item, journal);
  const notes = notesIn(item)?.filter(({ id }) => !journal.hasNote(id));
  if (notes !== undefined) return notes.length === 0 ? undefined : { kind: "noted", notes };
  const { key, gen, value, ...told } = JSON.parse(item.data) as ChildEnd;
  if (gen < journal.generation(key) || journal.settled(key, gen) !== undefined) return undefined;
  const ask = askOf(key);
  // Read with the claim, it comes before the program has asked: then the child says how it was asked for.
  const asked = ask === undefined ? told : askedOf(ask);
  return {
    kind: "result",
    ok: true,
    sort: item.id.startsWith(`child:${tokenPrefix}`) ? "token" : "child",
    key,
    gen,
    value,
    ...asked,
  };
}
