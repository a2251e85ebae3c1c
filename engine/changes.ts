/**
 * What recorded calls did to their inputs, made again at the moments at which it was recorded: the author's own changes
 * before and behind such a moment come out as they did.
 *
 * Owns:      the changes that lie ahead.
 */
import type { Ask } from "./ask.ts";
import { changeAgain } from "./outcome.ts";
import type { Moment, ResultRecord } from "./record.ts";
import type { SpilledValues } from "./spilled-values.ts";

interface Ahead {
  readonly ask: Ask;
  readonly record: ResultRecord;
  readonly at: Moment;
}

const compare = (a: Moment, b: Moment): number => a.after - b.after || a.order - b.order;

export class Changes {
  readonly #spilled: SpilledValues;
  readonly #ahead: Ahead[] = [];

  constructor(spilled: SpilledValues) {
    this.#spilled = spilled;
  }

  /** A recorded call was asked for. */
  expect(ask: Ask, record: ResultRecord): void {
    if (record.changes === undefined) return;
    ask.options.inputs?.noteHeld();
    if (record.changedAt === undefined) return;
    this.#ahead.push({ ask, record, at: record.changedAt });
    this.#ahead.sort((a, b) => compare(a.at, b.at));
  }

  /** Makes what belongs to the moments until `now`, and before `event`. False: a text is still being read. */
  make(now: Moment, event: Moment | undefined): boolean {
    for (let next = this.#ahead[0]; next !== undefined; next = this.#ahead[0]) {
      const { ask, record, at } = next;
      if (compare(at, now) > 0 || (event !== undefined && compare(event, at) < 0)) return true;
      if (!ask.settled && record.changes !== undefined && !this.#spilled.has(record.changes)) return false;
      this.#ahead.shift();
      if (!ask.settled) changeAgain(ask, record, this.#spilled);
    }
    return true;
  }
}
