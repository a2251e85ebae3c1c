/**
 * Connections that an attempt has taken out of a pool. The `finally` that would give them back does not run when another
 * attempt follows (`leaving.ts`), nor when the pass ends with a wait: what goes on then takes its own.
 *
 * Owns:      which of them are out, and giving them back at the end of such an attempt or pass.
 * Never:     gives back what the author's code has given back, nor locks: those stay held.
 */
import { callForeign } from "./authored.ts";
import type { Execution } from "./execution.ts";
import { disposeSymbol, hasMethod, memberOf } from "./live-values.ts";

/** Calls that take a connection out of a pool, by the last part of their names. */
const taking = /(?:^|\.)(?:connect|getConnection|reserve)$/;

/** The same of a pool that alone can take back what it gives (`generic-pool`, `tarn`). A lock has no `drain` and no `destroy`. */
const acquiring = /(?:^|\.)acquire$/;
const isPool = (value: object): boolean =>
  hasMethod(value, "release") && (hasMethod(value, "drain") || hasMethod(value, "destroy"));

/** What is out, and who takes it back: itself, or its pool. */
const known = new WeakMap<Execution, Map<object, object>>();

/** A handle was made by the call of this name on this receiver. */
export function noteBorrowed(execution: Execution, name: string, value: unknown, receiver: unknown): void {
  if (typeof value !== "object" || value === null) return;
  const owner = ownerOf(name, value, receiver);
  if (owner === undefined) return;
  const borrowed = known.get(execution) ?? new Map<object, object>();
  known.set(execution, borrowed.set(value, owner));
}

function ownerOf(name: string, value: object, receiver: unknown): object | undefined {
  const isDisposed =
    hasMethod(value, disposeSymbol("dispose")) || hasMethod(value, disposeSymbol("asyncDispose"));
  if (isDisposed) return undefined;
  if (hasMethod(value, "release")) return taking.test(name) ? value : undefined;
  const isOfPool = typeof receiver === "object" && receiver !== null && isPool(receiver);
  return isOfPool && (acquiring.test(name) || taking.test(name)) ? receiver : undefined;
}

/** The author's code is about to give back or close what it has borrowed: by its method, or by the pool's. */
export function noteReturned(
  execution: Execution,
  method: string,
  thisArg: unknown,
  args: readonly unknown[],
): void {
  const borrowed = known.get(execution);
  if (borrowed === undefined || !/^(?:release|close|end|destroy|terminate)/i.test(method)) return;
  for (const each of [thisArg, ...args]) borrowed.delete(each as object);
}

/** The attempt has ended where its error was thrown, or the pass with a wait, and nothing of it is running. */
export function giveBack(execution: Execution): void {
  for (const [connection, owner] of known.get(execution) ?? []) {
    const release = memberOf(owner, "release");
    if (typeof release !== "function") continue;
    try {
      const args = owner === connection ? [] : [connection];
      const given: unknown = callForeign(() => Reflect.apply(release, owner, args));
      Promise.resolve(given).catch(() => {});
    } catch {
      // It was given back in a way that cannot be seen from here.
    }
  }
  known.delete(execution);
}
