/**
 * Hands a cancel on to a run's children.
 *
 * Owns:      who they are: those that are waited for, and, where somebody asked for the cancel, those that are not.
 * Never:     cancels a run that an idempotency key has only found.
 * Invariant: a run does not end before its cancel has been handed on; made again after a crash, it changes nothing.
 */
import type { Ask } from "./ask.ts";
import { decode } from "./codec.ts";
import { isOwnError } from "./errors.ts";
import { Gate } from "./gate.ts";
import type { Journal } from "./journal.ts";
import { textOf } from "./new-run.ts";
import type { Ports } from "./ports.ts";
import type { CancelRecord } from "./record.ts";
import { cancelRun } from "./starting.ts";

/** What the record of a trigger says of a run. */
interface Handle {
  readonly id: string;
  readonly isCached: boolean;
}

export class Cascade {
  readonly #ports: Ports;
  readonly #journal: Journal;
  readonly #gate = new Gate(16);
  readonly #open: Promise<void>[] = [];

  constructor(ports: Ports, journal: Journal) {
    this.#ports = ports;
    this.#journal = journal;
  }

  /** `pending`: what the cancel has settled. A run that has used up its time leaves alone what it does not wait for. */
  handOn({ reason }: CancelRecord, pending: readonly Ask[]): void {
    for (const { options } of pending) {
      if (options.sort !== "child" && reason !== "canceled") continue;
      for (const id of options.childIds ?? []) void this.cancel(id);
    }
    if (reason === "canceled") this.#hold(this.#started());
  }

  /** Cancels a child. One that has not come to be needs no cancel. */
  cancel(runId: string): Promise<void> {
    const isUnknown = (error: unknown): boolean => isOwnError(error) && error.code === "HF208";
    return this.#hold(
      this.#gate
        .through(() => cancelRun(this.#ports, runId))
        .then(
          () => {},
          (error: unknown) => {
            if (!isUnknown(error)) throw error;
          },
        ),
    );
  }

  /** Resolves when it has been handed on to all. */
  async done(): Promise<void> {
    for (let index = 0; index < this.#open.length; index++) await this.#open[index];
  }

  #hold(work: Promise<void>): Promise<void> {
    work.catch(() => {});
    this.#open.push(work);
    return work;
  }

  /** The runs that were started and are not waited for. */
  async #started(): Promise<void> {
    for (let number = 1; number <= this.#journal.last; number++) {
      const entry = this.#journal.at(number);
      if (entry === undefined || entry.isVoid) continue;
      const { record } = entry;
      if (record.kind !== "result" || record.sort !== "trigger" || !record.ok) continue;
      const value = decode(await textOf(this.#ports, record.value)) as Handle | { runs: readonly Handle[] };
      for (const { id, isCached } of "runs" in value ? value.runs : [value]) {
        if (!isCached) void this.cancel(id);
      }
    }
  }
}
