/** A library that changes what it is given in ways that are hard to make again, and one that tells by events: on virtual time. */
import { EventEmitter, once } from "node:events";
import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import type { World } from "./world.ts";

type Row = { id: number };

class Child extends EventEmitter {
  readonly stdout = new EventEmitter();
}

/** The library, in the world that `world` gives. */
export function changingLibrary(world: () => World): Record<string, unknown> {
  const delay = (ms: number) => new Promise<void>((resolve) => void world().clock.after(ms, resolve));
  const soon =
    <A extends unknown[]>(change: (...args: A) => unknown) =>
    (...args: A): Promise<void> =>
      delay(1).then(() => void change(...args));
  return {
    once,
    finished,
    sleep: delay,
    look: (ms: number, _context: unknown) => delay(ms).then(() => ms),
    push: soon((list: unknown[], value: unknown) => list.push(value)),
    reverse: soon((list: unknown[]) => list.reverse()),
    take: soon((list: unknown[]) => list.shift()),
    sort: soon((rows: Row[]) => rows.sort((a, b) => b.id - a.id)),
    mark: soon((seen: Set<unknown>, value: unknown) => seen.add(value)),
    put: soon((map: Map<unknown, unknown>, key: unknown, value: unknown) => map.set(key, value)),
    link: soon((a: { other?: unknown }, b: unknown) => Object.assign(a, { other: b })),
    sign: soon((url: URL) => url.searchParams.set("sig", "1")),
    append: soon((list: URLSearchParams) => list.append("sig", "1")),
    fill: soon((bytes: ArrayBuffer) => new Uint8Array(bytes).fill(7)),
    ...telling(delay),
    ...moving(delay),
  };
}

/** What tells by events. */
function telling(delay: (ms: number) => Promise<void>) {
  class Doc {
    id: number | undefined;
    async save(): Promise<void> {
      await delay(1);
      this.id = 7;
    }
  }
  /** Its parts are told what they are parts of, when it is made or when they are first asked for. */
  class Book {
    pages: { title: string }[] = [];
    readonly shelf: Shelf;
    constructor(shelf = new Shelf()) {
      this.shelf = shelf;
    }
    #file: File | undefined;
    get file(): File {
      this.#file ??= new File(this);
      return this.#file;
    }
  }
  class Shelf {
    readonly books: string[] = [];
    async add(book: string): Promise<number> {
      await delay(1);
      return this.books.push(book);
    }
  }
  class File {
    readonly book: Book;
    constructor(book: Book) {
      this.book = book;
    }
    async load(...titles: string[]): Promise<void> {
      await delay(1);
      this.book.pages = titles.map((title) => ({ title }));
    }
  }
  const shelf = new Shelf();
  return {
    Doc,
    Book,
    shelf: () => shelf,
    spawn: () => {
      const child = new Child();
      void (async () => {
        for (const part of ["x", "y"]) {
          await delay(1);
          child.stdout.emit("data", part);
        }
        await delay(1);
        child.emit("close", 0);
      })();
      return child;
    },
    slowStream: () => {
      const left = ["a", "b", null];
      return new Readable({
        read() {
          void delay(1).then(() => this.push(left.shift() ?? null));
        },
      });
    },
    /** An event that comes once in a world. */
    ready: (emitter: EventEmitter) => void delay(1).then(() => emitter.emit("ready", 7)),
    makeEmitter: () => new EventEmitter(),
  };
}

/** What moves on. */
function moving(delay: (ms: number) => Promise<void>) {
  class FileHandle {
    #at = 0;
    async read(buffer: Uint8Array, length: number): Promise<number> {
      await delay(1);
      buffer.set(Uint8Array.from({ length }, (_, i) => this.#at + i));
      this.#at += length;
      return length;
    }
    async close(): Promise<void> {}
  }
  return {
    open: async () => new FileHandle(),
    counted: () => {
      let at = 0;
      return {
        [Symbol.asyncIterator]() {
          return this;
        },
        next: () => delay(1).then(() => ({ done: at >= 5, value: ++at })),
        async return(value: unknown) {
          at = 5;
          return { done: true, value };
        },
      };
    },
    bytes: () => {
      const left = [Uint8Array.of(1, 2), Uint8Array.of(3)];
      return new ReadableStream({
        type: "bytes",
        pull(controller) {
          const next = left.shift();
          if (next !== undefined) return controller.enqueue(next);
          controller.close();
          controller.byobRequest?.respond(0);
        },
      });
    },
  };
}
