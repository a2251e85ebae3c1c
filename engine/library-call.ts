/**
 * One call of a library that is given the author's functions: what is known of its invocations.
 *
 * Owns:      how an invocation is named (function, arguments, occurrence), what its request gets, and whether the call counts
 *            as a whole.
 * Never:     decides when an invocation is made (`library.ts`).
 */
import { Answering } from "./answering.ts";
import { authored, type Callable } from "./authored.ts";
import { hashText } from "./fingerprint.ts";
import type { Frame } from "./frame.ts";
import { argumentOf, ghost, standInText, wholeText } from "./given-arguments.ts";
import { isCollecting, isLock } from "./handle.ts";
import { insideName } from "./insides.ts";
import { type Asked, givenBefore, type Started, type Target } from "./library-request.ts";
import { know } from "./promises.ts";
import type { Place } from "./record.ts";
import { toldMethods } from "./told-methods.ts";

type Phase = "waiting" | "live" | "synchronous" | "settled" | "canceled";

/** Where the library is called. */
type CalledAt = Place & { readonly awaited?: boolean };

interface Outcome {
  readonly promise: Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

const nameOf = (fn: number | string): string => (typeof fn === "number" ? `f${fn}` : `k${hashText(fn, 8)}`);

/** One call of a library with the author's functions among its arguments. */
export class LibraryCall {
  readonly key: string;
  readonly frame: Frame;
  readonly functions: readonly Callable[];
  readonly place: CalledAt;
  readonly #args: readonly unknown[];
  readonly #occurrences = new Map<string, number>();
  readonly #outcomes = new Map<string, Outcome>();
  readonly started = new Map<string, Started>();
  /** What the invocations answer with that the engine has made. */
  readonly #answering = new Map<string, Answering>();
  readonly #given = new Map<unknown, string>();
  /** Errors with which an invocation rejected: the call that passes one on is not tried again. */
  readonly errors = new Set<unknown>();
  phase: Phase = "waiting";
  /** What it is called on. */
  receiver: unknown;
  /** The library's call has not returned yet. */
  isCalling = false;
  /** It counts as a whole: a transaction, or a library that gives the functions what cannot be recorded. */
  isAtomic: boolean;
  #isToBeTold = false;
  /** The try that is made of it, if it counts as a whole and has made an invocation. */
  inside: string | undefined;
  /** The invocations of that try. */
  readonly #insidePaths = new Set<string>();
  #tries = 0;
  /** How often its invocations were begun anew. */
  round = 0;
  /** Invocations that have not settled. */
  open = 0;

  constructor(
    key: string,
    frame: Frame,
    args: readonly unknown[],
    functions: readonly Callable[],
    place: CalledAt,
    isAtomic = false,
  ) {
    this.key = key;
    this.frame = frame;
    this.#args = args;
    this.functions = functions;
    this.place = place;
    this.isAtomic = isAtomic;
  }

  get isGoingOn(): boolean {
    return this.phase === "waiting" || this.phase === "live";
  }

  get hasSync(): boolean {
    return this.functions.some((fn) => !this.isAsync({ fn }));
  }

  /**
   * Does the library get a promise of the engine's for what a function of the author's gives? Of an arrow around one call it
   * does (`limit(() => f(x))`), if that gives one; where values are collected (`_.map(xs, (x) => f(x))`) it gets that very one.
   */
  isAsync({ fn, givenTo }: Pick<Target, "fn" | "givenTo">): boolean {
    const { isAsync = false, isGuessed = false } = authored(fn) ?? {};
    if (!isAsync || !isGuessed) return isAsync;
    return (
      (givenTo === undefined && this.place.awaited === true) || !isCollecting(givenTo ?? this.place.name)
    );
  }

  /**
   * An arrow around one call need not wait for its turn, and what it gives may be no promise: the library may take the value
   * as it is (`tally(words, (word) => kindOf(word))`, `findMany({ where: (user, { eq }) => eq(user.id, 7) })`).
   */
  beginsAtOnce(fn: Callable): boolean {
    return authored(fn)?.isGuessed === true;
  }

  /**
   * The arguments as text; what *is* an argument of the call itself stays that object. Undefined where one cannot be
   * kept; of a plain function's, lost parts do no harm, but a generator goes on with what it is sent.
   */
  textOf(args: readonly unknown[], target: Target): string | undefined {
    const isPatient = !this.isAsync(target) && authored(target.fn)?.isMove !== true;
    const parts = args.map((arg) => this.#reference(arg) ?? wholeText(arg, isPatient));
    return parts.includes(undefined) ? undefined : JSON.stringify(parts);
  }

  /** The same, where one cannot be kept: from then on the call counts as a whole. */
  asWhole(fn: Callable, args: readonly unknown[]): string {
    this.#isToBeTold ||= !this.isAtomic;
    this.isAtomic = true;
    if (!this.beginsAtOnce(fn)) this.tellWhole();
    return JSON.stringify(args.map((arg) => this.#reference(arg) ?? standInText(arg)));
  }

  /** Where a call's name does not say that it counts as a whole, it is told, once. */
  tellWhole(): void {
    if (!this.#isToBeTold) return;
    this.#isToBeTold = false;
    const what = "gives a function of yours what cannot be recorded, and counts as a whole";
    const { name, at } = this.place;
    this.frame.execution.context.print("debug", [`HF329 ${name} at ${at}: it ${what}`]);
  }

  /** What the library gets in the place of a promise that a function gave it at once. */
  stand(promise: Promise<unknown>, given: object): Promise<unknown> {
    this.tellWhole();
    toldMethods()?.givenInstead(promise, given, this.frame.execution, this.place);
    return promise;
  }

  #reference(arg: unknown): unknown[] | undefined {
    if (typeof arg !== "object" || arg === null) return undefined;
    for (const [index, own] of this.#args.entries()) {
      if (own === arg) return ["r", index];
      const at = Array.isArray(own) ? own.indexOf(arg) : -1;
      if (at >= 0) return ["r", index, at];
    }
    const path = this.#given.get(arg);
    return path === undefined ? undefined : ["o", path];
  }

  starts(path: string): Started {
    const entry: Started = {};
    this.started.set(path, entry);
    return entry;
  }

  /** An invocation has given an object, or rejected with one: where the library gives it to the next one, it is that. */
  gives(path: string, object: unknown): void {
    const entry = this.started.get(path);
    if (entry === undefined || typeof object !== "object" || object === null) return;
    entry.object = object;
    if (!this.#given.has(object)) this.#given.set(object, path);
  }

  /** The arguments of a text; functions of somebody else's as `heard` has them. */
  #valuesOf(text: string, heard: Answering): unknown[] {
    return (JSON.parse(text) as (["v" | "s" | "g", string] | ["o", string] | ["r", number, number?])[]).map(
      (part, index) => {
        if (part[0] === "o") return this.started.get(part[1])?.object;
        if (part[0] === "g") return heard.argument(index, ghost());
        if (part[0] !== "r") return argumentOf(part);
        const own = this.#args[part[1]];
        return part[2] === undefined ? own : (own as readonly unknown[])[part[2]];
      },
    );
  }

  /** The library is called (again): its requests are counted from the start. */
  begin(): void {
    this.phase = "live";
    this.#occurrences.clear();
    if (this.inside === undefined) return;
    this.frame.execution.journal.insides.end(this.inside);
    this.inside = undefined;
    for (const path of this.#insidePaths) {
      this.#given.delete(this.started.get(path)?.object);
      this.started.delete(path);
      this.#outcomes.delete(path);
    }
    this.#insidePaths.clear();
    this.open = 0;
    this.round++;
  }

  /** In which try of a call that counts as a whole the invocation is. */
  insideOf(path: string): { in?: string } {
    const inside = this.#insidePaths.has(path) ? this.inside : this.frame.within;
    return inside === undefined ? {} : { in: inside };
  }

  /** An invocation of a call that counts as a whole. */
  noteInside(path: string): void {
    const { context, journal } = this.frame.execution;
    this.#insidePaths.add(path);
    if (this.inside !== undefined) return;
    const name = insideName(this.key, journal.generation(this.key), context.lease.epoch, ++this.#tries);
    this.inside = name;
    journal.insides.begin(name);
  }

  /** Has it asked for an invocation of this function? */
  hasAsked(fn: string): boolean {
    const name = nameOf(fn);
    return [...this.#occurrences.keys()].some((base) => base.startsWith(`${name}:`));
  }

  /** The path of the next request of function `fn` with these arguments. */
  pathOf(fn: number | string, argsText: string): string {
    const name = nameOf(fn);
    // A lock calls its function once, whatever it gives: a semaphore gives how many permits are left by then.
    const base = `${name}:${hashText(isLock(this.place.name) ? "" : argsText, 8)}`;
    const occurrence = this.#occurrences.get(base) ?? 0;
    this.#occurrences.set(base, occurrence + 1);
    return `${base}.${occurrence}`;
  }

  /** An invocation that the engine makes, in the place of the library. */
  asked(path: string, { owner }: Target, argsText: string): Asked {
    const heard = new Answering();
    this.#answering.set(path, heard);
    return { thisArg: heard.receiver(owner ?? {}), args: this.#valuesOf(argsText, heard) };
  }

  /** What a request gets whose invocation was made already. */
  answer(path: string, isAsync: boolean, asked: Asked): unknown {
    this.#answering.get(path)?.hear(asked);
    const entry = this.started.get(path);
    return isAsync && entry?.isGiven !== true ? this.outcome(path).promise : givenBefore(entry);
  }

  /** It gave no promise: those that its functions gave are the author's own, and never recorded where they are awaited. */
  wasPlain(): void {
    this.phase = "synchronous";
    for (const { promise } of this.#outcomes.values()) know(promise);
  }

  outcome(path: string): Outcome {
    const known = this.#outcomes.get(path);
    if (known !== undefined) return known;
    let resolve: Outcome["resolve"] = () => {};
    let reject: Outcome["reject"] = () => {};
    const promise = new Promise((res, rej) => {
      resolve = res;
      reject = rej;
    });
    promise.catch(() => {});
    const giving =
      (end: Outcome["resolve"]): Outcome["resolve"] =>
      (value) => {
        this.gives(path, value);
        end(value);
      };
    const made = { promise, resolve: giving(resolve), reject: giving(reject) };
    this.#outcomes.set(path, made);
    return made;
  }
}
