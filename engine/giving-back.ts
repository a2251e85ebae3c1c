/**
 * How a pass gives a run back with work left: put away until it is due, or left to the next pass.
 *
 * Owns:      the writes that do so, one at a time.
 * Invariant: G1 a run is put away only if its inbox has no news that the program has not got. G2 a write that got no answer is
 *            made again as it is, and nothing is begun before it is answered: the run may be another pass's already.
 */
import type { Ask } from "./ask.ts";
import { giveBack } from "./borrowed.ts";
import type { Execution } from "./execution.ts";
import { type HeadWrite, suspend, yieldPass } from "./head-write.ts";
import type { InboxReader } from "./inbox-reader.ts";
import type { Journal } from "./journal.ts";
import type { MachineName } from "./machines.ts";
import type { PassContext } from "./pass-context.ts";
import type { PassEnd } from "./pass-options.ts";
import type { Written } from "./ports.ts";
import type { Run, WaitingFor } from "./run.ts";
import type { ShownKeeper } from "./shown-keeper.ts";

/** What a pass has used up, for the head. */
export type Counts = Pick<Run, "activeMs" | "attempts" | "lastNumber" | "awaitedSince">;

/** A store that did not answer is asked again after this long. */
export const againMs = 1_000;

export class GivingBack {
  readonly #context: PassContext;
  readonly #journal: Journal;
  readonly #inbox: InboxReader;
  readonly #counts: () => Counts;
  readonly #shown: ShownKeeper;
  readonly #finish: (outcome: PassEnd["outcome"]) => void;
  /** A write is under way: nothing else is decided. */
  isOpen = false;

  constructor(
    context: PassContext,
    journal: Journal,
    inbox: InboxReader,
    counts: () => Counts,
    shown: ShownKeeper,
    finish: (outcome: PassEnd["outcome"]) => void,
  ) {
    this.#context = context;
    this.#journal = journal;
    this.#inbox = inbox;
    this.#counts = counts;
    this.#shown = shown;
    this.#finish = finish;
  }

  /** Puts the run away until its earliest wait is due; Infinity: until somebody tells it something. */
  untilDue(execution: Execution, wakeAt: number): void {
    const due = wakeAt === Number.POSITIVE_INFINITY ? undefined : wakeAt;
    // What is read from now on has not reached the program.
    const { news } = this.#inbox;
    this.#open(
      async () => {
        await this.#noteChildren(execution);
        if (!(await this.#putAway(due, news, waitingFor(execution, news), execution))) execution.kick();
      },
      () => execution.kick(),
    );
  }

  /** Puts the run away until its next attempt; `enter` begins it here when there are news. */
  forAttempt(retryAt: number, enter: () => void): void {
    const again = (): void => this.forAttempt(retryAt, enter);
    const { news } = this.#inbox;
    this.#open(async () => {
      if (!(await this.#putAway(retryAt, news, { kind: "retry", count: 1 }, undefined))) enter();
    }, again);
  }

  /** Leaves the next attempt to a pass on another machine, whatever the news. */
  forMachine(machine: MachineName): void {
    this.#open(
      () => this.#leave({ machine }),
      () => this.forMachine(machine),
    );
  }

  /** Leaves the rest to the next pass, which is rung at once. */
  leave(execution: Execution): void {
    this.#open(
      async () => {
        await this.#noteChildren(execution);
        await this.#leave({});
        giveBack(execution);
      },
      () => execution.kick(),
    );
  }

  async #leave(more: Pick<Run, "machine">): Promise<void> {
    const { ports, run, lease } = this.#context;
    const set = { ...(await this.#shown.fields()), ...this.#counts(), ...more };
    const answer = await this.#written(yieldPass(lease, ports.clock.now(), set));
    this.#finish(answer?.applied ? "yielded" : "superseded");
    if (answer?.applied) ports.doorbell.ring(run.id);
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
    news: number,
    why: WaitingFor,
    execution: Execution | undefined,
  ): Promise<boolean> {
    const { ports, lease } = this.#context;
    const set = { wakeAt, waitingFor: why, ...(await this.#shown.fields()), ...this.#counts() };
    const answer = await this.#written(suspend(lease, ports.clock.now(), news, set));
    if (answer?.applied) {
      if (execution !== undefined) giveBack(execution);
      this.#finish("suspended");
    } else if (answer?.run?.epoch !== lease.epoch || answer.run.owner !== lease.owner)
      this.#finish("superseded");
    else {
      this.isOpen = false;
      await this.#inbox.read(execution);
      return false;
    }
    return true;
  }

  /** What became of a write; undefined: the lease has ended before anybody said. */
  async #written(write: HeadWrite): Promise<Written | undefined> {
    const { ports, run } = this.#context;
    while (this.#context.holds()) {
      try {
        return await ports.store.write(run.id, write);
      } catch {
        await new Promise<void>((resolve) => void ports.clock.after(againMs, resolve));
      }
    }
    return undefined;
  }

  /** Children that are created and not yet known to be: no later pass creates them again. */
  async #noteChildren(execution: Execution): Promise<void> {
    const begun = [...execution.asked.values()].filter(
      // One that was asked for when the pass was about to leave waits for nothing yet: it was not begun.
      ({ options: { sort }, key }) =>
        (sort === "child" || sort === "token") && execution.waiting.has(key) && !this.#journal.hasChild(key),
    );
    if (begun.length === 0) return;
    const others = begun.flatMap(({ key, otherRun }) => (otherRun === undefined ? [] : [[key, otherRun]]));
    await this.#context.writer.write({
      kind: "children",
      keys: begun.map(({ key }) => key),
      ...(others.length === 0 ? {} : { others: Object.fromEntries(others) as Record<string, string> }),
    });
  }
}

function waitingFor(execution: Execution, news: number): WaitingFor {
  const asks = [...execution.asked.values()].filter((ask) => execution.waiting.has(ask.key));
  const sorts = new Set(asks.map((ask) => ask.options.sort));
  const kinds = { child: "child", token: "token", message: "message", wait: "timer" } as const;
  const sort = (["child", "token", "message", "wait"] as const).find((each) => sorts.has(each));
  const kind = sort === undefined ? "retry" : kinds[sort];
  return { kind, count: Math.max(1, asks.length), ...untilNews(asks, news) };
}

/** So many ends have to be told before any batch can be complete. */
function untilNews(asks: readonly Ask[], news: number): Pick<WaitingFor, "untilNews"> {
  const left = new Map<string, number>();
  for (const { options } of asks) {
    if (options.batch !== undefined) left.set(options.batch, (left.get(options.batch) ?? 0) + 1);
  }
  return left.size === 0 ? {} : { untilNews: news + Math.min(...left.values()) };
}
