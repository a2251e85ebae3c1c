/**
 * One run at a time: a run takes the environment, the temporary folder and the rejections of the process over.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { HoldfastError } from "../engine/errors.ts";
import { currentLife } from "./resources.ts";

const within = new AsyncLocalStorage<true>();
let last: Promise<unknown> = Promise.resolve();

/** Does `work` when all that was asked for before is done. @throws HoldfastError HF702 within such work */
export async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (within.getStore() || currentLife.getStore() !== undefined) {
    throw new HoldfastError(
      "HF702",
      "A testkit was asked to run a task within a run.",
      "Start children with trigger() or triggerAndWait() there; use the testkit outside of tasks, stubs and reset().",
    );
  }
  const mine = last.then(() => within.run(true, work));
  last = mine.catch(() => {});
  return mine;
}
