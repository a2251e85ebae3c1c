/** `catchError`: when it is asked, and what its answer does. */
import { expect, test } from "vitest";
import { bench, everyCrash } from "./tasks.ts";

function failing(calls: string[], failures: number, message = "down") {
  let count = 0;
  return {
    note: async (name: string) => void calls.push(name),
    api: async () => {
      calls.push("api");
      if (++count <= failures) throw new Error(message);
      return "up";
    },
  };
}

const quick = "retry: { maxAttempts: 3, minTimeoutInMs: 10, maxTimeoutInMs: 10, randomize: false }";

test("without an answer the error is treated as retry says, and each failure is asked about once", async () => {
  const calls: string[] = [];
  const { run } = bench(
    `task({ id: "t", ${quick}, catchError: async ({ error, ctx, payload, task, retryDelayInMs, retryAt, retry }) => {
      await lib.note([task.slice(0, 1), payload, (error as Error).message, ctx.attempt.number, retryDelayInMs, retryAt instanceof Date, retry.maxAttempts].join(" "));
    }, run: async () => await lib.api() });`,
    failing(calls, 9),
  );
  expect(await run("t", "p")).toMatchObject({ status: "FAILED", error: { message: "down" } });
  expect(calls).toEqual([
    "api",
    "t p down 1 10 true 3",
    "api",
    "t p down 2 10 true 3",
    "api",
    "t p down 3  false 3",
  ]);
});

test("skipRetrying ends the run, with another error if one is given", async () => {
  const calls: string[] = [];
  const { run } = bench(
    `task({ id: "t", ${quick}, catchError: async () => ({ skipRetrying: true, error: new TypeError("gone for good") }), onFailure: async ({ error }) => { await lib.note((error as Error).message); }, run: async () => await lib.api() });`,
    failing(calls, 9),
  );
  expect(await run("t")).toMatchObject({
    status: "FAILED",
    error: { name: "TypeError", message: "gone for good" },
  });
  expect(calls).toEqual(["api", "gone for good"]);
});

test("retryAt, retryDelayInMs and retry say when, however many tries there were", async () => {
  for (const answer of [
    "{ retryAt: new Date(Date.now() + 60_000) }",
    "{ retryDelayInMs: 60_000 }",
    "{ retry: { maxAttempts: 9, minTimeoutInMs: 60_000, maxTimeoutInMs: 60_000 } }",
  ]) {
    const calls: string[] = [];
    const { run, output, world } = bench(
      `task({ id: "t", retry: { maxAttempts: 1 }, catchError: () => (${answer}), run: async () => await lib.api() });`,
      failing(calls, 4),
    );
    const begun = world.clock.now();
    expect(await output(await run("t")), answer).toBe("up");
    expect(calls).toHaveLength(5);
    expect(world.clock.now() - begun).toBeGreaterThanOrEqual(4 * 60_000 - 100);
  }
});

test("an answer with none of them ends the run", async () => {
  const calls: string[] = [];
  const { run } = bench(
    `task({ id: "t", ${quick}, catchError: () => ({ error: new Error("as told") }), run: async () => await lib.api() });`,
    failing(calls, 9),
  );
  expect(await run("t")).toMatchObject({ status: "FAILED", error: { message: "as told" } });
  expect(calls).toEqual(["api"]);
});

test("the task's own is asked first, then those of all tasks, until one has an answer", async () => {
  const calls: string[] = [];
  const { run } = bench(
    `tasks.catchError("first", async ({ ctx }) => { await lib.note("first " + ctx.attempt.number); return ctx.attempt.number === 2 ? { skipRetrying: true } : undefined; });
     tasks.catchError("second", async () => { await lib.note("second"); });
     task({ id: "t", ${quick}, handleError: async () => { await lib.note("own"); }, run: async () => await lib.api() });`,
    failing(calls, 9),
  );
  expect((await run("t")).status).toBe("FAILED");
  expect(calls).toEqual(["api", "own", "first 1", "second", "api", "own", "first 2"]);
});

test("it is not asked about what the author's code catches, about an AbortTaskRunError, or about an end by cancel", async () => {
  const calls: string[] = [];
  const { run, output } = bench(
    `const told = async ({ error }) => { await lib.note("asked " + (error as Error).name); };
     task({ id: "caught", ${quick}, catchError: told, run: async () => { try { return await lib.api(); } catch { return "fallback"; } } });
     task({ id: "abort", ${quick}, catchError: told, run: async () => { throw new AbortTaskRunError("no"); } });
     task({ id: "late", maxDuration: 1, catchError: told, run: async () => { await lib.never(); } });`,
    { ...failing(calls, 3), never: () => new Promise(() => {}) },
  );
  expect(await output(await run("caught"))).toBe("fallback");
  expect((await run("abort")).status).toBe("FAILED");
  expect((await run("late")).status).toBe("TIMED_OUT");
  expect(calls).toEqual(["api", "api", "api"]);
});

test("its own error is logged, and changes nothing", async () => {
  const { run, world } = bench(
    `task({ id: "t", ${quick}, catchError: () => { throw new Error("too"); }, run: async (_: unknown, { ctx }) => { throw new Error("no " + ctx.attempt.number); } });
     task({ id: "wrong", retry: { maxAttempts: 1 }, catchError: () => "again" as never, run: async () => { throw new Error("no"); } });`,
  );
  expect(await run("t")).toMatchObject({ status: "FAILED", error: { message: "no 3" } });
  expect(world.printed.filter((line) => /catchError failed.*too/s.test(line))).toHaveLength(3);
  expect(await run("wrong")).toMatchObject({ status: "FAILED", error: { message: "no" } });
  expect(world.printed.at(-1)).toMatch(/HF503 catchError gave again/);
});

test("a finally runs once: behind the last attempt, also where catchError says which one that is", async () => {
  const calls: string[] = [];
  const { run } = bench(
    `task({ id: "t", ${quick}, catchError: ({ ctx }) => ctx.attempt.number === 2 ? { skipRetrying: true } : undefined,
       run: async (_: unknown, { ctx }) => { try { await lib.note("begun"); throw new Error("no " + ctx.attempt.number); } finally { await lib.note("tidied up"); } } });`,
    failing(calls, 0),
  );
  expect(await run("t")).toMatchObject({ status: "FAILED", error: { message: "no 2" } });
  expect(calls).toEqual(["begun", "tidied up"]);
});

test("at every crash: the same end", async () => {
  const { runs, bad } = await everyCrash(
    `task({ id: "t", ${quick}, catchError: async ({ error, ctx }) => {
        await lib.note("asked " + ctx.attempt.number);
        return ctx.attempt.number === 2 ? { skipRetrying: true, error: new Error("told " + (error as Error).message) } : undefined;
      }, onFailure: async ({ error }) => { await lib.note((error as Error).message); }, run: async () => { await lib.note("begun"); return await lib.api(); } });`,
    () => failing([], 99),
    "t",
    undefined,
    "FAILED told down",
  );
  expect(bad).toEqual([]);
  expect(runs).toBeGreaterThan(8);
});
