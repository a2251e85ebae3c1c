/**
 * How a pass gives a run back with work left: put away until it is due, or left to the next pass.
 *
 * Owns:      the writes that do so, one at a time.
 * Invariant: G1 a run is put away only if its inbox has no news since it was last read. G2 a write that fails is made
 *            again: the run stays with the pass meanwhile.
 */
import type { Execution } from "./execution.ts";
import { suspend, yieldPass } from "./head-write.ts";
import type { InboxReader } from "./inbox-reader.ts";
import type { Journal } from "./journal.ts";
import type { PassContext } from "./pass-context.ts";
import type { PassEnd } from "./pass-options.ts";
import type { Run, WaitingFor } from "./run.ts";

/** What a pass has used up, for the head. */
export type Counts = Pick<Run, "activeMs" | "attempts" | "lastNumber">;

const againMs = 1_000;

export class GivingBack {
  readonly #context: PassContext;
  readonly #journal: Journal;
  readonly #inbox: InboxReader;
  readonly #counts: () => Counts;
  readonly #finish: (outcome: PassEnd["outcome"]) => void;
  /** A write is under way: nothing else is decided. */
  isOpen = false;

  constructor(
    context: PassContext,
    journal: Journal,
    inbox: InboxReader,
    counts: () => Counts,
    finish: (outcome: PassEnd["outcome"]) => void,
  ) {
    this.#context = context;
    this.#journal = journal;
    this.#inbox = inbox;
    this.#counts = counts;
    this.#finish = finish;
  }

  /** Puts the run away until its earliest wait is due; Infinity: until somebody tells it something. */
  untilDue(execution: Execution, wakeAt: number): void {
    const due = wakeAt === Number.POSITIVE_INFINITY ? undefined : wakeAt;
    this.#open(
      async () => {
        await this.#noteChildren(execution);
        if (!(await this.#putAway(due, waitingFor(execution), execution))) execution.kick();
      },
      () => execution.kick(),
    );
  }

  /** Puts the run away until its next attempt; `enter` begins it here when there are news. */
  forAttempt(retryAt: number, enter: () => void): void {
    const again = (): void => this.forAttempt(retryAt, enter);
    this.#open(async () => {
      if (!(await this.#putAway(retryAt, { kind: "retry", count: 1 }, undefined))) enter();
    }, again);
  }

  /** Leaves the rest to the next pass, which is rung at once. */
  leave(execution: Execution): void {
    this.#open(
      async () => {
        await this.#noteChildren(execution);
        const { ports, run, lease } = this.#context;
        const { applied } = await ports.store.write(
          run.id,
          yieldPass(lease, ports.clock.now(), this.#counts()),
        );
        this.#finish(applied ? "yielded" : "superseded");
        if (applied) ports.doorbell.ring(run.id);
      },
      () => execution.kick(),
    );
  }

  #open(write: () => Promise<void>, again: () => void): void {
    this.isOpen = true;
    write()
      .catch(() => void this.#context.ports.clock.after(againMs, again))
      .finally(() => {
        this.isOpen = false;
      });
  }

  /** False: there are news, and the run goes on in this pass. */
  async #putAway(
    wakeAt: number | undefined,
    why: WaitingFor,
    execution: Execution | undefined,
  ): Promise<boolean> {
    const { ports, run, lease } = this.#context;
    const set = { wakeAt, waitingFor: why, ...this.#counts() };
    const answer = await ports.store.write(run.id, suspend(lease, ports.clock.now(), this.#inbox.news, set));
    if (answer.applied) this.#finish("suspended");
    else if (answer.run?.epoch !== lease.epoch || answer.run.owner !== lease.owner)
      this.#finish("superseded");
    else {
      this.isOpen = false;
      await this.#inbox.read(execution);
      return false;
    }
    return true;
  }

  /** Children that are created and not yet known to be: no later pass creates them again. */
  async #noteChildren(execution: Execution): Promise<void> {
    const keys = [...execution.asked.values()]
      .filter((ask) => ask.options.sort === "child" && !this.#journal.hasChild(ask.key))
      .map((ask) => ask.key);
    if (keys.length > 0) await this.#context.writer.write({ kind: "children", keys });
  }
}

function waitingFor(execution: Execution): WaitingFor {
  const asks = [...execution.asked.values()].filter((ask) => execution.waiting.has(ask.key));
  const sorts = new Set(asks.map((ask) => ask.options.sort));
  const kinds = { child: "child", token: "token", wait: "timer" } as const;
  const sort = (["child", "token", "wait"] as const).find((each) => sorts.has(each));
  return { kind: sort === undefined ? "retry" : kinds[sort], count: Math.max(1, asks.length) };
}
