/**
 * `usage`, `heartbeats.yield`, `timeout.signal`, `waitUntil` and the logger's spans inside a run.
 *
 * Invariant: a function that is measured or traced has a frame of its own; it is no unit.
 */
import { type Callable, handOver } from "../engine/authored.ts";
import { counted } from "../engine/counted.ts";
import type { Frame, Site } from "../engine/frame.ts";
import { isThenable, know } from "../engine/promises.ts";
import { passMillisecond } from "../engine/run-clock.ts";
import { toRunError } from "../engine/run-error.ts";
import { type Span, type SpanOptions, spanOf } from "./span.ts";
import { type CurrentUsage, currentUsage } from "./usage.ts";

function getCurrent({ execution }: Frame): CurrentUsage {
  const { run } = execution.context;
  const began = run.startedAt ?? run.createdAt;
  return currentUsage(execution.now - (execution.journal.enteredAt ?? began), execution.now - began);
}

function measure(frame: Frame, site: Site, args: readonly unknown[]): Promise<unknown> {
  const { execution } = frame;
  const began = execution.now;
  const inner = frame.child(frame.next(site.id));
  const work = async (): Promise<unknown> => {
    const result = await handOver(inner, args[0] as Callable, undefined, []);
    return { result, compute: { costInCents: 0, durationMs: execution.now - began } };
  };
  return know(work());
}

/** Takes a millisecond of the run's time, as a timer of 0 does elsewhere: a loop that looks at the clock comes to its end. */
function yieldTurn({ execution }: Frame): Promise<void> {
  passMillisecond(execution.clock);
  const turn = (): Promise<void> => new Promise((resolve) => execution.context.ports.clock.turn(resolve));
  return know(counted(execution, turn));
}

function tell({ execution, isSilent }: Frame, what: string, error: unknown): void {
  const { name, message, stack } = toRunError(error);
  if (!isSilent) execution.context.print("error", [what, stack ?? `${name}: ${message}`]);
}

function waitUntil(frame: Frame, _site: Site, args: readonly unknown[]): void {
  (args[0] as PromiseLike<unknown>).then(undefined, (error: unknown) => tell(frame, "waitUntil:", error));
}

function startSpan(frame: Frame, _site: Site, args: readonly unknown[]): Span {
  const print = (line: readonly unknown[]): void => {
    if (!frame.isSilent) frame.execution.context.print("debug", line);
  };
  return spanOf(String(args[0]), print, args[1] as SpanOptions | undefined);
}

function trace(frame: Frame, site: Site, args: readonly unknown[]): unknown {
  const [name, fn, options] = args as [string, Callable, SpanOptions?];
  const span = startSpan(frame, site, [name, options]);
  const inner = frame.child(frame.next(site.id));
  const made = handOver(inner, fn, undefined, [span]);
  if (!isThenable(made)) {
    span.end();
    return made;
  }
  return know(Promise.resolve(made).finally(() => span.end()));
}

/** What the SDK's functions do, by name. */
export const usageFunctions = {
  "usage.getCurrent": getCurrent,
  "usage.measure": measure,
  "heartbeats.yield": yieldTurn,
  "timeout.signal": ({ execution }: Frame) => execution.context.signal,
  waitUntil,
  "logger.trace": trace,
  "logger.startSpan": startSpan,
};
