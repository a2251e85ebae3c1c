/**
 * Notes: what a run changes in the metadata of its parent, or of the first run of its family.
 *
 * A note is an inbox item of the other run, becomes a record there, and changes the metadata where that record stands in the
 * log: live as in replay. A record in the own journal says which notes have been told: no later pass tells them again.
 *
 * Owns:      the forms, and how notes are told.
 * Invariant: T1 a note has an id that follows from the run, the place of the call and what it changes: told again, by another
 *               attempt too, it is the same note.
 *            T2 a run's notes are there before its end is told.
 */
import type { Execution } from "./execution.ts";
import { hashText } from "./hash.ts";

import type { PassContext } from "./pass-context.ts";
import type { InboxItem, Ports, Store } from "./ports.ts";
import { reschedule } from "./put-off.ts";
import { isFinished, type Run } from "./run.ts";
import { type MetadataChange, metadataOf, type Note } from "./run-metadata.ts";

/** A run that was put away so shortly ago is not woken for a note: its timer finds it. */
const restMs = 1_000;

/** The id of the note that the call with this key makes. */
export const noteIdOf = (run: Run, key: string, change: MetadataChange): string =>
  hashText(`${run.id} ${key} ${JSON.stringify(change)}`, 20);

/** Whose metadata are meant; undefined: the run's own, since it has nobody above it. */
export function aboveOf(run: Run, to: "parent" | "root"): string | undefined {
  return to === "root" ? run.root : (run.parent?.runId ?? run.startedBy);
}

/** A note as the other run gets it. */
export type ToldNote = Pick<Note, "id" | "change">;

const itemOf = (notes: readonly Note[]): InboxItem => ({
  id: `note:${hashText(notes.map(({ id }) => id).join(), 24)}`,
  data: JSON.stringify({ notes: notes.map(({ id, change }) => ({ id, change })) }),
});

/** The notes of an inbox item; undefined: it has none. */
export const notesIn = ({ id, data }: InboxItem): readonly ToldNote[] | undefined =>
  id.startsWith("note:") ? (JSON.parse(data) as { notes: readonly ToldNote[] }).notes : undefined;

/** Makes the changes of a record with notes. One that would make the metadata too large is left out. */
export function takeNotes(execution: Execution, notes: readonly ToldNote[]): void {
  for (const { change } of notes) {
    if (metadataOf(execution).noted(change, execution.cursor) || execution.replaying) continue;
    execution.context.print("warn", [
      "A run below this one would have made the metadata larger than 256 KB: its change was left out.",
    ]);
  }
}

/** Tells the notes of one pass. */
export class NoteTeller {
  readonly #context: PassContext;
  readonly #pending = new Map<string, Note>();
  #last: Promise<void> = Promise.resolve();

  constructor(context: PassContext) {
    this.#context = context;
  }

  add(note: Note, wasTold: boolean): void {
    if (!wasTold) this.#pending.set(note.id, note);
  }

  /** Resolves when all that was added so far has been told. */
  tell(): Promise<void> {
    if (this.#pending.size === 0) return this.#last;
    this.#last = this.#last.catch(() => {}).then(() => this.#tell());
    return this.#last;
  }

  async #tell(): Promise<void> {
    const notes = [...this.#pending.values()];
    if (notes.length === 0 || !this.#context.holds()) return;
    for (const to of new Set(notes.map((note) => note.to)))
      await send(this.#context.ports, to, itemOf(notes.filter((note) => note.to === to)));
    await this.#context.writer.write({ kind: "told", notes: notes.map(({ id }) => id) });
    for (const { id } of notes) this.#pending.delete(id);
  }
}

/** Tells a run changes from outside of all runs. `request`: the same one, sent again, tells the same. */
export async function tellNotes(
  ports: Ports,
  to: string,
  changes: readonly MetadataChange[],
  request: string,
): Promise<void> {
  const idOf = (change: MetadataChange, at: number) =>
    hashText(`${to} ${request} ${at} ${JSON.stringify(change)}`, 20);
  const notes = changes.map((change, at) => ({ to, id: idOf(change, at), change }));
  if (notes.length > 0) await send(ports, to, itemOf(notes));
}

/** What a run that no pass has had yet was told of its metadata. */
export async function waitingNotes(store: Pick<Store, "inbox">, runId: string): Promise<MetadataChange[]> {
  const items = await store.inbox(runId);
  return items.flatMap((item) => notesIn(item) ?? []).map(({ change }) => change);
}

async function send(ports: Ports, to: string, item: InboxItem): Promise<void> {
  const head = await ports.store.read(to);
  if (head !== undefined && !isFinished(head.status)) await sendResting(ports, head, item);
}

/** Tells a run that has not ended something that it need not hear at once. */
export async function sendResting(ports: Ports, head: Run, item: InboxItem): Promise<void> {
  if (head.status === "DELAYED") return sendAhead(ports, head, item);
  const { store, clock } = ports;
  const now = clock.now();
  if (head.status === "WAITING" && now - head.updatedAt < restMs) {
    // Others tell it, too: it looks at what there is once a second.
    await store.send(head.id, item, Math.min(head.wakeAt ?? Number.POSITIVE_INFINITY, now + restMs));
    return;
  }
  await store.send(head.id, item, now);
  ports.doorbell.ring(head.id);
}

/** A run that is to start later is not started by what it is told, nor is it when somebody has put its start off meanwhile. */
export async function sendAhead({ store, clock }: Ports, run: Run, item: InboxItem): Promise<void> {
  await store.send(run.id, item, run.wakeAt ?? clock.now());
  const after = await store.read(run.id);
  const { delayedUntil } = after ?? {};
  if (after?.status !== "DELAYED" || delayedUntil === undefined || after.wakeAt === delayedUntil) return;
  await store.write(run.id, reschedule(clock.now(), delayedUntil));
}
