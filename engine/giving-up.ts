/**
 * A child that its parent waits for until a signal of the author's aborts.
 *
 * Owns:      what the abort does: the child is canceled, unless it is to go on, and the await ends with an AbortError.
 * Invariant: the child is canceled before the await has its record: behind a crash in between the abort comes again, as the
 *            program does.
 */
import type { Ask } from "./ask.ts";
import { encode } from "./codec.ts";

/** When and how. */
export interface GivingUp {
  readonly signal: AbortSignal;
  /** Ends the child, if there is one that this await has started. */
  readonly cancel: (() => Promise<void>) | undefined;
}

/** What the await ends with. */
export const abortError = (): Error => new DOMException("Aborted", "AbortError");

/** Writes that the await has ended. */
function write(ask: Ask): void {
  const { key, gen, options, frame } = ask;
  const { context, waiting } = frame.execution;
  const { place, sort } = options;
  waiting.delete(key);
  const value = { inline: encode(abortError()).text };
  context.writer
    .write({ kind: "result", ok: false, sort, key, gen, place, value })
    .then(() => frame.execution.kick());
}

/** Listens to the signal. True: it has aborted before, and nothing is to be begun. */
export function givesUp(ask: Ask, { signal, cancel }: GivingUp): boolean {
  if (signal.aborted) write(ask);
  else signal.addEventListener("abort", () => give(ask, cancel), { once: true });
  return signal.aborted;
}

function give(ask: Ask, cancel: GivingUp["cancel"]): void {
  const { execution } = ask.frame;
  const isOver = (): boolean => execution.stopped || ask.settled;
  if (isOver()) return;
  if (cancel === undefined) return write(ask);
  execution.running++;
  cancel().then(
    () => {
      execution.running--;
      if (isOver()) execution.kick();
      else write(ask);
    },
    (error: unknown) => execution.context.fail(error),
  );
}
