/**
 * How a run, or a play of it, has ended; and the ports that every play of a finished run has.
 */
import { inspect } from "node:util";
import { comparisonText, decode } from "../../engine/codec.ts";
import { unanswered } from "../../engine/onlooker.ts";
import type { Clock, Spill, Store } from "../../engine/ports.ts";
import { type EndedRecord, fromText } from "../../engine/record.ts";
import type { Run } from "../../engine/run.ts";
import { realClock } from "../clock.ts";

/** How a replay, or the run, has ended. */
export interface End {
  readonly event: string;
  readonly output?: unknown;
  readonly error?: { readonly name: string; readonly message: string; readonly code?: string } | undefined;
}

/** Time as the run had it when it began, going on from there. */
export function timeFrom(startedAt: number): Clock {
  const begun = performance.now();
  return { ...realClock(), now: () => Math.floor(startedAt + performance.now() - begun) };
}

const eventOf: Partial<Record<Run["status"], string>> = {
  COMPLETED: "completed",
  FAILED: "failed",
  CANCELED: "canceled",
  TIMED_OUT: "timedOut",
};

/** How the run has ended. */
export const endOfRun = ({ status, output, error }: Run): End => ({
  event: eventOf[status] ?? status,
  output,
  error,
});

/** How it ends by its record. */
export const endOfRecord = ({ event, value, error }: EndedRecord): End => ({
  event,
  error,
  output: event === "completed" ? value : undefined,
});

/** Are both ends the same to whoever waits for them? */
export function isSame(run: End, replay: End): boolean {
  if (run.event !== replay.event) return false;
  if (run.event === "completed") return isSameOutput(run.output, replay.output);
  if (run.error?.code !== undefined) return run.error.code === replay.error?.code;
  return run.error?.name === replay.error?.name && run.error?.message === replay.error?.message;
}

/** Stacks do not count: they say how the process came there, and no other pass comes there in the same way. */
function isSameOutput(run: unknown, replay: unknown): boolean {
  if (JSON.stringify(run) === JSON.stringify(replay)) return true;
  const [one, other] = [inlineOf(run), inlineOf(replay)];
  if (one === undefined || other === undefined) return false;
  return comparisonText(decode(one)) === comparisonText(decode(other));
}

const inlineOf = (output: unknown): string | undefined =>
  ((output ?? {}) as { readonly inline?: string }).inline;

/** How much of an output is shown. */
const shownChars = 200;

/** An end in words. */
export function told({ event, output, error }: End): string {
  if (event !== "completed") return error === undefined ? event : `${error.name}: ${error.message}`;
  const inline = inlineOf(output);
  const text = inline === undefined ? "a large output" : inspect(decode(inline), { breakLength: Infinity });
  return text.length > shownChars ? `${text.slice(0, shownChars)}…` : text;
}

/** Tells how the program has ended as soon as that is written: what follows (hooks, another attempt) was not to happen. */
export function endingStore<S extends Store>(store: S, settle: (end: End) => void): S {
  return {
    ...store,
    async append(lease, entry) {
      const record = fromText(entry.data);
      const isEnd = record.kind === "ended" || record.kind === "attempt";
      if (!isEnd) return store.append(lease, entry);
      settle(
        record.kind === "ended"
          ? endOfRecord(record)
          : { event: "an attempt that fails", error: record.error },
      );
      return unanswered();
    },
  };
}

/** Nothing is kept, but a reference is as it would be. */
export function readingSpill({ get }: Pick<Spill, "get">): Spill {
  return { get, put: async (text) => (await import("../../engine/spilled.ts")).contentHash(text) };
}
