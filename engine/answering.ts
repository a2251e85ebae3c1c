/**
 * What a plain function of the author's answers with: `done(null, chunk)`, `this.push(chunk)`. On replay the engine makes its
 * invocation, and nobody is there to hear the answer; a call that is made again hears it when it asks.
 *
 * Invariant: what was said is heard in its order, by each that asks, within the call that asks.
 */
import { Stream } from "node:stream";
import type { Callable } from "./authored.ts";
import { type CurrentRun, currentRun } from "./current-run.ts";
import type { Owner } from "./kept-function.ts";
import type { Asked } from "./library-request.ts";

/** What a stream is told by: all else of it can be read and set at once. */
const told: ReadonlySet<unknown> = new Set(["push", "destroy", "emit"]);

/** The answers of one invocation. */
export class Answering {
  readonly #said: ((to: Asked) => unknown)[] = [];
  #to: ((say: (to: Asked) => unknown) => void) | undefined;

  /** In the place of the function that is the argument with this index; it looks like `ghost` otherwise. */
  argument(index: number, ghost: object): object {
    const apply = (of: object, thisArg: unknown, given: unknown[]): unknown => {
      this.#say(({ args }) => {
        const fn = args[index];
        return typeof fn === "function" ? Reflect.apply(fn, undefined, given) : undefined;
      });
      return Reflect.apply(of as Callable, thisArg, given);
    };
    return new Proxy(ghost, { apply });
  }

  /** In the place of what asks, if that is a stream. */
  receiver({ made, isOfOwnClass }: Owner): object | undefined {
    if (isOfOwnClass) return made;
    if (!(made instanceof Stream)) return undefined;
    return new Proxy(made, {
      get: (of, name) => {
        const own: unknown = Reflect.get(of, name);
        if (typeof own !== "function" || !told.has(name)) return own;
        return (...given: unknown[]): boolean => {
          this.#say(({ thisArg }) => Reflect.apply(own as Callable, thisArg, given));
          return true;
        };
      },
      set: (of, name, value) => Reflect.set(of, name, value),
    });
  }

  /** Somebody asks now. */
  hear(asked: Asked): void {
    const within = currentRun.getStore() as CurrentRun;
    this.#to = (say) => void currentRun.run(within, () => say(asked));
    for (const say of this.#said) this.#to(say);
  }

  #say(say: (to: Asked) => unknown): void {
    this.#said.push(say);
    this.#to?.(say);
  }
}
