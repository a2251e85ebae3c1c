/**
 * Calls that have a configuration of their own.
 *
 * Invariant: it holds for all that such a call does, to its end, and for nothing else.
 */
import type { AsyncLocalStorage } from "node:async_hooks";
import { builtInModule } from "../engine/built-in-module.ts";
import { HoldfastError } from "../engine/errors.ts";
import { type Configuration, configurationNow, joined, setApart } from "./config.ts";

let storage: AsyncLocalStorage<Configuration> | undefined;

function newStorage(): AsyncLocalStorage<Configuration> {
  const hooks = builtInModule<typeof import("node:async_hooks")>("node:async_hooks");
  if (hooks !== undefined) return new hooks.AsyncLocalStorage();
  throw new HoldfastError(
    "HF506",
    "A TriggerClient or auth.withAuth was used where there is no AsyncLocalStorage, as in a browser.",
    "Call configure() with the address and the token instead.",
  );
}

/** Makes a call, all of which goes by a configuration of its own. @throws HoldfastError HF506, HF514 */
export function calledApart<R>(configuration: Configuration, call: () => R): R {
  storage ??= newStorage();
  setApart(storage);
  return storage.run(joined({}, configuration), call);
}

/** The same, by what holds now with something else in it. @throws HoldfastError HF506, HF514 */
export const calledWith = <R>(configuration: Configuration, call: () => R): R =>
  calledApart(joined(configurationNow(), configuration), call);
