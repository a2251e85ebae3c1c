/**
 * Reads a run's inbox during a pass, and writes what is new in it into the log.
 *
 * Owns:      the `news` that has been read, and which items have been taken.
 * Invariant: I1 `news` is read before the items, so that a suspend on it misses none. I2 an item is appended to the
 *            journal before it is delivered.
 */
import type { Execution } from "./execution.ts";
import { isWatch, recordOf } from "./inbox.ts";
import type { Journal } from "./journal.ts";
import type { Ports } from "./ports.ts";
import type { Run } from "./run.ts";
import type { Draft, Writer } from "./writer.ts";

export class InboxReader {
  readonly #ports: Ports;
  readonly #run: Run;
  readonly #journal: Journal;
  readonly #writer: Writer;
  readonly #taken = new Set<string>();
  /** The `news` of the last reading. */
  news = 0;
  isReading = false;
  /** Somebody who is not the parent waits for this run's end. */
  hasWaiters = false;
  #isAskedAgain = false;

  constructor(ports: Ports, run: Run, journal: Journal, writer: Writer) {
    this.#ports = ports;
    this.#run = run;
    this.#journal = journal;
    this.#writer = writer;
  }

  /** Reads, and reads again if it was asked to meanwhile. */
  async read(execution: Execution | undefined): Promise<void> {
    if (this.isReading) {
      this.#isAskedAgain = true;
      return;
    }
    this.isReading = true;
    try {
      do {
        this.#isAskedAgain = false;
        await this.#once(execution);
      } while (this.#isAskedAgain);
    } finally {
      this.isReading = false;
    }
  }

  async #once(execution: Execution | undefined): Promise<void> {
    const head = await this.#ports.store.read(this.#run.id);
    const items = await this.#ports.store.inbox(this.#run.id);
    this.hasWaiters ||= items.some(isWatch);
    const drafts = items.flatMap((item) => {
      if (this.#taken.has(item.id)) return [];
      this.#taken.add(item.id);
      return recordOf(item, this.#journal, (key) => execution?.asked.get(key)?.options) ?? [];
    });
    // One after the other, where their order counts: a crash may take a record and leave the one behind it.
    let before: Promise<unknown> = Promise.resolve();
    const write = (draft: Draft): Promise<unknown> => {
      if (draft.kind !== "message") return this.#writer.write(draft);
      before = before.then(() => this.#writer.write(draft));
      return before;
    };
    await Promise.all(drafts.map(write));
    this.news = head?.news ?? this.news;
  }
}
