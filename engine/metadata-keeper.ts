/**
 * Puts a run's metadata where others see them: on its head, along with what the pass writes there anyway.
 *
 * Owns:      when they are written: with each lease renewed, each time the run is put away, and at its end. Where leases
 *            are not renewed, by a write of their own, at most one a second.
 * Never:     writes while the log lies ahead of the program: what was seen already would be seen again.
 * Invariant: M1 metadata are rebuilt by the program; what is on the head is only shown.
 */
import { encode } from "./codec.ts";
import type { Execution } from "./execution.ts";
import { keepMetadata } from "./head-write.ts";
import { keep } from "./new-run.ts";
import { NoteTeller } from "./notes.ts";
import type { PassContext } from "./pass-context.ts";
import type { Run, Stored } from "./run.ts";
import { type Metadata, metadataOf, type Note } from "./run-metadata.ts";

const everyMs = 1_000;

/** Each write of the head pays for all of it: in DynamoDB more than this costs more than an object of its own. */
const inlineMax = 4 * 1024;

export class MetadataKeeper {
  readonly #context: PassContext;
  readonly #execution: () => Execution | undefined;
  readonly #isRenewed: boolean;
  #written: string | undefined;
  readonly #notes: NoteTeller;
  #isPlanned = false;

  /** `isRenewed`: the lease is renewed every so often. */
  constructor(context: PassContext, execution: () => Execution | undefined, isRenewed: boolean) {
    this.#context = context;
    this.#execution = execution;
    this.#isRenewed = isRenewed;
    this.#notes = new NoteTeller(context);
    const shown = context.run.changedMetadata;
    this.#written = shown !== undefined && "inline" in shown ? shown.inline : undefined;
  }

  /** The metadata, if the run has changed them. */
  get touched(): Metadata | undefined {
    const execution = this.#execution();
    const metadata = execution === undefined ? undefined : metadataOf(execution);
    return metadata?.isTouched === true ? metadata.current : undefined;
  }

  /** The same with a lease that is renewed: that must not wait for other runs. */
  renewed(): Promise<Pick<Run, "changedMetadata">> {
    this.#notes.tell().catch(() => {});
    return this.#own();
  }

  /** What a write of the head has to set: nothing, where nothing is new. Behind it all notes have been told. */
  async fields(): Promise<Pick<Run, "changedMetadata">> {
    await this.#notes.tell();
    return this.#own();
  }

  async #own(): Promise<Pick<Run, "changedMetadata">> {
    const stored = await this.#news();
    return stored === undefined ? {} : { changedMetadata: stored };
  }

  async #news(): Promise<Stored | undefined> {
    const execution = this.#execution();
    if (execution === undefined || (execution.replaying && !execution.stopped)) return undefined;
    const metadata = metadataOf(execution);
    if (!metadata.isTouched) return undefined;
    const { text } = encode(metadata.current);
    if (text === this.#written) return undefined;
    const stored = await keep(this.#context.ports, text, inlineMax);
    this.#written = text;
    return stored;
  }

  /** Something has changed: it is shown within a second, or with the next renewal. */
  changed(note?: Note): void {
    if (note !== undefined) this.#notes.add(note, this.#execution()?.journal.hasNote(note.id) ?? false);
    if (this.#isRenewed || this.#isPlanned) return;
    this.#isPlanned = true;
    this.#context.ports.clock.after(everyMs, () => {
      this.#isPlanned = false;
      this.flush();
    });
  }

  /** Shows what is new at once. A write that fails is made up for by the next one. */
  flush(): void {
    if (!this.#context.holds()) return;
    const { ports, run, lease } = this.#context;
    const write = async (): Promise<void> => {
      const { changedMetadata } = await this.fields();
      if (changedMetadata === undefined || !this.#context.holds()) return;
      await ports.store.write(run.id, keepMetadata(lease, ports.clock.now(), changedMetadata));
    };
    write().catch(() => {
      this.#written = undefined;
    });
  }
}
