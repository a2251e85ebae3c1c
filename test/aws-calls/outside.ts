/**
 * What the scenarios' tasks do to the outside world, written down, and the verdict on it.
 *
 * Invariant: the value of an effect names it and says which making of it this was: `pay#2`. So the journal tells which
 *            making counts, and one made after the one that counts is a repeated effect.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { currentRun } from "../../engine/current-run.ts";
import type { PlayedClock } from "./clock.ts";

/** The process that is at work: what it does outside ends with it. */
export const atWork = new AsyncLocalStorage<{ readonly isDead: boolean; readonly version: string }>();

/** Somebody inside a place: a process, as long as it lives. */
interface Visit {
  readonly process: { readonly isDead: boolean } | undefined;
}

/** One making of an effect. */
export interface Effect {
  readonly name: string;
  readonly key: string | undefined;
}

const largeText = Array.from({ length: 9_000 }, (_, n) =>
  Math.sin(n + 1)
    .toString(36)
    .slice(3),
).join("");

/** The outside world of one play. */
export class Outside {
  readonly effects: Effect[] = [];
  /** What is broken until somebody repairs it. */
  isBroken = true;
  /** Ends the process that is at work. */
  kill: () => void = () => {};
  /** The most that were inside a place at once. */
  readonly most = new Map<string, number>();
  readonly #inside = new Map<string, Set<Visit>>();
  readonly #clock: PlayedClock;
  readonly #later = setImmediate;

  constructor(clock: PlayedClock) {
    this.#clock = clock;
  }

  /** How often an effect was made. */
  count(name: string): number {
    return this.effects.filter((each) => each.name === name).length;
  }

  /** What tasks import. */
  readonly lib = {
    effect: async (name: string, ms = 0): Promise<string> => {
      const value = this.#make(name);
      await (ms > 0 ? this.#sleep(ms) : new Promise((done) => this.#later(done)));
      return value;
    },
    /** An effect during which somebody is inside a place that holds so many. */
    inside: async (place: string, name: string, ms: number): Promise<string> => {
      const value = this.#make(name);
      const visit = { process: atWork.getStore() };
      const visits = this.#enter(place, visit);
      await this.#sleep(ms);
      visits.delete(visit);
      return value;
    },
    /** The version of the code that is at work. */
    version: async (): Promise<string> => atWork.getStore()?.version ?? "none",
    /** Fails until it has been made so often. */
    flaky: async (name: string, failures: number): Promise<string> => {
      const value = this.#make(name);
      if (this.count(name) <= failures) throw new Error(`${name} is not there yet`);
      return value;
    },
    broken: async (name: string): Promise<string> => {
      const value = this.#make(name);
      if (this.isBroken) throw new Error(`${name} is broken`);
      return value;
    },
    hang: (name: string, signal: AbortSignal): Promise<string> => {
      this.#make(name);
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
    /** Comes to no end the first time. */
    stuck: async (name: string): Promise<string> => {
      const value = this.#make(name);
      return this.count(name) > 1 ? value : new Promise(() => {});
    },
    /** Ends its process, each time. */
    deadly: async (name: string): Promise<string> => {
      const value = this.#make(name);
      this.kill();
      return value;
    },
    large: async (): Promise<string> => `${this.#make("large")} ${largeText}`,
    connect: async () => new Connection((name) => this.lib.effect(name)),
    pool: async (items: readonly number[], width: number, fn: (item: number) => Promise<string>) => {
      const results: string[] = [];
      let next = 0;
      const lane = async (): Promise<void> => {
        for (let at = next++; at < items.length; at = next++) results[at] = await fn(items[at] as number);
      };
      await Promise.all(Array.from({ length: width }, lane));
      return results;
    },
  };

  #make(name: string): string {
    this.effects.push({ name, key: currentRun.getStore()?.unit });
    return `${name}#${this.count(name)}`;
  }

  #enter(place: string, visit: Visit): Set<Visit> {
    const visits = this.#inside.get(place) ?? new Set();
    this.#inside.set(place, visits.add(visit));
    const alive = [...visits].filter(({ process }) => process?.isDead === false).length;
    this.most.set(place, Math.max(alive, this.most.get(place) ?? 0));
    return visits;
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((done) => void this.#clock.after(ms, done));
  }
}

/** A live value: what it does goes through something that no record can hold. */
class Connection {
  readonly #ask: (name: string) => Promise<string>;
  readonly socket: { readonly write: () => void } = { write: () => {} };

  constructor(ask: (name: string) => Promise<string>) {
    this.#ask = ask;
  }

  query(name: string): Promise<string> {
    return this.#ask(name);
  }

  close(): void {}
}

/**
 * What is wrong with the effects of a play, compared with one in which nothing happened. `repeats`: how often each may
 * have been interrupted.
 */
export function judge(
  effects: readonly Effect[],
  clean: readonly Effect[],
  journals: readonly string[],
  repeats: number,
): string[] {
  const names = new Set([...effects, ...clean].map(({ name }) => name));
  return [...names].flatMap((name) => {
    const [made, wanted] = [effects, clean].map((list) => list.filter((each) => each.name === name));
    const times = made?.length ?? 0;
    const usual = wanted?.length ?? 0;
    const counts = Math.max(0, ...makingsIn(journals, name));
    return [
      ...(times < usual ? [`${name} was made ${times} times, not ${usual}`] : []),
      ...(times > usual + repeats
        ? [`${name} was made ${times} times; ${usual} and ${repeats} more may be`]
        : []),
      ...(keys(made) === keys(wanted)
        ? []
        : [`${name} was made under ${keys(made)} keys, not ${keys(wanted)}`]),
      ...(counts > 0 && counts < times
        ? [`${name} was made ${times} times, though number ${counts} was recorded`]
        : []),
    ];
  });
}

const keys = (list: readonly Effect[] = []): number => new Set(list.map(({ key }) => key)).size;

/** The makings of an effect that a journal has as results. */
const makingsIn = (journals: readonly string[], name: string): number[] =>
  journals
    .flatMap((text) => [...text.matchAll(/"([\w-]+)#(\d+)[\\" ]/g)])
    .filter(([, found]) => found === name)
    .map(([, , number]) => Number(number));
