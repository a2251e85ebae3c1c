/**
 * Connections that an attempt has taken out of a pool. The `finally` that would give them back does not run when another
 * attempt follows (`leaving.ts`), and that one takes its own.
 *
 * Owns:      which of them are out, and giving them back at the end of such an attempt.
 * Never:     gives back what the author's code has given back, nor locks: those stay held.
 */
import { callForeign } from "./authored.ts";
import type { Execution } from "./execution.ts";
import { disposeSymbol, hasMethod, memberOf } from "./live-values.ts";

/** Calls that take a connection out of a pool, by the last part of their names. */
const taking = /(?:^|\.)(?:connect|getConnection|reserve)$/;

const known = new WeakMap<Execution, Set<object>>();

/** A handle was made by the call of this name. */
export function noteBorrowed(execution: Execution, name: string, value: unknown): void {
  if (typeof value !== "object" || value === null || !taking.test(name)) return;
  const isDisposed =
    hasMethod(value, disposeSymbol("dispose")) || hasMethod(value, disposeSymbol("asyncDispose"));
  if (isDisposed || !hasMethod(value, "release")) return;
  const borrowed = known.get(execution) ?? new Set();
  known.set(execution, borrowed.add(value));
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

/** The attempt has ended where its error was thrown, and nothing of it is running. */
export function giveBack(execution: Execution): void {
  for (const connection of known.get(execution) ?? []) {
    const release = memberOf(connection, "release");
    if (typeof release !== "function") continue;
    try {
      const given: unknown = callForeign(() => Reflect.apply(release, connection, []));
      Promise.resolve(given).catch(() => {});
    } catch {
      // It was given back in a way that cannot be seen from here.
    }
  }
  known.delete(execution);
}
