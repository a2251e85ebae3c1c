/**
 * Promises that are made by hand and awaited or returned at once: `await new Promise((resolve) => api.charge(7, resolve))`
 * is one unit, with all that its functions call.
 *
 * Owns:      when such a promise is one, as far as only a run can tell. The transform has looked at the source.
 * Invariant: H1 once recorded, its function is not called again. H2 a promise that the rest of the program has a hand in stays
 *            what it was: its function runs in each pass, and its value is recorded where it is awaited.
 */
import { authored, type Callable, callForeign, handOver, handOverNew } from "./authored.ts";
import { type Around, Captured } from "./captured.ts";
import { follow, type Segment } from "./chain.ts";
import { makePromise } from "./collecting.ts";
import { CurrentRun, currentRun } from "./current-run.ts";
import { durableOf } from "./durable.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Frame, Site } from "./frame.ts";
import { frameContext } from "./frame-context.ts";
import { functionSite } from "./kept-function.ts";
import { functionsIn } from "./library-unit.ts";
import { makeOwn } from "./own-promises.ts";
import { isCalling, isImmediate } from "./passing.ts";
import { isThenable, know } from "./promises.ts";
import { transactionsOf } from "./transactions.ts";
import { askUnit } from "./unit.ts";
import type { Making } from "./unit-making.ts";
import { withFrame } from "./virtual.ts";

/** The promise that a frame is the inside of. */
export class ByHand {
  readonly frame: Frame;
  readonly site: Site;
  readonly key: string;
  /** It is one unit: what is called in its functions is called as written. */
  isWhole = true;
  /** Why it is none. */
  #why: string | undefined;
  /** Its functions have called something that keeps a function and gives no promise: it is called again in each pass. */
  #hasCalled = false;

  constructor(frame: Frame, site: Site, key: string) {
    this.frame = frame;
    this.site = site;
    this.key = key;
  }

  /** The rest of the program has a hand in it: from now on what its functions call is recorded by itself. */
  open(what: string): void {
    this.isWhole = false;
    this.#why ??= what;
    if (this.#hasCalled) this.#tell();
    const { execution } = this.frame;
    const ask = execution.asked.get(this.key);
    if (ask !== undefined) execution.soften(ask);
  }

  /** Something that is not the author's was called in its functions. A call that gave a promise has a record of its own. */
  noteCall(fn: Callable, args: readonly unknown[], made: unknown): void {
    if (this.#hasCalled || isThenable(made) || isImmediate(fn) || !args.some((arg) => holdsFunction(arg)))
      return;
    this.#hasCalled = true;
    if (this.#why !== undefined) this.#tell();
  }

  #tell(): void {
    const { name, at } = this.site;
    this.frame.execution.context.print("warn", [
      `HF139 ${name} at ${at}: ${this.#why}, so it is no unit: what its function calls is called again in each pass`,
    ]);
  }

  /** Does this call show that the promise is no unit? Only the SDK's lines and notes are as good within one. */
  opensAt(site: Site, fn: Callable, args: readonly unknown[]): boolean {
    const why = reasonOf(site, fn, args);
    if (why !== undefined) this.open(why);
    return why !== undefined;
  }
}

const plainCalls = /^(?:logger|metadata|tags)\.|^idempotencyKey$/;

function reasonOf(site: Site, fn: Callable, args: readonly unknown[]): string | undefined {
  if (durableOf(fn) !== undefined)
    return plainCalls.test(site.name) ? undefined : `it calls ${site.name}, which is recorded`;
  const own = authored(fn);
  if (own === null) {
    const isKept = isImmediate(fn) && !isCalling(fn) && args.some((arg) => holdsFunction(arg));
    return isKept ? `${site.name} keeps a function that settles it` : undefined;
  }
  if (own.isGenerator || (own.isAsync && !own.isGuessed)) return `it calls ${site.name}, which awaits`;
  return args.some((arg) => holdsFunction(arg)) ? `${site.name} gets a function that settles it` : undefined;
}

function holdsFunction(value: unknown): boolean {
  if (typeof value === "function") return true;
  return typeof value === "object" && value !== null && !ArrayBuffer.isView(value)
    ? Object.values(value).some((each) => typeof each === "function")
    : false;
}

/** A call within such a promise. */
export function callWithin(
  frame: Frame,
  site: Site,
  thisArg: unknown,
  fn: Callable,
  args: readonly unknown[],
  tail: readonly Segment[] | undefined,
): unknown {
  if (authored(fn) !== null)
    return follow(handOver(frame.child(frame.next(site.id)), fn, thisArg, args), tail);
  const made = callForeign(() => Reflect.apply(fn, thisArg, args));
  frame.byHand?.noteCall(fn, args, made);
  return follow(made, tail);
}

/** `new` within such a promise. */
export function constructWithin(
  frame: Frame,
  site: Site,
  target: Callable,
  args: readonly unknown[],
): unknown {
  if (authored(target) !== null) return handOverNew(frame.child(frame.next(site.id)), target, args);
  const made = callForeign(() => Reflect.construct(target, args) as object);
  frame.byHand?.noteCall(target, args, made);
  return made;
}

/** Do functions of the author's, which change nobody knows what, go into it? */
const isGivenFunctions = (values: readonly unknown[]): boolean =>
  values
    .flatMap((value) => functionsIn(value))
    .some((fn) => {
      const { captures = false, isAsync = false } = authored(fn) ?? {};
      return captures || isAsync;
    });

/** Calls the promise's function. Time is real: what it calls may sign with it. */
function begun(byHand: ByHand, executor: Callable): Promise<unknown> {
  const { frame, key } = byHand;
  const inside = frame.invoked(functionSite(key, 0));
  inside.byHand = byHand;
  const make = (): Promise<unknown> =>
    new Promise((resolve, reject) => void handOver(inside, executor, undefined, [resolve, reject]));
  return currentRun.run(new CurrentRun(frame.execution, key), () => withFrame(undefined, make));
}

/** The first time: only behind it is known whether the promise is a unit. */
function begunFirst(byHand: ByHand, executor: Callable): Promise<unknown> {
  const { frame, site, key } = byHand;
  const { context, journal } = frame.execution;
  const make = (): unknown => begun(byHand, executor);
  const { watch } = context.ports;
  if (watch === undefined) return makePromise(make as () => object) as Promise<unknown>;
  const place = { name: site.name, at: site.at };
  const gen = journal.generation(key);
  const live = { key, gen, place, isUnit: true, isAwaited: true, isMoving: false };
  return makePromise(() => watch.around(live, make) as object) as Promise<unknown>;
}

/** It is no unit: as any other `new` in the author's code. */
function opened(byHand: ByHand, executor: Callable): Promise<unknown> {
  const { frame, key } = byHand;
  const make = (resolve: unknown, reject: unknown): void => {
    const inside = frame.invoked(functionSite(key, 0));
    inside.byHand = byHand;
    handOver(inside, executor, undefined, [resolve, reject]);
  };
  const construct = (): object => callForeign(() => makeOwn(make));
  return withFrame(frameContext(frame), () => makePromise(construct)) as Promise<unknown>;
}

/**
 * `new Promise(executor)`, awaited or returned at once. `held`: what is changed in place, and what is only read; `values` and
 * `assign`: the variables that are given another value.
 */
export function promise(
  frame: Frame | null,
  site: Site,
  executor: Callable,
  held: Around["held"],
  values?: Around["values"],
  assign?: Around["assign"],
): unknown {
  if (frame === null || frame.byHand?.isWhole === true) return Reflect.construct(Promise, [executor]);
  const { execution } = frame;
  const key = frame.next(site.id);
  const captured = new Captured({ held, values, assign });
  const { args } = captured;
  const first = new ByHand(frame, site, key);
  if (isGivenFunctions(args)) first.open("it is given a function of yours");
  if (!first.isWhole) return opened(first, executor);
  let latest = first;
  const making: Making = {
    sort: "unit",
    place: { name: site.name, at: site.at },
    invoke: () => {
      captured.restore();
      latest = new ByHand(frame, site, key);
      return begun(latest, executor);
    },
    args,
    inputs: captured,
    isFinal: () => !latest.isWhole,
    isLive: (value) => typeof value === "symbol" || (captured.changes()?.lost.length ?? 0) > 0,
    escapes: site.escapes,
    part: transactionsOf(execution).part({ frame, site, thisArg: undefined, fn: executor, args }, key),
  };
  const isKnown = execution.journal.knows(key) || execution.moved.concerns(frame, site.id, true, making);
  if (isKnown || execution.cancelAhead || !execution.context.mayBegin())
    return know(askUnit(frame, key, making));
  captured.note();
  const print = fingerprint(args);
  const made = begunFirst(first, executor);
  return first.isWhole ? know(askUnit(frame, key, { ...making, fingerprint: print }, made)) : made;
}
