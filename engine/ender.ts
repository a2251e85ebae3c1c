/**
 * Ends a pass, and with it a run: its cancel is handed on, its hooks are called, its head is written.
 *
 * Owns:      the order of these, and the promise of the pass's outcome.
 * Never:     decides how a run ends.
 * Invariant: N1 whatever is asked for once the end is in the log, the run ends as the log says.
 *            N2 an end is decided once: what comes meanwhile changes nothing.
 */
import type { Cascade } from "./cascade.ts";
import { endedDraft, endingOf } from "./end-hooks.ts";
import { type Ending, outcome, writeEnd } from "./ending.ts";
import { isOwnError } from "./errors.ts";
import type { Counts } from "./giving-back.ts";
import type { Shown } from "./head-write.ts";
import type { InboxReader } from "./inbox-reader.ts";
import type { Journal } from "./journal.ts";
import { isBareData } from "./last-record.ts";
import type { PassContext } from "./pass-context.ts";
import type { PassEnd } from "./pass-options.ts";
import type { Metadata } from "./run-metadata.ts";
import type { TaskCode } from "./task-code.ts";

/** What the end of a pass needs of it. */
export interface Endable {
  readonly context: PassContext;
  readonly journal: Journal;
  readonly inbox: InboxReader;
  readonly cascade: Cascade;
  readonly task: TaskCode | undefined;
  readonly counts: () => Counts;
  /** Nothing reaches the program any more. */
  readonly stopProgram: () => void;
  /** Nothing of the pass goes on. */
  readonly stopAll: () => void;
  readonly enterHooks: () => void;
  /** The run's metadata, if it has changed them. */
  readonly metadata: () => Metadata | undefined;
  /** What of them the head does not show yet. */
  readonly unshown: () => Promise<Shown>;
}

export class Ender {
  readonly #of: Endable;
  /** Resolves when the pass is over; rejects when the store does. */
  readonly outcome: Promise<PassEnd["outcome"]>;
  /** Nothing of the pass goes on any more. */
  isOver = false;
  /** The end is being put into the log: nothing else is decided. */
  isDeciding = false;
  #resolve: (outcome: PassEnd["outcome"]) => void = () => {};
  #reject: (error: unknown) => void = () => {};

  constructor(of: Endable) {
    this.#of = of;
    this.outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.outcome.catch(() => {});
  }

  /** The run is left to others, or to another pass. */
  finish(outcome: PassEnd["outcome"]): void {
    if (this.isOver) return;
    this.stop();
    this.#resolve(outcome);
  }

  /** An error of Holdfast's own that no other try can mend ends the run, any other the pass alone. */
  fail(error: unknown): void {
    if (this.isOver || this.isDeciding) return;
    if (isOwnError(error) && !error.retryable) return this.end({ event: "failed", error });
    this.stop();
    this.#reject(error);
  }

  stop(): void {
    this.isOver = true;
    this.#of.stopAll();
  }

  /** Ends the run, or, where its task has something to say to that, puts the end into the log and calls the hooks. */
  end(ending: Ending): void {
    if (this.isOver || this.isDeciding) return;
    this.isDeciding = true;
    this.#of.stopProgram();
    this.#decide(ending).catch((error: unknown) => {
      this.stop();
      this.#reject(error);
    });
  }

  async #decide(ending: Ending): Promise<void> {
    const { context, cascade, journal, task, enterHooks, metadata } = this.#of;
    await cascade.done();
    const { ended } = journal;
    const draft =
      ended === undefined
        ? await endedDraft(context.ports, task, context.run, ending, metadata())
        : undefined;
    if (draft === undefined) return this.#write(ended === undefined ? ending : endingOf(ended.record));
    await context.writer.write(draft);
    this.isDeciding = false;
    enterHooks();
  }

  async #write(ending: Ending): Promise<void> {
    const { context, journal, inbox, counts, unshown } = this.#of;
    const { ports, run, lease, writer } = context;
    const fields = await unshown();
    // To put anything but plain data into a text can call the author's code.
    if (!writer.isHolding || !("output" in ending && isBareData(ending.output))) await writer.settled();
    const end = await outcome(ports, ending);
    // Whoever resumes the run, or looks for what went wrong, finds all records in the journal.
    if (end.event !== "completed") await writer.settled();
    if (this.isOver) return;
    const last = writer.take();
    this.stop();
    const head = { ...counts(), ...fields };
    const applied = await writeEnd(ports, run, lease, journal, head, end, inbox, last);
    this.#resolve(applied ? "finished" : "superseded");
  }
}
