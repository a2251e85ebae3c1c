/**
 * `for await`: the items of somebody else's async iterable are units, those of the author's own are not.
 *
 * Owns:      what a loop goes through instead of the iterable, and when the iterable is used up.
 * Invariant: N1 an item has the key of its loop and its place in it; on replay the iterable is opened again, and gone
 *            through up to the first item that has no record (`moving.ts`). N2 a loop that has come to its end, or was
 *            left, closes what it went through: that is not made again. N3 a loop that an error leaves closes nothing:
 *            the next attempt goes on in it.
 */
import { authored, type Callable, callForeign, handOver } from "./authored.ts";
import { encode } from "./codec.ts";
import { classChain } from "./codec-classes.ts";
import { HoldfastError } from "./errors.ts";
import type { Frame, Site } from "./frame.ts";
import { isOwnGenerator, noteGenerator } from "./generators.ts";
import { handleKeys, isHandle } from "./handle.ts";
import { join } from "./join.ts";
import { leaving } from "./leaving.ts";
import { LibraryCall } from "./library-call.ts";
import { type Call, type CallInFrame, makingOf, partOf, perform } from "./making.ts";
import { movingCall } from "./moving.ts";
import { isEager, isKnown, know } from "./promises.ts";
import { ownItems } from "./stream-moves.ts";
import { askUnit } from "./unit.ts";
import { isOwnStream } from "./web-streams.ts";

type Step = IteratorResult<unknown>;
type Move = "next" | "return" | "throw";
type Iterating = Partial<Record<Move, Callable>>;

/** What stands for the iterable of a `for await`, or of `yield*` in an async generator. */
export function iterated(call: CallInFrame, frame: Frame, site: Site, given: unknown): unknown {
  const iterable = isEager(given) && isKnown(given) && !isIterable(given) ? listOf(given) : given;
  if (isOwnGenerator(iterable) || iterable === null || iterable === undefined) return iterable;
  const loop = frame.child(frame.next(site.id), site.escapes);
  const opened = handleKeys.get(Object(iterable) as object);
  if (opened !== undefined && frame.execution.journal.isClosed(opened))
    return new Items(call, loop, site, undefined, opened);
  const open = (iterable as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator];
  if (typeof open !== "function") return waitedFor(loop, site, iterable);
  if (authored(open) !== null) return ownIterable(call, loop, site, iterable, open);
  quietly(iterable);
  const iterator = callForeign(() => Reflect.apply(open, iterable, []) as Iterating & object);
  if (isOwnStream(iterable)) return ownItems(loop, site, iterator as AsyncIterator<unknown>);
  // `[Symbol.asyncIterator]() { return this; }` has nothing that the transform would mark.
  if (authored(Object(iterator).next) !== null) return ownIterator(loop, iterator);
  if (isOwnGenerator(iterator)) return itself(iterator);
  const isUsedUp = site.iterated || iterator === iterable || isStream(iterable as object);
  return new Items(call, loop, site, iterator, isUsedUp ? opened : undefined);
}

const isIterable = (value: object): boolean => Symbol.asyncIterator in value;

/**
 * A promise whose value is gone through: what began it may have given one that is an iterable itself (`const list =
 * runs.list(); for await (const run of list)`), and the journal's promise in its place has only the value.
 */
const listOf = (given: Promise<unknown>): AsyncIterable<unknown> => ({
  async *[Symbol.asyncIterator]() {
    yield* (await given) as AsyncIterable<unknown>;
  },
});

/** A list of promises, or anything else that gives its items at once: each is waited for. What it returns is what `yield*` gives. */
function waitedFor(loop: Frame, site: Site, iterable: unknown): unknown {
  const open = (iterable as Partial<Iterable<unknown>>)[Symbol.iterator];
  if (typeof open !== "function") return iterable;
  const iterator = Reflect.apply(open, iterable, []) as Iterator<unknown>;
  const move = (name: Move) => {
    const fn = iterator[name];
    if (typeof fn !== "function") return undefined;
    return (...args: unknown[]): Step => {
      const step = Reflect.apply(fn, iterator, args) as Step;
      return step.done === true ? step : { ...step, value: join(loop, site, step.value) };
    };
  };
  const moves = { next: move("next"), return: move("return"), throw: move("throw") };
  return { [Symbol.iterator]: () => moves };
}

/** An iterable of the author's: its generator, or an object whose `next` is the author's. */
function ownIterable(call: CallInFrame, loop: Frame, site: Site, iterable: unknown, open: Callable): unknown {
  const made = noteGenerator(open, handOver(loop, open, iterable, []));
  if (isOwnGenerator(made) || typeof made !== "object" || made === null) return itself(made);
  if (authored((made as Iterating).next) === null) return new Items(call, loop, site, made, undefined);
  return ownIterator(loop, made);
}

/** What goes through an iterator of the author's: its moves are frames. */
function ownIterator(loop: Frame, iterator: Iterating): unknown {
  const move = (name: Move) => {
    const fn = iterator[name];
    if (typeof fn !== "function") return undefined;
    return (...args: unknown[]): unknown =>
      authored(fn) === null
        ? Reflect.apply(fn, iterator, args)
        : handOver(loop.child(loop.next(name)), fn, iterator, args);
  };
  return itself({ next: move("next"), return: move("return"), throw: move("throw") });
}

const itself = (iterator: unknown): unknown => ({ [Symbol.asyncIterator]: () => iterator });

/** A stream that is not read because its items are recorded must not end the process when its source is gone. */
function quietly(iterable: unknown): void {
  const { on } = iterable as { on?: unknown };
  if (typeof on === "function" && isStream(iterable as object))
    Reflect.apply(on, iterable, ["error", () => {}]);
}

/** Streams can be read once. */
const isStream = (iterable: object): boolean =>
  classChain(iterable).some((name) => name === "ReadableStream" || name === "Readable");

/** The error of a body on its way out of its loop. True: the attempt has ended with it. */
export function brokenBy(frame: Frame | null, items: unknown, error: unknown): boolean {
  if (items instanceof Items) items.isBroken = true;
  return leaving(frame, error);
}

/** Goes through somebody else's async iterable. */
class Items implements AsyncIterableIterator<unknown> {
  /** The body of the loop has thrown. */
  isBroken = false;
  readonly #call: CallInFrame;
  readonly #loop: Frame;
  readonly #site: Site;
  readonly #iterator: (Iterating & object) | undefined;
  /** Key of the handle that is used up with the last item. */
  readonly #closes: string | undefined;
  /** Some items are live themselves: they have to come again. */
  #isLive = false;
  /** It was said that the source gives other items. */
  #isTold = false;

  constructor(
    call: CallInFrame,
    loop: Frame,
    site: Site,
    iterator: (Iterating & object) | undefined,
    closes: string | undefined,
  ) {
    this.#call = call;
    this.#loop = loop;
    this.#site = site;
    this.#iterator = iterator;
    this.#closes = closes;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(...args: unknown[]): Promise<Step> {
    return this.#move("next", args, (make) => movingCall(this.#iterator ?? this, "next", args, make));
  }

  /** The loop was left. Closing needs none of the items in front. */
  async return(value?: unknown): Promise<Step> {
    let isMade = false;
    let close = (): unknown => undefined;
    const step = await this.#move("return", [value], (make) => {
      close = make;
      return () => {
        isMade = true;
        return make();
      };
    });
    if (!isMade) this.#close(close);
    return step;
  }

  throw(error?: unknown): Promise<Step> {
    return this.#move("throw", [error], (make) => movingCall(this.#iterator ?? this, "throw", [error], make));
  }

  /**
   * That the loop was left is recorded; what was opened again in this pass is closed all the same. What an iterator of the
   * author's awaits there has its records below that of the closing.
   */
  #close(close: () => unknown): void {
    if (typeof this.#iterator?.return !== "function") return;
    new Promise((made) => made(close())).catch(() => {});
  }

  #move(name: Move, args: unknown[], made: (make: () => unknown) => () => unknown): Promise<Step> {
    const call = this.#callOf(name, args);
    const key = this.#loop.next(name);
    const { libraries } = this.#loop.execution;
    if (libraries.expects(key)) libraries.add(new LibraryCall(key, this.#loop, args, [], call.site));
    const invoke = made(() => this.#perform(call, key, args));
    const closes = this.isBroken || this.#isLive ? undefined : this.#closes;
    const asked = askUnit(this.#loop, key, {
      ...makingOf(call, key, "unit", invoke, partOf(call, key)),
      // A failed iterator is over: only the next attempt, which makes it again, can get further.
      isFinal: () => true,
      item: (step) => this.#took(step),
      closes,
    });
    if (this.#loop.parent !== undefined) this.#loop.parent.lastBegun = this.#loop.lastBegun;
    return know(asked) as Promise<Step>;
  }

  /** Makes the move. One whose record has answered is made only to get to those behind it. */
  #perform(call: Call, key: string, args: unknown[]): unknown {
    const { libraries, asked } = this.#loop.execution;
    const step = perform(call, key, args, true);
    const over = (): void => void (asked.has(key) || libraries.calls.finished(key));
    if (asked.has(key)) return step;
    Promise.resolve(step).then((made) => {
      over();
      this.#compare(key, made);
    }, over);
    return step;
  }

  /** The items behind it come from a source that gives this one now: is it the one that was recorded? */
  #compare(key: string, made: unknown): void {
    if (this.#isTold) return;
    const { journal, context } = this.#loop.execution;
    const record = journal.at(journal.settled(key, journal.generation(key)) ?? 0)?.record;
    if (record?.kind !== "result" || !("inline" in record.value)) return;
    if (textOf(made) === record.value.inline) return;
    this.#isTold = true;
    const { name, at } = this.#site;
    const what = "its source gives other items than those that were recorded, and goes on behind them";
    context.print("warn", [`HF330 ${name} at ${at}: ${what}`]);
  }

  #took(step: unknown): boolean {
    const { value } = Object(step) as { value?: unknown };
    if (!isHandle(value)) return false;
    this.#isLive = true;
    return true;
  }

  #callOf(name: Move, args: unknown[]): Call {
    const { name: loop } = this.#site;
    const fn = this.#iterator?.[name] ?? ((value: unknown) => ended(name, value, loop));
    const site = { ...this.#site, id: name, name: `${loop}.${name}`, awaited: true };
    return { frame: this.#loop, site, thisArg: this.#iterator, fn, args, tail: [], next: this.#call };
  }
}

/** As it would be recorded. What cannot be, was not. */
function textOf(step: unknown): string | undefined {
  try {
    return encode(step).text;
  } catch {
    return undefined;
  }
}

/** An iterator without `return` or `throw`, or a loop over something that is closed. */
function ended(name: Move, value: unknown, loop: string): Step {
  if (name === "return") return { done: true, value };
  if (name === "throw") throw value;
  throw new HoldfastError(
    "HF306",
    `${loop} was gone through to its end in an earlier pass and is not opened again.`,
    "Go through it once, or open it again for the second loop.",
  );
}
