/**
 * Which call something belongs to, and what packages put around the author's functions (`AsyncLocalStorage`).
 *
 * A function that a call was given begins in a turn of its own, and behind a crash without that call: a store that the call has
 * put around it is not there.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { LiveCall } from "../../engine/watch.ts";

/** A call that is made for real. */
export type MadeCall = Pick<LiveCall, "key" | "place">;

const { run, getStore, enterWith } = AsyncLocalStorage.prototype;
const inside = new AsyncLocalStorage<MadeCall>();

/** The call within which something happens. */
export const insideCall = {
  run: <R>(call: MadeCall, make: () => R): R => run.call(inside, call, make) as R,
  /** Undefined in code that is no call's. */
  get: (): MadeCall | undefined => getStore.call(inside) as MadeCall | undefined,
};

/** Stores that were put around something outside of calls: the engine's own. */
const engines = new WeakSet<object>();
const putBy = new WeakMap<object, Set<string>>();

function notePut(store: object): void {
  const { key } = insideCall.get() ?? {};
  if (key === undefined) engines.add(store);
  else putBy.set(store, (putBy.get(store) ?? new Set()).add(key));
}

/** Looks at all stores of this process from now on. `lost` is told which call has put one around a function that does not find it. */
export function watchStores(lost: (key: string) => void): void {
  const prototype = AsyncLocalStorage.prototype as AsyncLocalStorage<unknown>;
  prototype.run = function (this: AsyncLocalStorage<unknown>, ...given: unknown[]): never {
    notePut(this);
    return Reflect.apply(run, this, given) as never;
  };
  prototype.enterWith = function (this: AsyncLocalStorage<unknown>, store: unknown): void {
    notePut(this);
    enterWith.call(this, store);
  };
  prototype.getStore = function (this: AsyncLocalStorage<unknown>): unknown {
    const found = getStore.call(this);
    if (found === undefined && !engines.has(this)) {
      const { key } = insideCall.get() ?? {};
      const call = [...(putBy.get(this) ?? [])].find((each) => key?.startsWith(`${each}>f`) === true);
      if (call !== undefined) lost(call);
    }
    return found;
  };
}
