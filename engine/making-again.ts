/**
 * What has a record and is done again all the same: handles, what a transaction did that has not ended, events.
 *
 * Invariant: A1 where a pass only looks ahead nothing of this is done: a name stands for the handle, and the rest is not answered.
 */
import type { Ask } from "./ask.ts";
import { comeAgain } from "./collecting.ts";
import type { Execution } from "./execution.ts";
import type { ResultRecord } from "./record.ts";
import { aheadOf } from "./watch.ts";

/** A handle is made in each pass; a closed one is not. */
export function makeAgain(execution: Execution, ask: Ask, number: number): void {
  const { journal } = execution;
  if (journal.isGone(number) || journal.isClosed(ask.options.handle ?? "")) return;
  if (aheadOf(ask) !== undefined) {
    if (journal.at(number)?.record.kind !== "marker") execution.asked.delete(ask.key);
    return;
  }
  begins(execution, ask);
  ask.options.start(ask);
}

/** Events are waited for in each pass. */
export function waitAgain(execution: Execution, ask: Ask, record: ResultRecord): void {
  if (aheadOf(ask) !== undefined) return void execution.asked.delete(ask.key);
  begins(execution, ask);
  comeAgain(execution.context, ask, record, () => execution.handleMade(ask, undefined));
}

function begins(execution: Execution, ask: Ask): void {
  ask.made = "making";
  execution.making++;
}
