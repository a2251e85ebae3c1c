/** A finished run is made again behind crashes, in memory and without reaching out; what only its memory had is told, and nothing else. */
import { expect, test } from "vitest";
import type { Verdict } from "../../local/replay-check/difference.ts";
import { rehearsed } from "../../local/replay-check/rehearsal.ts";
import type { RehearsalWatch } from "../../local/replay-check/rehearsal-watch.ts";
import { runPass } from "../../sdk/host.ts";
import { type Bench, bench } from "../engine/tasks.ts";

const task = (body: string): string =>
  `task({ id: "t", retry: { maxAttempts: 2, minTimeoutInMs: 1, randomize: false }, run: async (_: unknown, { ctx }: any) => { ${body} } });`;

let asked = 0;

/** What packages do: in memory, and outside. `reach` is called for each call to the outside, and may refuse it; `pauseMs` is what `slow` takes. */
function library(reach: () => void, pauseMs = 1): Record<string, unknown> {
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
  let registered = 0;
  const send = async (what: unknown): Promise<unknown> => {
    reach();
    await turn();
    return `sent ${JSON.stringify(what)}`;
  };
  return {
    send,
    pure: async (n: number) => (await turn(), n * 2),
    asked: async () => asked++,
    slow: async () => void (await new Promise((resolve) => setTimeout(resolve, pauseMs))),
    failing: async () => {
      await turn();
      if (registered++ === 0) throw new Error("once");
    },
    register: async () => void (await turn(), registered++),
    registered: async () => (await turn(), registered),
    queue() {
      const items: unknown[] = [];
      return {
        add: async (item: unknown) => void (await turn(), items.push(item)),
        size: async () => (await turn(), items.length),
        flush: async () => {
          for (const item of items.splice(0)) await send(item);
        },
      };
    },
    box() {
      let put: (item: unknown) => void;
      const item = new Promise((resolve) => (put = resolve));
      return { fill: async () => void setTimeout(() => put(1), 5), take: async () => item };
    },
    later: async (tell: (item: unknown) => void) => void setTimeout(() => tell(1), 5),
    memo() {
      const known = new Map<number, number>();
      return async (n: number) => {
        if (!known.has(n)) await turn();
        known.set(n, n * n);
        return known.get(n);
      };
    },
    loader(batch: (keys: readonly number[]) => Promise<readonly unknown[]>) {
      let waiting: { key: number; resolve: (value: unknown) => void }[] = [];
      const call = async (): Promise<void> => {
        const all = waiting;
        waiting = [];
        const values = await batch(all.map(({ key }) => key));
        all.forEach(({ resolve }, at) => void resolve(values[at]));
      };
      return {
        load: (key: number) =>
          new Promise((resolve) => {
            waiting.push({ key, resolve });
            if (waiting.length === 1) setTimeout(() => void call(), 1);
          }),
      };
    },
  };
}

/** Runs a body, and rehearses its crashes as `holdfast dev` does. */
async function verdictOn(body: string): Promise<{ verdict: Verdict; sent: number }> {
  let sent = 0;
  const made: Bench = bench(
    task(body),
    library(() => void sent++),
    { realIo: true },
  );
  const run = await made.run("t");
  const before = sent;
  const { entries } = await made.world.store.journal(run.id, 0);
  let watch: Pick<RehearsalWatch, "reached"> | undefined;
  const refuse = (): never => {
    watch?.reached();
    throw new Error("refused");
  };
  const verdict = await rehearsed(
    { run, entries },
    {
      async load() {
        made.reload(task(body), library(refuse, 1_200));
        return (ports, runId) => runPass(ports, { runId, owner: "rehearsal", print: () => {} });
      },
      spill: made.world.spill,
      isAway: () => false,
      begun: (begun) => {
        watch = begun;
      },
    },
  );
  expect(sent, "nothing is sent in a rehearsal").toBe(before);
  return { verdict, sent };
}

test.each([
  [
    "calls of the outside between others",
    `return [await lib.pure(1), await lib.send(1), await lib.pure(2), await lib.send(2)];`,
  ],
  [
    "a cache that gives the same again",
    `const square = lib.memo(); const all = []; for (const n of [1, 2, 1]) all.push(await square(await lib.pure(n))); return all;`,
  ],
  [
    "parallel branches",
    `return Promise.all([1, 2, 3].map(async (n) => [await lib.pure(n), await lib.send(n), await lib.pure(n)]));`,
  ],
  [
    "waits, clocks and chance",
    `const id = crypto.randomUUID(); await lib.pure(1); await wait.for({ hours: 1 }); return [id, await lib.pure(2), Math.random()];`,
  ],
  [
    "a queue that one step fills and empties",
    `await step("queue", async () => { const queue = lib.queue(); await queue.add(1); await queue.flush(); }); return lib.pure(1);`,
  ],
  [
    "a token that is there already under its key",
    `const one = await wait.createToken({ idempotencyKey: "k" }); const two = await wait.createToken({ idempotencyKey: "k" }); return [one.id === two.id, await lib.pure(1)];`,
  ],
  [
    "a loader whose function only computes",
    `const loader = lib.loader(async (keys: number[]) => keys.map((key) => key * 10)); return Promise.all([1, 2, 3].map((key) => loader.load(key)));`,
  ],
])("a run that a crash does not change is not told of: %s", async (_, body) => {
  expect((await verdictOn(body)).verdict).toEqual({ kind: "same" });
});

test("what an object of a package's has kept to itself is told where the run's end shows it", async () => {
  const { verdict } = await verdictOn(
    `const queue = lib.queue(); await queue.add(1); await queue.add(2); return queue.size();`,
  );
  expect(verdict).toEqual({
    kind: "crash",
    behind: { name: "queue.add", at: "tasks/program.ts:3" },
    ended: { run: "2", crash: "1" },
  });
});

test("where a wait has had it forgotten already, that is told", async () => {
  const { verdict } = await verdictOn(
    `const queue = lib.queue(); await queue.add(1); await wait.for({ hours: 1 }); await queue.add(2); return queue.size();`,
  );
  expect(verdict).toEqual({
    kind: "crash",
    behind: { name: "queue.add", at: "tasks/program.ts:3" },
    ended: { run: "2", crash: "1" },
    hasHappened: true,
  });
});

test("what a package's module has kept to itself is told", async () => {
  const { verdict } = await verdictOn(`await lib.register(); await lib.register(); return lib.registered();`);
  expect(verdict).toMatchObject({ kind: "crash", ended: { run: "2", crash: "1" } });
});

test("a call that would send nothing any more is told, though the run ends alike", async () => {
  const { verdict, sent } = await verdictOn(
    `const queue = lib.queue(); await queue.add(1); await queue.flush(); return "done";`,
  );
  expect(sent).toBe(1);
  expect(verdict).toEqual({
    kind: "crash",
    behind: { name: "queue.add", at: "tasks/program.ts:3" },
    stays: { name: "queue.flush", at: "tasks/program.ts:3" },
  });
});

test("a function of several calls that would send something else for some of them is told", async () => {
  const { verdict } = await verdictOn(
    `const loader = lib.loader(async (keys: number[]) => { await lib.send(keys); return keys; }); return Promise.all([1, 2, 3].map((key) => loader.load(key)));`,
  );
  expect(verdict).toMatchObject({
    kind: "crash",
    asks: { name: "lib.send" },
    behind: { name: "loader.load" },
  });
});

test.each([
  [
    "a call in memory that another one answers",
    `const box = lib.box(); await box.fill(); await lib.pure(1); return box.take();`,
    { behind: { name: "box.fill" }, waits: { name: "box.take" } },
  ],
  [
    "a promise that a library's call settles",
    `const made: any = {}; const answer = new Promise((resolve) => { made.yes = resolve; }); await lib.later((item: unknown) => made.yes(item)); await lib.pure(1); return [await answer, await lib.pure(2)];`,
    { behind: { name: "lib.later" }, waits: { name: "answer" } },
  ],
])("a run that would wait for ever is told of: %s", async (_, body, found) => {
  expect((await verdictOn(body)).verdict).toMatchObject({ kind: "crash", ...found });
});

test.each([
  ["an end that is another one each time", `await lib.pure(1); return lib.asked();`, "another one each time"],
  [
    "attempts that failed",
    `await lib.failing().catch(() => {}); await lib.pure(1); await lib.failing(); if (ctx.attempt.number < 2) throw new Error("again"); return 1;`,
    "failures",
  ],
])("of %s nothing is said", async (_, body, because) => {
  const { verdict } = await verdictOn(body);
  expect(verdict).toMatchObject({ kind: "unchecked", because: expect.stringContaining(because) });
});

test("a call that takes long counts as one to the outside: its record answers", async () => {
  const { verdict } = await verdictOn(`await lib.pure(1); await lib.slow(); return lib.pure(2);`);
  expect(verdict).toEqual({ kind: "same" });
});
