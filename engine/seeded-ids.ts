/**
 * Packages that make ids out of a pool of random bytes or a counter that all runs share: in a run they draw from the run's
 * own chance and clock instead, so that an id comes out the same in every pass, and never in two runs (design 5.6).
 *
 * Owns:      what stands in the place of these packages' functions. The build leads the author's imports here.
 * Never:     makes an id of its own where the package can be told its source.
 * Invariant: outside of a run, and inside of a unit, the package's own functions are called as they are.
 */
import { currentRun } from "./current-run.ts";
import type { Execution } from "./execution.ts";
import { frameContext } from "./frame-context.ts";
import { currentContext, type VirtualContext } from "./virtual.ts";

/** Any function: those of packages that are not ours are called as they are documented. */
type Fn = { any(...args: unknown[]): unknown }["any"];
type Functions = Readonly<Record<string, Fn>>;

interface Source extends VirtualContext {
  readonly execution: Execution;
}

/** The run's chance and clock, where its code is running. */
function source(): Source | undefined {
  const run = currentRun.getStore();
  if (run === undefined) return undefined;
  const called = run.isCalling ? run.call?.frame : undefined;
  const context = currentContext() ?? (called && frameContext(called));
  return context && { ...context, execution: run.execution };
}

/** What one run keeps between two ids, for each maker. */
class PerRun<T> {
  readonly #states = new WeakMap<Execution, T>();
  readonly #make: (from: Source) => T;

  constructor(make: (from: Source) => T) {
    this.#make = make;
  }

  of(from: Source): T {
    const known = this.#states.get(from.execution);
    if (known !== undefined) return known;
    const made = this.#make(from);
    this.#states.set(from.execution, made);
    return made;
  }
}

/** The chance of whoever asks now: a maker that a run keeps is called from many frames. */
const random = (): number => source()?.random() ?? Math.random();

const pick = (from: Source, alphabet: string, size: number): string =>
  Array.from({ length: size }, () => alphabet[Math.floor(from.random() * alphabet.length)]).join("");

function nanoid(real: Functions): Functions {
  const alphabet = String(real.urlAlphabet);
  return {
    nanoid: (size = 21) => {
      const from = source();
      return from === undefined ? real.nanoid?.(size) : pick(from, alphabet, Number(size));
    },
    customAlphabet: (own: string, usual = 21) => {
      const make = real.customAlphabet?.(own, usual) as Fn;
      return (size = usual) => {
        const from = source();
        return from === undefined ? make(size) : pick(from, own, Number(size));
      };
    },
    random: (count: number) => source()?.bytes(count) ?? real.random?.(count),
  };
}

interface Moment {
  msecs: number;
  count: number;
  readonly clockseq: number;
  readonly node: Uint8Array;
}

/** 14 bits, as RFC 9562 has them. */
const clockSequences = 2 ** 14;
/** So many ids of version 1 and 6 within a millisecond; of version 7 many more. */
const ticks = 10_000;

function uuid(real: Functions): Functions {
  const moments = new PerRun<Moment>((from) => {
    const node = from.bytes(6);
    node[0] = (node[0] ?? 0) | 1;
    return { msecs: 0, count: 0, clockseq: Math.floor(from.random() * clockSequences), node };
  });
  const next = (from: Source): Moment => {
    const moment = moments.of(from);
    const now = Math.floor(from.clock());
    moment.count++;
    if (now > moment.msecs) Object.assign(moment, { msecs: now, count: 0 });
    else if (moment.count >= ticks) Object.assign(moment, { msecs: moment.msecs + 1, count: 0 });
    return moment;
  };
  const seeded =
    (name: string, made: (from: Source) => object): Fn =>
    (options, ...rest) => {
      const from = options === undefined || options === null ? source() : undefined;
      return real[name]?.(from === undefined ? options : made(from), ...rest);
    };
  const timed = (from: Source): object => {
    const { msecs, count, clockseq, node } = next(from);
    return { random: from.bytes(16), msecs, nsecs: count, clockseq, node };
  };
  return {
    v1: seeded("v1", timed),
    v4: seeded("v4", (from) => ({ random: from.bytes(16) })),
    v6: seeded("v6", timed),
    v7: seeded("v7", (from) => {
      const { msecs, count } = next(from);
      return { random: from.bytes(16), msecs, seq: count };
    }),
  };
}

function ulid(real: Functions): Functions {
  return {
    ulid: (time?: number, prng?: Fn) =>
      source() === undefined || prng !== undefined
        ? real.ulid?.(time, prng)
        : real.ulid?.(time ?? Date.now(), random),
    monotonicFactory: (prng?: Fn) => {
      const outside = real.monotonicFactory?.(prng) as Fn;
      const makers = new PerRun(() => real.monotonicFactory?.(prng ?? random) as Fn);
      return (time?: number) => {
        const from = source();
        return from === undefined ? outside(time) : makers.of(from)(time ?? Math.floor(from.clock()));
      };
    },
  };
}

/** So many counts are begun with, as the package does. */
const countsMax = 476_782_367;

function cuid2(real: Functions): Functions {
  const maker = (options: object): Fn => {
    const outside = real.init?.(options) as Fn;
    const makers = new PerRun((from) => {
      let count = Math.floor(from.random() * countsMax);
      const { seed, forkOf } = from.execution.context.run;
      const own = { random, counter: () => count++, fingerprint: forkOf?.seed ?? seed };
      return real.init?.({ ...own, ...options }) as Fn;
    });
    return () => {
      const from = source();
      return from === undefined ? outside() : makers.of(from)();
    };
  };
  const usual = maker({});
  return {
    createId: () => (source() === undefined ? real.createId?.() : usual()),
    init: (options: object = {}) => maker(options),
  };
}

const packages: Readonly<Record<string, (real: Functions) => Functions>> = {
  nanoid,
  uuid,
  ulid,
  "@paralleldrive/cuid2": cuid2,
};

/** The functions of a package of ids, as they are in a run. The rest of the package stays as it is. */
export const seededIds = (name: string, real: Functions): Functions => packages[name]?.(real) ?? real;
