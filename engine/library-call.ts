/**
 * One call of a library that is given the author's functions: what is known of its invocations.
 *
 * Owns:      how an invocation is named (function, arguments, occurrence) and what its request gets.
 * Never:     decides when an invocation is made (`library.ts`).
 */
import { authored, type Callable } from "./authored.ts";
import { decode, encode } from "./codec.ts";
import { hashText } from "./fingerprint.ts";
import type { Frame } from "./frame.ts";

type Phase = "waiting" | "live" | "synchronous" | "settled" | "canceled";

/** What a plain function gave the library: a value, or a throw. */
export interface Started {
  returned?: unknown;
  threw?: { readonly error: unknown };
}

interface Outcome {
  readonly promise: Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** One call of a library with the author's functions among its arguments. */
export class LibraryCall {
  readonly key: string;
  readonly frame: Frame;
  readonly functions: readonly Callable[];
  readonly #args: readonly unknown[];
  readonly #occurrences = new Map<string, number>();
  readonly #outcomes = new Map<string, Outcome>();
  readonly started = new Map<string, Started>();
  /** Errors with which an invocation rejected: the call that passes one on is not tried again. */
  readonly errors = new Set<unknown>();
  phase: Phase = "waiting";
  /** The library's call has not returned yet. */
  isCalling = false;
  /** Its functions run as part of the one unit: an argument could not be recorded. */
  isAtomic = false;
  /** Invocations that have not settled. */
  open = 0;

  constructor(key: string, frame: Frame, args: readonly unknown[], functions: readonly Callable[]) {
    this.key = key;
    this.frame = frame;
    this.#args = args;
    this.functions = functions;
  }

  get hasSync(): boolean {
    return this.functions.some((fn) => authored(fn)?.isAsync !== true);
  }

  /** The arguments as text; what *is* an argument of the call itself stays that object. */
  textOf(args: readonly unknown[]): string | undefined {
    try {
      return JSON.stringify(args.map((arg) => this.#reference(arg) ?? ["v", encode(arg).text]));
    } catch {
      return undefined;
    }
  }

  #reference(arg: unknown): unknown[] | undefined {
    if (typeof arg !== "object" || arg === null) return undefined;
    for (const [index, own] of this.#args.entries()) {
      if (own === arg) return ["r", index];
      const at = Array.isArray(own) ? own.indexOf(arg) : -1;
      if (at >= 0) return ["r", index, at];
    }
    return undefined;
  }

  valuesOf(text: string): unknown[] {
    return (JSON.parse(text) as (["v", string] | ["r", number, number?])[]).map((part) => {
      if (part[0] === "v") return decode(part[1]);
      const own = this.#args[part[1]];
      return part[2] === undefined ? own : (own as readonly unknown[])[part[2]];
    });
  }

  /** The library is called (again): its requests are counted from the start. */
  begin(): void {
    this.phase = "live";
    this.#occurrences.clear();
  }

  /** The path of the next request of function `fn` with these arguments. */
  pathOf(fn: number | string, argsText: string): string {
    const name = typeof fn === "number" ? `f${fn}` : `k${hashText(fn, 8)}`;
    const base = `${name}:${hashText(argsText, 8)}`;
    const occurrence = this.#occurrences.get(base) ?? 0;
    this.#occurrences.set(base, occurrence + 1);
    return `${base}.${occurrence}`;
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
    const made = { promise, resolve, reject };
    this.#outcomes.set(path, made);
    return made;
  }
}
