/**
 * `using` and `await using`: each program is crashed just before and just after each of its store calls, and must give
 * what it gives without a crash.
 */
import { beforeEach, describe, expect, test } from "vitest";
import { bench, everyCrash } from "./tasks.ts";
import type { World } from "./world.ts";

let log: string[] = [];
beforeEach(() => {
  log = [];
});

function library(world: () => World): Record<string, unknown> {
  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => void world().clock.after(ms, resolve));
  class Connection {
    readonly socket = new AbortController();
    isOpen = true;
    readonly name: string;
    constructor(name: string) {
      this.name = name;
      log.push(`open ${name}`);
    }
    async ask(what: string): Promise<string> {
      if (!this.isOpen) throw new Error(`${this.name} is closed`);
      await sleep(1);
      log.push(`ask ${this.name}`);
      return `${what} of ${this.name}`;
    }
    async [Symbol.asyncDispose](): Promise<void> {
      await sleep(1);
      this.isOpen = false;
      log.push(`close ${this.name}`);
    }
    [Symbol.dispose](): void {
      this.isOpen = false;
    }
  }
  return {
    sleep,
    open: async (name: string) => {
      await sleep(1);
      return new Connection(name);
    },
    take: (name: string) => new Connection(name),
    send: async (what: string) => {
      await sleep(1);
      log.push(`send ${what}`);
      return what;
    },
  };
}

const own = `class Lock { constructor(readonly name: string, readonly out: unknown[]) {} async [Symbol.asyncDispose]() { this.out.push(await lib.send("free " + this.name)); } }
const lockOf = async (name: string, out: unknown[]) => { await lib.send("take " + name); return new Lock(name, out); };`;

/** Title, body of `run`, and what it gives. */
const programs: readonly (readonly [string, string, unknown])[] = [
  [
    "a live connection, with a call after its end",
    `let got = ""; { await using c = await lib.open("a"); got = await c.ask("x"); await lib.sleep(1); } await lib.sleep(1); return got;`,
    "x of a",
  ],
  [
    "two connections, closed in the opposite order",
    `const got: string[] = []; { await using a = await lib.open("a"), b = await lib.open("b"); got.push(await a.ask("x"), await b.ask("y")); } await lib.send("over"); return got;`,
    ["x of a", "y of b"],
  ],
  [
    "a lock of the author's: what it does when it is freed are units",
    `const out: unknown[] = []; { await using lock = await lockOf("k", out); out.push(lock.name, await lib.send("work")); } await lib.sleep(1); return out;`,
    ["k", "work", "free k"],
  ],
  [
    "an error in the block that is caught around it",
    `const out: unknown[] = []; try { await using lock = await lockOf("k", out); await lib.sleep(1); throw new Error("no"); } catch (e) { await lib.sleep(1); out.push((e as Error).message); } return out;`,
    ["free k", "no"],
  ],
  [
    "an error in the block and one in the disposal",
    `class Bad { async [Symbol.asyncDispose]() { await lib.sleep(1); throw new Error("disposal"); } } try { await using bad = new Bad(); await lib.sleep(1); throw new Error("body"); } catch (e: any) { await lib.sleep(1); return [e.name, e.error.message, e.suppressed.message]; } return 0;`,
    ["SuppressedError", "disposal", "body"],
  ],
  [
    "an attempt that fails: the lock stays held for the next one",
    `const out: unknown[] = []; await using lock = await lockOf("k", out); out.push(await lib.send("work" + 1)); if (ctx.attempt.number < 2) throw new Error("again"); await lib.sleep(1); return [...out];`,
    ["work1"],
  ],
  [
    "return out of the block, and out of a loop with a resource for each turn",
    `const each = async () => { for (await using c of [await lib.open("a"), await lib.open("b")]) { const said = await c.ask("x"); if (said === "x of b") return said; } return ""; }; const got = await each(); await lib.sleep(1); return got;`,
    "x of b",
  ],
  [
    "using without await, and nothing to dispose of",
    `using c = lib.take("s"); await using none = null; const got = await c.ask("x"); await lib.sleep(1); return got;`,
    "x of s",
  ],
];

const source = (body: string): string =>
  `${own}\nexport const p = task({ id: "p", retry: { maxAttempts: 3, minTimeoutInMs: 10, randomize: false }, run: async (_: unknown, { ctx }: any) => { ${body} } });`;

describe("using is durable", () => {
  test.each(programs)("%s", async (_title, body, expected) => {
    const { bad, runs } = await everyCrash(source(body), library, "p", null, expected);
    expect(bad).toEqual([]);
    expect(runs).toBeGreaterThan(4);
  });
});

/** What happened outside in one run without a crash, and once more with a crash behind `last`. */
async function logs(body: string, last: string): Promise<[string[], string[]]> {
  const once = async (isNow: () => boolean): Promise<string[]> => {
    log = [];
    let done = false;
    const strike = (): "before" | undefined => {
      if (done || !isNow()) return undefined;
      done = true;
      return "before";
    };
    const made: ReturnType<typeof bench> = bench(
      source(body),
      library(() => made.world),
      { strike },
    );
    await made.run("p");
    return log;
  };
  return [await once(() => false), await once(() => log.at(-1) === last)];
}

test("a connection whose disposal is recorded is not opened again", async () => {
  const body = `{ await using c = await lib.open("a"); await c.ask("x"); } await lib.send("over"); return 1;`;
  const [plain, crashed] = await logs(body, "send over");
  expect(plain).toEqual(["open a", "ask a", "close a", "send over"]);
  expect(crashed).toEqual([...plain, "send over"]);
});

test("disposals come in the opposite order, also when the body throws", async () => {
  const body = `try { await using a = await lib.open("a"); await using b = await lib.open("b"); throw new Error("x"); } catch { await lib.send("caught"); } return 1;`;
  const [plain] = await logs(body, "");
  expect(plain).toEqual(["open a", "open b", "close b", "close a", "send caught"]);
});

test("an attempt that another one follows disposes of nothing; the last one does", async () => {
  const body = `const out: unknown[] = []; await using lock = await lockOf("k", out); await lib.send("work"); if (ctx.attempt.number < 3) throw new Error("again"); return 1;`;
  const [plain] = await logs(body, "");
  expect(plain).toEqual(["send take k", "send work", "send free k"]);
});
