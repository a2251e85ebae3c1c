/**
 * How a call of somebody else's function is made, as a plain call and as a unit.
 */
import type { Sort } from "./ask.ts";
import { type Callable, callForeign } from "./authored.ts";
import { noteReturned } from "./borrowed.ts";
import { follow, type Segment } from "./chain.ts";
import { CurrentRun, currentRun } from "./current-run.ts";
import { isOpening, openFile } from "./file-handles.ts";
import { isStreaming, withoutErrors } from "./file-streams.ts";
import type { Frame, Site } from "./frame.ts";
import { frameContext } from "./frame-context.ts";
import { handleKeys, isClosingCall, isHandle, isSetUpCall } from "./handle.ts";
import { Inputs } from "./inputs.ts";
import { wasPutBack } from "./kept-files.ts";
import { isMoving } from "./moving.ts";
import { type Part, transactionsOf } from "./transactions.ts";
import type { Making } from "./unit-making.ts";
import { withFrame } from "./virtual.ts";
import type { LiveCall } from "./watch.ts";

/** A call in the author's code, as `runtime.ts` decides about it. */
export type CallInFrame = (
  frame: Frame,
  site: Site,
  thisArg: unknown,
  fn: unknown,
  args: readonly unknown[],
  tail: readonly Segment[],
) => unknown;

/** A call as the author wrote it, with its arguments evaluated. */
export interface Call {
  readonly frame: Frame;
  readonly site: Site;
  readonly thisArg: unknown;
  readonly fn: Callable;
  readonly args: readonly unknown[];
  readonly tail: readonly Segment[];
  /** Looks at the next call of the chain. */
  readonly next: CallInFrame;
}

const nativeFetch: unknown = globalThis.fetch;

/** Makes the call for real, as the inside of a unit. Where its value is awaited the clock is real: signatures need it. */
export function perform(call: Call, key: string, args: readonly unknown[], isRetry: boolean): unknown {
  const { context, journal } = call.frame.execution;
  const { watch } = context.ports;
  if (watch === undefined) return performed(call, key, args, isRetry);
  const { site, fn, thisArg } = call;
  const live: LiveCall = {
    key,
    gen: journal.generation(key),
    fn,
    place: { name: site.name, at: site.at },
    isUnit: isRetry,
    hasTail: call.tail.length > 0,
    isAwaited: site.awaited,
    isMoving: isMoving(thisArg, methodOf(site)),
  };
  return watch.around(live, () => performed(call, key, args, isRetry));
}

/** How a file is opened, which each pass does anew; undefined: the function opens none. */
function opener(
  fn: unknown,
  { execution }: Frame,
  key: string,
  open: (args: readonly unknown[]) => unknown,
  args: readonly unknown[],
): (() => unknown) | undefined {
  const { journal, context } = execution;
  if (isStreaming(fn)) return execution.replaying ? () => withoutErrors(open(args)) : undefined;
  if (!isOpening(fn)) return undefined;
  const record = journal.at(journal.settled(key, journal.generation(key)) ?? 0)?.record;
  return () => openFile(open, args, record?.kind === "marker", (path) => wasPutBack(context.spilled, path));
}

function performed(called: Call, key: string, args: readonly unknown[], isRetry: boolean): unknown {
  const { frame, thisArg, fn, site } = called;
  const { libraries } = frame.execution;
  const inside = libraries.answers.within(fn, thisArg) ?? new CurrentRun(frame.execution, key, called);
  const apply = (given: readonly unknown[]): unknown => Reflect.apply(fn, thisArg, given);
  const call = opener(fn, frame, key, apply, args) ?? (() => apply(args));
  const make = () => currentRun.run(inside, () => callForeign(call));
  libraries.calls.calling(key);
  if (libraries.hasKept) libraries.jobs.note(inside);
  inside.isCalling = true;
  try {
    return site.awaited || isRetry ? make() : withFrame(frameContext(frame), make);
  } finally {
    inside.isCalling = false;
    libraries.calls.returned(key);
  }
}

/** Makes a call that never is a unit. */
export function performAtOnce({ frame, thisArg, fn }: Call, args: readonly unknown[]): unknown {
  return withFrame(frameContext(frame), () => callForeign(() => Reflect.apply(fn, thisArg, args)));
}

/** The rest of a chain whose beginning yields a promise belongs to the unit. */
export const settle = (value: unknown, call: Call): unknown => follow(value, call.tail);

/** What the call is to a transaction by hand. */
export const partOf = (call: Call, key: string): Part | undefined =>
  transactionsOf(call.frame.execution).part(call, key);

/** How the call is made as a unit. Most are answered by a record: nothing is looked at here that only a live call needs. */
export function makingOf(
  call: Call,
  key: string,
  sort: Sort,
  invoke: () => unknown,
  part: Part | undefined,
): Making {
  const { frame, site, thisArg, fn, args } = call;
  const method = methodOf(site);
  const isObject = (typeof thisArg === "object" && thisArg !== null) || typeof thisArg === "function";
  const handle = isObject ? handleKeys.get(thisArg) : undefined;
  noteReturned(frame.execution, method, thisArg, args);
  return {
    sort,
    place: { name: site.name, at: site.at },
    invoke,
    isPerformed: true,
    args,
    inputs: new Inputs(args, thisArg),
    // A failed iterator is over: only the next attempt, which makes it again, can get further.
    isFinal: isMoving(thisArg, method)
      ? () => true
      : (error) => frame.execution.libraries.calls.threw(key, error),
    receiver: isObject ? thisArg : undefined,
    setUp: isObject && isSetUpCall(method) && isHandle(thisArg),
    escapes: site.escapes,
    handle,
    closes: isClosingCall(method) ? handle : undefined,
    safe: isSafeFetch(fn, args),
    part,
  };
}

/** The last part of a call's name. */
export const methodOf = ({ name }: Site): string => name.slice(name.lastIndexOf(".") + 1);

/** A plain `fetch` with GET or HEAD: HTTP calls these safe to repeat (RFC 9110, 9.2.1). */
function isSafeFetch(fn: unknown, args: readonly unknown[]): boolean {
  if (fn !== nativeFetch && fn !== globalThis.fetch) return false;
  const [input, init] = args as [unknown, { method?: string } | undefined];
  const method = init?.method ?? (input instanceof Request ? input.method : "GET");
  return /^(?:get|head)$/i.test(method);
}
