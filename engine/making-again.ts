/**
 * What has a record and is done again all the same: handles, what a transaction did that has not ended, events.
 *
 * Invariant: A1 where a pass only looks ahead nothing of this is done: a name stands for the handle, and the rest is not answered.
 */
import type { Ask } from "./ask.ts";
import { comeAgain } from "./collecting.ts";
import { HoldfastError } from "./errors.ts";
import type { Execution } from "./execution.ts";
import type { ResultRecord } from "./record.ts";
import { aheadOf } from "./watch.ts";

/** A handle is made in each pass; a closed one is not. */
export function makeAgain(execution: Execution, ask: Ask, number: number): void {
  const { journal } = execution;
  if (journal.isGone(number) || journal.isClosed(ask.options.handle ?? "")) return;
  if (ask.options.isOwn === true) return waitForOwn(execution, ask, number);
  if (aheadOf(ask) !== undefined) {
    if (journal.at(number)?.record.kind !== "marker") execution.asked.delete(ask.key);
    return;
  }
  begins(execution, ask);
  ask.options.start(ask);
}

/** The author's own code settles it, once it has got as far: nobody waits for it before, and a pass that looks ahead has it as well. */
function waitForOwn(execution: Execution, ask: Ask, number: number): void {
  ask.made = "making";
  ask.options.start(ask);
  const { context } = execution;
  const look = (): void => {
    if (execution.stopped || ask.settled || ask.made !== "making") return;
    if (execution.cursor < number || execution.running > 0 || execution.making > 0) return wait();
    const { name, at } = ask.options.place;
    const why = "What has settled it before is not there any more, or waits for something that never comes.";
    context.fail(new HoldfastError("HF304", `${name} at ${at} did not settle again.`, why));
  };
  const wait = (): void => void context.ports.clock.after(patienceMs, look);
  wait();
}

/** What the program does by itself is done in less, once the log has got there. */
const patienceMs = 10_000;

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
