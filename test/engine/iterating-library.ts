/**
 * A library whose streams, pages and cursors count how often they were opened, read and closed.
 */
import { Readable } from "node:stream";
import type { World } from "./world.ts";

export interface Counts {
  opened: number;
  read: string[];
  closed: number;
  sent: string[];
}

export function iteratingLibrary(world: () => World, counts: Counts): Record<string, unknown> {
  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => void world().clock.after(ms, resolve));
  async function* rows(count = 3): AsyncGenerator<number> {
    try {
      for (let n = 1; n <= count; n++) {
        await sleep(1);
        counts.read.push(String(n));
        yield n;
      }
    } finally {
      counts.closed++;
    }
  }
  let failures = 1;
  /** A class of its own, not its own iterator, that can be gone through once: like the streams of AI clients. */
  class TextStream {
    readonly controller = new AbortController();
    async *[Symbol.asyncIterator](): AsyncGenerator<string> {
      for (const part of ["a", "b", "c"]) {
        await sleep(1);
        counts.read.push(part);
        yield part;
      }
    }
  }
  /** A promise of the first page that is also all of the pages, begun at once. */
  class PagePromise extends Promise<number[]> {
    static override get [Symbol.species](): PromiseConstructor {
      return Promise;
    }
    async *[Symbol.asyncIterator](): AsyncGenerator<number> {
      for (const item of await this) yield item;
      await sleep(1);
      yield 3;
    }
  }
  return {
    sleep,
    get: async (n: number) => {
      await sleep(1);
      return n * 10;
    },
    send: async (what: unknown) => {
      await sleep(1);
      counts.sent.push(String(what));
      return what;
    },
    rows: (count?: number) => {
      counts.opened++;
      return rows(count);
    },
    openText: async () => {
      counts.opened++;
      await sleep(1);
      return new TextStream();
    },
    list: () => {
      counts.opened++;
      return new PagePromise((resolve) => resolve([1, 2]));
    },
    readable: () => {
      counts.opened++;
      return Readable.from(["x", "y", "z"]);
    },
    web: () => {
      counts.opened++;
      return new ReadableStream({
        start(to) {
          for (const part of ["p", "q"]) to.enqueue(part);
          to.close();
        },
      });
    },
    promises: (...values: number[]) =>
      values.map(async (value) => {
        counts.sent.push(`p${value}`);
        await sleep(4 - value);
        return value;
      }),
    /** Pages that are live themselves. */
    pages: async function* () {
      for (const name of ["one", "two"]) {
        await sleep(1);
        yield { name, close() {}, read: async () => `text of ${name}`, socket: new AbortController() };
      }
    },
    failing: async function* () {
      yield 1;
      await sleep(1);
      if (failures-- > 0) throw new Error("connection lost");
      yield 2;
    },
    /** Goes through what it is given, as `Readable.from` or an upload does. */
    drain: async (items: AsyncIterable<unknown>) => {
      const got: unknown[] = [];
      for await (const item of items) got.push(item);
      await sleep(1);
      return got;
    },
    pipeList: async (list: unknown[], through: (items: unknown[]) => AsyncIterable<unknown>) => {
      const got: unknown[] = [];
      for await (const item of through(list)) got.push(item);
      await sleep(1);
      return got;
    },
    upper: async function* (items: AsyncIterable<unknown>) {
      for await (const item of items) yield `<${item}>`;
    },
    pipe: async (
      source: AsyncIterable<unknown>,
      through: (items: AsyncIterable<unknown>) => AsyncIterable<unknown>,
    ) => {
      const got: unknown[] = [];
      for await (const item of through(source)) got.push(item);
      await sleep(1);
      return got;
    },
  };
}
