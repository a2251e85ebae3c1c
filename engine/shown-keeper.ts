/**
 * Puts what others see of a run that goes on onto its head, along with what the pass writes there anyway: its metadata, and the
 * names of its streams.
 *
 * Owns:      when they are written: with each lease renewed, each time the run is put away, and at its end. New names of streams,
 *            and metadata where leases are not renewed, have a write of their own, at most one a second.
 * Never:     writes while the log lies ahead of the program: what was seen already would be seen again.
 * Invariant: M1 metadata are rebuilt by the program, and so are the names; what is on the head is only shown. M2 what a write was to
 *            show that was refused, or got no answer, the next one shows.
 */
import { encode } from "./codec.ts";
import type { Execution } from "./execution.ts";
import { type Shown, show } from "./head-write.ts";
import { keep } from "./new-run.ts";
import { NoteTeller } from "./notes.ts";
import type { PassContext, Showing } from "./pass-context.ts";
import type { Stored } from "./run.ts";
import { type Metadata, metadataOf, type Note } from "./run-metadata.ts";

const everyMs = 1_000;

/** Each write of the head pays for all of it: in DynamoDB more than this costs more than an object of its own. */
const inlineMax = 4 * 1024;

/** So many streams of a run are named, with names of so many characters at most. */
const streamsMax = 50;
const streamCharsMax = 100;

export class ShownKeeper implements Showing {
  readonly #context: PassContext;
  readonly #execution: () => Execution | undefined;
  readonly #isRenewed: boolean;
  /** What the head is known to have. */
  #there: Shown;
  /** The metadata that were kept last. */
  #kept: { readonly text: string; readonly stored: Stored } | undefined;
  readonly #streams: Set<string>;
  readonly #notes: NoteTeller;
  #isPlanned = false;

  /** `isRenewed`: the lease is renewed every so often. */
  constructor(context: PassContext, execution: () => Execution | undefined, isRenewed: boolean) {
    this.#context = context;
    this.#execution = execution;
    this.#isRenewed = isRenewed;
    this.#notes = new NoteTeller(context);
    this.#there = context.run;
    this.#streams = new Set(context.run.streams);
  }

  /** The metadata, if the run has changed them. */
  get touched(): Metadata | undefined {
    const execution = this.#execution();
    const metadata = execution === undefined ? undefined : metadataOf(execution);
    return metadata?.isTouched === true ? metadata.current : undefined;
  }

  /** The head as a write has left it. */
  seen(head: Shown): void {
    this.#there = head;
  }

  /** What a renewal of the lease has to set: it must not wait for other runs. */
  renewed(): Promise<Shown> {
    this.#notes.tell().catch(() => {});
    return this.#own();
  }

  /** What any other write of the head has to set: nothing, where nothing is new. Behind it all notes have been told. */
  async fields(): Promise<Shown> {
    await this.#notes.tell();
    return this.#own();
  }

  async #own(): Promise<Shown> {
    const execution = this.#execution();
    if (execution === undefined || (execution.replaying && !execution.stopped)) return {};
    const changedMetadata = await this.#metadata(execution);
    return {
      ...(changedMetadata && { changedMetadata }),
      ...(this.#streams.size !== (this.#there.streams?.length ?? 0) && { streams: [...this.#streams] }),
    };
  }

  async #metadata(execution: Execution): Promise<Stored | undefined> {
    const metadata = metadataOf(execution);
    if (!metadata.isTouched) return undefined;
    const { text } = encode(metadata.current);
    if (this.#kept?.text !== text)
      this.#kept = { text, stored: await keep(this.#context.ports, text, inlineMax) };
    const { stored } = this.#kept;
    return JSON.stringify(stored) === JSON.stringify(this.#there.changedMetadata) ? undefined : stored;
  }

  changed(note?: Note): void {
    if (note !== undefined) this.#notes.add(note, this.#execution()?.journal.hasNote(note.id) ?? false);
    if (!this.#isRenewed) this.#plan();
  }

  streamed(stream: string): void {
    const isNamed = this.#streams.size < streamsMax && stream.length < streamCharsMax;
    if (!isNamed || this.#streams.has(stream)) return;
    this.#streams.add(stream);
    this.#plan();
  }

  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#context.ports.clock.after(everyMs, () => {
      this.#isPlanned = false;
      this.flush();
    });
  }

  /** A write that fails is made up for by the next one. */
  flush(): void {
    if (!this.#context.holds()) return;
    const { ports, run, lease } = this.#context;
    const write = async (): Promise<void> => {
      const fields = await this.fields();
      if (Object.keys(fields).length === 0 || !this.#context.holds()) return;
      const { applied, run: head } = await ports.store.write(run.id, show(lease, ports.clock.now(), fields));
      if (applied && head !== undefined) this.seen(head);
    };
    write().catch(() => {});
  }
}
