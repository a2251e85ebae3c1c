/**
 * What transformed code calls: `holdfast/runtime`.
 *
 * Owns:      the decision, at each call, between a frame, a unit, a library call and a plain call.
 * Never:     does anything of its own when there is no frame: outside a run, code behaves as written.
 * Invariant: R1 arguments are evaluated before anything is skipped. R2 a call with a record is never made.
 */
import {
  authored,
  type Callable,
  callForeign,
  handOver,
  handOverNew,
  isAsyncItself,
  isWrappable,
  peekFrame,
  takeFrame,
} from "./authored.ts";
import { noteConstructed, noteParts } from "./belonging.ts";
import { callWithin, constructWithin } from "./by-hand.ts";
import { follow, type Segment } from "./chain.ts";
import { makePromise, noteFollowing } from "./collecting.ts";
import { printFor } from "./console.ts";
import { currentRun } from "./current-run.ts";
import { disposalOf } from "./disposing.ts";
import { durableOf } from "./durable.ts";
import { idempotencyKeyOf } from "./fingerprint.ts";
import { foreignCall } from "./foreign-call.ts";
import type { Frame, Site } from "./frame.ts";
import { frameContext } from "./frame-context.ts";
import { isOwnMove, noteGenerator } from "./generators.ts";
import { handleKeys } from "./handle.ts";
import { brokenBy, iterated } from "./iterating.ts";
import { join } from "./join.ts";
import type { Owner } from "./kept-function.ts";
import { behindHeld } from "./last-record.ts";
import { asOwn, followOwn, makeOwn } from "./own-promises.ts";
import { bindCounted, bindKept, isChaining, isCombinator, isSettledMaker, matters } from "./passing.ts";
import { isEager, isKnown, isThenable, know } from "./promises.ts";
import { neverAnswered } from "./stopped.ts";
import { keepMethods } from "./stream-methods.ts";
import { tellUnframed } from "./unframed.ts";
import { withFrame } from "./virtual.ts";
import { noteWebStream } from "./web-streams.ts";

export { blame } from "./blame.ts";
export { promise } from "./by-hand.ts";
export type { Segment } from "./chain.ts";
export type { Frame, Site } from "./frame.ts";
export { join } from "./join.ts";
export { leaving, never } from "./leaving.ts";
export { seededIds } from "./seeded-ids.ts";
export { type SiteRow, sites } from "./sites.ts";

/** The first statement of an author's function. */
export function enter(functionSite: string, lexical: Frame | null): Frame | null {
  const at = functionSite.lastIndexOf(":");
  return takeFrame(functionSite.slice(at + 1), lexical, functionSite[at - 1] === "l");
}

/** The frame for a call in a parameter's default. */
export function peek(lexical: Frame | null): Frame | null {
  return peekFrame(lexical);
}

/** The arguments of a tagged template as a call gets them. */
export function template(strings: TemplateStringsArray, ...values: unknown[]): unknown[] {
  return [strings, ...values];
}

/** A call in the author's code. */
export function call(
  frame: Frame | null,
  site: Site,
  thisArg: unknown,
  fn: unknown,
  args: readonly unknown[],
  tail?: readonly Segment[],
): unknown {
  if (typeof fn !== "function") throw new TypeError(`${site.name} is not a function`);
  if (frame === null) return unframed(Reflect.apply(fn, thisArg, args), tail);
  const { execution, byHand } = frame;
  if (execution.stopped) return neverAnswered(execution);
  if (site.awaited && execution.context.writer.isOpenEnded)
    return behindHeld(execution, () => call(frame, site, thisArg, fn, args, tail));
  if (byHand?.isWhole === true && !byHand.opensAt(site, fn, args))
    return callWithin(frame, site, thisArg, fn, args, tail);
  const special = durableCall(frame, site, fn, args) ?? authoredCall(frame, site, thisArg, fn, args);
  if (special !== undefined) return joined(frame, site, callTail(frame, site, special.value, tail));
  const passed = promiseCall(frame, site, thisArg, fn, args);
  if (passed !== undefined) return joined(frame, site, callTail(frame, site, passed.value, tail));
  if (thisArg === console && printFor(frame, fn, args)) return undefined;
  const made = foreignCall({ frame, site, thisArg, fn, args, tail: tail ?? [], next: call });
  byHand?.noteCall(fn, args, made);
  return made;
}

function unframed(made: unknown, tail: readonly Segment[] | undefined): unknown {
  if (isThenable(made)) tellUnframed();
  return follow(made, tail);
}

type Answer = { readonly value: unknown } | undefined;

/** A function of the SDK. */
function durableCall(frame: Frame, site: Site, fn: Callable, args: readonly unknown[]): Answer {
  const inFrame = durableOf(fn);
  return inFrame === undefined ? undefined : { value: inFrame(frame, site, args) };
}

/** A function of the author's, also by way of its `call` and `apply`. */
function authoredCall(
  frame: Frame,
  site: Site,
  thisArg: unknown,
  fn: Callable,
  args: readonly unknown[],
): Answer {
  if (authored(fn) !== null) return { value: enterFrame(frame, site, thisArg, fn, args) };
  if (fn !== Function.prototype.call && fn !== Function.prototype.apply) return undefined;
  if (authored(thisArg) === null) return undefined;
  const list =
    fn === Function.prototype.call ? args.slice(1) : [...((args[1] as unknown[] | undefined) ?? [])];
  return { value: enterFrame(frame, site, args[0], thisArg as Callable, list) };
}

/** Promise's own functions. */
function promiseCall(
  frame: Frame,
  site: Site,
  thisArg: unknown,
  fn: Callable,
  args: readonly unknown[],
): Answer {
  if (thisArg === Promise && isCombinator(fn)) return { value: combine(frame, site, fn, args) };
  if (thisArg === Promise && isSettledMaker(fn)) return { value: settledPromise(fn, args) };
  if (isOwnMove(thisArg, fn)) return { value: know(Reflect.apply(fn, thisArg, args) as Promise<unknown>) };
  if (thisArg instanceof Promise && isChaining(fn)) return { value: chain(frame, site, thisArg, fn, args) };
  return undefined;
}

/** The rest of a chain behind a frame or a plain value: each call in it is a call of its own. */
function callTail(frame: Frame, site: Site, value: unknown, tail: readonly Segment[] | undefined): unknown {
  if (tail === undefined || tail.length === 0) return value;
  const [[property, args], ...rest] = tail as [Segment, ...Segment[]];
  const owner = value as Record<PropertyKey, unknown>;
  if (args === undefined) return callTail(frame, site, owner[property as PropertyKey], rest);
  const fn = property === undefined ? owner : owner[property];
  return call(frame, site, property === undefined ? undefined : owner, fn, args, rest);
}

function enterFrame(
  frame: Frame,
  site: Site,
  thisArg: unknown,
  fn: Callable,
  args: readonly unknown[],
): unknown {
  const child = frame.child(frame.next(site.id), site.escapes);
  child.calledAt = site;
  const isAsync = authored(fn)?.isAsync === true;
  if (isAsync) frame.lastBegun = ++frame.execution.begun;
  const result = handOver(child, fn, thisArg, args);
  return isAsyncItself(fn) && isEager(result) ? know(result) : noteGenerator(fn, result);
}

/** An author's plain function, or a chain, may give a promise of unknown origin: it is recorded where it is awaited. */
function joined(frame: Frame, site: Site, value: unknown): unknown {
  return site.awaited ? join(frame, site, value) : value;
}

function combine(frame: Frame, site: Site, fn: Callable, args: readonly unknown[]): Promise<unknown> {
  const elements = [...(args[0] as Iterable<unknown>)].map((element) => join(frame, site, element));
  return know(Reflect.apply(fn, Promise, [elements]) as Promise<unknown>);
}

function chain(
  frame: Frame,
  site: Site,
  receiver: Promise<unknown>,
  fn: Callable,
  args: readonly unknown[],
): unknown {
  // What a callback gives is waited for: a lazy query begins here.
  const waiting = bindCounted(frame, frame.next(site.id), args).map((each, index) =>
    isWrappable(args[index])
      ? (...given: unknown[]) => join(frame, site, (each as (...given: unknown[]) => unknown)(...given))
      : each,
  );
  // What they do in memory comes behind what they wait for: that is recorded, not what they give.
  const source = args.some(matters) ? (join(frame, site, receiver) as Promise<unknown>) : receiver;
  const given = frame.isOutside ? waiting : waiting.map((each) => asOwn(source, each));
  const result = Reflect.apply(fn, source, given) as Promise<unknown>;
  noteFollowing(receiver, result);
  followOwn(receiver, result);
  return isKnown(source) ? know(result) : result;
}

function settledPromise(fn: Callable, args: readonly unknown[]): unknown {
  const result = Reflect.apply(fn, Promise, args) as Promise<unknown>;
  return isThenable(args[0]) ? result : know(result);
}

/** `new` in the author's code. */
export function construct(
  frame: Frame | null,
  site: Site,
  target: unknown,
  args: readonly unknown[],
): unknown {
  if (typeof target !== "function") throw new TypeError(`${site.name} is not a constructor`);
  if (frame === null) return Reflect.construct(target, args);
  if (frame.byHand?.isWhole === true) return constructWithin(frame, site, target, args);
  const key = frame.next(site.id);
  if (authored(target) !== null) {
    const own = handOverNew(frame.child(key), target, args) as object;
    keepMethods(frame, key, own);
    noteConstructed(own);
    return own;
  }
  const owner: Owner = {};
  const bound =
    target === Promise ? bindCounted(frame, key, args) : bindKept(frame, key, target, args, owner);
  const begin = target === Promise ? () => makeOwn(bound[0]) : () => Reflect.construct(target, bound);
  const make = () => callForeign(begin as () => object);
  const made = withFrame(frameContext(frame), target === Promise ? () => makePromise(make) : make);
  owner.made = made;
  noteWebStream(target as Callable, made);
  handleKeys.set(made, key);
  noteConstructed(made);
  if (target !== Promise && target !== Proxy) {
    noteParts(made, args);
    frame.byHand?.noteCall(target, args, made);
  }
  return made;
}

/** A member that is awaited: a getter of the author's is entered like a method. */
export function read(frame: Frame | null, site: Site, get: () => unknown): unknown {
  if (frame === null) return get();
  return handOver(frame.child(frame.next(`${site.id}.get`), site.escapes), get, undefined, []);
}

/** An `import()`: a module is loaded in each pass. */
export function loading<T extends Promise<unknown>>(module: T): T {
  return know(module);
}

/** What a `for await` goes through, or `yield*` in an async generator. */
export function iterate(frame: Frame | null, site: Site, iterable: unknown): unknown {
  return frame === null ? iterable : iterated(call, frame, site, iterable);
}

/** An error on its way out of the body of a `for await`. True: the attempt has ended with it, as in `leaving`. */
export function broken(frame: Frame | null, items: unknown, error: unknown): boolean {
  return brokenBy(frame, items, error);
}

/** What `using` disposes of in the place of a value of the author's. */
export function disposal(frame: Frame | null, site: Site, value: unknown, isAsync: boolean): unknown {
  if (frame === null || value === null || value === undefined) return value;
  return disposalOf(call, frame, site, value, isAsync);
}

/** `idempotencyKey()` among the arguments of the call at `site`. */
export function key(frame: Frame | null, site: Site): string {
  const { execution } = frame ?? {};
  if (frame === null || execution === undefined) return currentRun.getStore()?.unit ?? crypto.randomUUID();
  const next = frame.byHand?.isWhole === true ? frame.byHand.key : frame.peek(site.id);
  return idempotencyKeyOf(execution.context.run.id, next, execution.journal.generation(next));
}
