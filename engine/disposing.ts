/**
 * `using` and `await using`: disposing of a value is a call like any other, so it is a frame, a unit, or plain.
 *
 * Owns:      the hidden resource that is disposed of in the place of the author's value.
 * Invariant: what is closed in the journal is not made again, and not disposed of again.
 */
import type { Frame, Site } from "./frame.ts";
import { handleKeys, isClosedStandIn } from "./handle.ts";
import { disposeSymbol } from "./live-values.ts";
import type { CallInFrame } from "./making.ts";

/** What `using` gets: an object whose disposal is that of `value`. */
export function disposalOf(
  call: CallInFrame,
  frame: Frame,
  site: Site,
  value: unknown,
  isAsync: boolean,
): object {
  const method = isClosed(frame, value) ? () => undefined : disposerOf(value, isAsync);
  if (typeof method !== "function") throw new TypeError(`${site.name} is not a function`);
  const dispose = (): unknown => call(frame, site, value, method, [], []);
  return { [disposeSymbol(isAsync ? "asyncDispose" : "dispose")]: dispose };
}

function isClosed(frame: Frame, value: unknown): boolean {
  const opened = handleKeys.get(Object(value) as object);
  return isClosedStandIn(value) || (opened !== undefined && frame.execution.journal.isClosed(opened));
}

function disposerOf(value: unknown, isAsync: boolean): unknown {
  const owner = value as Record<symbol, unknown>;
  const own = isAsync ? owner[disposeSymbol("asyncDispose")] : undefined;
  return own ?? owner[disposeSymbol("dispose")];
}
