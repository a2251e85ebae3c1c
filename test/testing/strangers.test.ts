/** Programs of strangers that came out wrong once: each ends as written, wherever the process dies, and repeats nothing. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { folderOf, imports, kitOf, outside } from "./kit.ts";

/** A semaphore as `async-mutex` has it: what `acquire` gives is a list, with a function in it. */
class Semaphore {
  #free: number;
  #waiting: ((got: [number, () => void]) => void)[] = [];
  constructor(permits: number) {
    this.#free = permits;
  }
  acquire(): Promise<[number, () => void]> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#next();
    });
  }
  #next(): void {
    if (this.#free > 0) this.#waiting.shift()?.([this.#free--, () => this.#release()]);
  }
  #release(): void {
    this.#free++;
    this.#next();
  }
}

/** A client with interceptors, as `axios` has them. */
class Client {
  readonly #interceptors: [(answer: unknown) => unknown, (error: unknown) => unknown][] = [];
  readonly #get: (path: string) => Promise<unknown>;
  constructor(get: (path: string) => Promise<unknown>) {
    this.#get = get;
  }
  use(answered: (answer: unknown) => unknown, failed: (error: unknown) => unknown): void {
    this.#interceptors.push([answered, failed]);
  }
  get(path: string): Promise<unknown> {
    return this.#interceptors.reduce(
      (going, [answered, failed]) => going.then(answered, failed),
      this.#get(path),
    );
  }
}

const programs = [
  {
    title: "promises that are kept in a Map give the same object each time",
    body: `const kept = new Map<number, Promise<any>>();
      const user = (id: number) => {
        if (!kept.has(id)) kept.set(id, outside.load(id));
        return kept.get(id)!;
      };
      const [a, b, c] = await Promise.all([1, 2, 1].map((id) => user(id)));
      const queue = [outside.load(3), outside.load(4)];
      const first = queue[0], shifted = await queue.shift();
      return [a === c, a === b, a === (await user(1)), shifted === (await first), (await user(2)).id, await kept.get(1)!.then(({ id }) => id)];`,
    output: [true, false, true, true, 2, 1],
  },
  {
    title: "what is kept by an object (WeakMap) is the same object, too",
    body: `const kept = new WeakMap<object, Promise<any>>();
      const keys = [{ id: 1 }, { id: 2 }];
      for (const key of keys) kept.set(key, outside.load(key.id));
      const found = await kept.get(keys[1]!);
      await outside.load(3);
      return [found === (await kept.get(keys[1]!)), found.id];`,
    output: [true, 2],
  },
  {
    title: "a permit that comes as a list with its release in it lets the next one in",
    body: `const semaphore = new outside.Semaphore(2);
      const log: number[] = [];
      await Promise.all([1, 2, 3].map(async (id) => {
        const [permits, release] = await semaphore.acquire();
        try { await outside.load(id); log.push(id, permits); } finally { release(); }
      }));
      return log.length;`,
    output: 6,
  },
  {
    title:
      "an interceptor that passes an error on as a rejected promise has done so once, not again behind a crash",
    body: `const client = new outside.Client(outside.get);
      const log: string[] = [];
      client.use(
        (answer: unknown) => { log.push("answered"); return answer; },
        (error: Error) => { log.push(error.message); return Promise.reject(error); },
      );
      const good = await client.get("/order");
      const bad = await client.get("/missing").catch((error: Error) => error.message);
      await outside.load(1);
      return [good, bad, log];`,
    output: ["/order", "no /missing", ["answered", "no /missing"]],
  },
  {
    title:
      "a file that was written through a stream is whole behind a crash, although opening it has emptied it",
    body: `const folder = await mkdtemp(join(tmpdir(), "stranger-"));
      const files = [join(folder, "page.html"), outside.elsewhere];
      for (const file of files) await pipeline(Readable.from(["<p>", "page"]), createWriteStream(file));
      await outside.load(1);
      const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
      await outside.load(2);
      const out = createWriteStream(files[0]!);
      out.write("two"); out.end(" lines");
      await finished(out);
      await outside.load(3);
      texts.push(await readFile(files[0]!, "utf8"));
      await rm(folder, { recursive: true });
      await outside.load(4);
      return texts;`,
    output: ["<p>page", "<p>page", "two lines"],
  },
];

const node = `import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
`;

test.each(programs)("$title", async ({ body, output }) => {
  const load = async (id: number) => ({ id });
  const get = async (path: string) => {
    if (path === "/missing") throw Object.assign(new Error(`no ${path}`), { status: 404 });
    return path;
  };
  outside({ load, get, Semaphore, Client, elsewhere: join(await folderOf({}), "elsewhere.html") });
  const kit = await kitOf(
    `${node}${imports}\nexport const t = task({ id: "t", run: async () => { ${body} } });`,
  );
  const plain = await kit.run("t");
  expect(plain.error).toBeUndefined();
  expect(plain.warnings).toEqual([]);
  expect(plain.output).toEqual(output);
  expect((await kit.crashEverywhere("t", undefined, { seeds: 4 })).findings).toEqual([]);
});
