/** A library that changes what it is given, keeps functions, and hands out things that move on: on virtual time. */
import { EventEmitter } from "node:events";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import type { World } from "./world.ts";

type Fn = (...args: never[]) => unknown;
type Load = (keys: number[]) => Promise<number[]>;

/** The library, in the world that `world` gives; `file` is a real file to read. */
export function keepingLibrary(world: () => World, file: string): Record<string, unknown> {
  const delay = (ms: number) => new Promise<void>((resolve) => void world().clock.after(ms, resolve));
  /** Fails in a world the first time only. */
  const failed = new WeakSet<World>();
  function failOnce(message: string): void {
    if (failed.has(world())) return;
    failed.add(world());
    throw new Error(message);
  }
  async function* pages(onPage: (page: number) => void = () => {}) {
    for (const page of [1, 2, 3]) {
      await delay(1);
      onPage(page);
      yield page;
    }
  }
  return {
    ...classes(delay, () => failOnce("flaky")),
    sleep: delay,
    pages,
    failingPages: () => pages((page) => void (page === 2 && failOnce("page"))),
    memo: (fn: (key: number) => Promise<number>) => {
      const cache = new Map<number, Promise<number>>();
      return (key: number) => {
        const made = cache.get(key) ?? fn(key);
        cache.set(key, made);
        return made;
      };
    },
    get: (key: number) => delay(1).then(() => key * 10),
    stream: () => Readable.from(["a", "b", "c"]),
    fileStream: () => createReadStream(file, { highWaterMark: 20_000 }),
    response: async () => new Response("hello world"),
    once: (emitter: EventEmitter, name: string) =>
      new Promise((resolve) => emitter.once(name, (...args: unknown[]) => resolve(args))),
    ...changing(delay),
    callbacks: (each: (n: number) => void, done: () => void) => {
      setImmediate(() => {
        each(1);
        setImmediate(() => {
          each(2);
          done();
        });
      });
    },
    each: async (items: number[], fn: (item: number) => void) => {
      for (const item of items) {
        await delay(1);
        fn(item);
      }
    },
  };
}

/** Calls that change their arguments. */
function changing(delay: (ms: number) => Promise<void>) {
  return {
    fill: async (target: { x?: number; list: number[] }) => {
      await delay(1);
      target.x = 5;
      target.list.push(1, 2);
    },
    push: (list: number[]) => delay(1).then(() => void list.push(1)),
    pushTwice: async (list: number[]) => {
      list.push(1);
      await delay(1);
      list.push(2);
    },
    read: (buffer: Buffer) => delay(1).then(() => buffer.write("xyz")),
    visit: (seen: Set<number>) => delay(1).then(() => void seen.add(1)),
    failing: async (log: string[]) => {
      log.push("tried");
      await delay(1);
      throw Object.assign(new Error("bad"), { status: 400 });
    },
    same: <T>(value: T) => delay(1).then(() => value),
    deep: async (target: { a: { b: unknown[]; m?: unknown } }) => {
      await delay(1);
      target.a.b.push({ c: 1 });
      target.a.m = new Map([[1, 2]]);
    },
    setKey: (target: Record<string, number>, key: string, ms: number) =>
      delay(ms).then(() => {
        target[key] = 1;
      }),
  };
}

/** Classes that keep what they are given. */
function classes(delay: (ms: number) => Promise<void>, failOnce: () => void) {
  class Loader {
    #waiting: { key: number; resolve: (value: unknown) => void; reject: (error: unknown) => void }[] = [];
    readonly load: Load;
    constructor(load: Load) {
      this.load = load;
    }
    get(key: number): Promise<unknown> {
      return new Promise((resolve, reject) => {
        if (this.#waiting.push({ key, resolve, reject }) === 1) process.nextTick(() => this.#flush());
      });
    }
    #flush(): void {
      const batch = this.#waiting;
      this.#waiting = [];
      this.load(batch.map(({ key }) => key)).then(
        (values) => batch.forEach(({ resolve }, index) => void resolve(values[index])),
        (error) => batch.forEach(({ reject }) => void reject(error)),
      );
    }
  }
  class Runner extends EventEmitter {
    async run(): Promise<void> {
      for (const n of [1, 2, 3]) {
        await delay(1);
        this.emit("x", n);
      }
    }
  }
  class Flaky extends EventEmitter {
    async run(): Promise<void> {
      await delay(1);
      this.emit("x", 1);
      failOnce();
      this.emit("x", 2);
    }
  }
  class Doc {
    id: number | undefined;
    name: string;
    constructor(name: string) {
      this.name = name;
    }
    async save(): Promise<this> {
      await delay(1);
      this.id = 7;
      return this;
    }
  }
  class Queue {
    readonly #open: Promise<unknown>[] = [];
    add(fn: () => Promise<unknown>): Promise<unknown> {
      const made = Promise.resolve().then(fn);
      this.#open.push(made);
      return made;
    }
    async idle(): Promise<void> {
      await Promise.all(this.#open);
    }
  }
  class Ticker {
    readonly #tick: Fn;
    constructor(tick: Fn) {
      this.#tick = tick;
    }
    async run(): Promise<void> {
      await this.#tick();
      await this.#tick();
    }
  }
  return { Loader, Runner, Flaky, Doc, Queue, Ticker };
}
