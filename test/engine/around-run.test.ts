/** Middleware, locals, hooks of all tasks, hooks around waits, `init` and `cleanup`, and a run that is completed by a throw. */
import { expect, test } from "vitest";
import { bench, everyCrash } from "./tasks.ts";

const noting = (calls: string[]) => ({ note: async (name: string) => void calls.push(name) });

const layered = `
  const user = locals.create<string>("user");
  tasks.middleware("user", async ({ ctx, next }) => { await lib.note("outer in"); locals.set(user, "ada of " + ctx.task.id.slice(0, 1)); try { await next(); } finally { await lib.note("outer out"); } });`;

test("middleware goes around the hooks and run, all tasks' ahead of the task's own", async () => {
  const calls: string[] = [];
  const { run, output } = bench(
    `${layered}
    task({ id: "t",
      middleware: async ({ next, payload }) => { await lib.note("inner in " + payload); await next(); await lib.note("inner out"); },
      onStart: async () => { await lib.note("onStart"); },
      run: async (n: number) => { await lib.note("run"); return [n, locals.getOrThrow(user)]; } });`,
    noting(calls),
  );
  expect(await output(await run("t", 4))).toEqual([4, "ada of t"]);
  expect(calls).toEqual(["outer in", "inner in 4", "onStart", "run", "inner out", "outer out"]);
});

test("what a middleware awaits is recorded: a later attempt or pass does not make it again", async () => {
  const calls: string[] = [];
  const { run, output } = bench(
    `${layered}
    task({ id: "t", retry: { maxAttempts: 2, minTimeoutInMs: 60000 }, run: async (_: unknown, { ctx }) => {
      await wait.for({ days: 1 });
      if (ctx.attempt.number === 1) throw new Error("again");
      return locals.get(user);
    } });`,
    noting(calls),
  );
  expect(await output(await run("t", 0, 3 * 86_400_000))).toBe("ada of t");
  expect(calls).toEqual(["outer in", "outer out"]);
});

test("an error of run cannot be held up by a middleware, and an error of the middleware fails the attempt", async () => {
  const { run } = bench(`
    task({ id: "held", retry: { maxAttempts: 1 }, middleware: async ({ next }) => { try { await next(); } catch {} }, run: async () => { throw new TypeError("mine"); } });
    task({ id: "own", retry: { maxAttempts: 1 }, middleware: async ({ next }) => { await next(); throw new RangeError("its"); }, run: async () => 1 });`);
  expect(await run("held")).toMatchObject({
    status: "FAILED",
    error: { name: "TypeError", message: "mine" },
  });
  expect(await run("own")).toMatchObject({ status: "FAILED", error: { name: "RangeError", message: "its" } });
});

test("the hooks at the end are within the middleware, and see what it sets", async () => {
  const calls: string[] = [];
  const { run } = bench(
    `${layered}
    task({ id: "t", onSuccess: async ({ output }) => { await lib.note("onSuccess " + output + " " + locals.get(user)); }, run: async () => 1 });`,
    noting(calls),
  );
  expect((await run("t")).status).toBe("COMPLETED");
  expect(calls).toEqual(["outer in", "outer out", "outer in", "onSuccess 1 ada of t", "outer out"]);
});

test("hooks of all tasks come ahead of the task's own, and a name that is set again replaces its hook", async () => {
  const calls: string[] = [];
  const { run } = bench(
    `
    tasks.onStart("a", async () => { await lib.note("replaced"); });
    tasks.onStart("a", async ({ task }) => { await lib.note("all onStart " + task.slice(0, 1)); });
    tasks.onStart(async () => { await lib.note("second onStart"); });
    tasks.onComplete(async ({ result }) => { await lib.note("all onComplete " + result.ok); });
    tasks.onFailure(async () => { await lib.note("never"); });
    task({ id: "t", onStart: async () => { await lib.note("own onStart"); }, onComplete: async () => { await lib.note("own onComplete"); }, run: async () => { await lib.note("run"); } });`,
    noting(calls),
  );
  expect((await run("t")).status).toBe("COMPLETED");
  expect(calls).toEqual([
    "all onStart t",
    "second onStart",
    "own onStart",
    "run",
    "all onComplete true",
    "own onComplete",
  ]);
});

test("onWait and onResume are called around each wait, and told what is waited for", async () => {
  const calls: string[] = [];
  const { run } = bench(
    `
    tasks.onWait(async ({ wait }) => { await lib.note("wait " + wait.type); });
    tasks.onResume(async ({ wait }) => { await lib.note("resume " + wait.type); });
    const child = task({ id: "child", run: async () => 1 });
    task({ id: "t", run: async () => { await wait.for({ hours: 1 }); await child.triggerAndWait(undefined).unwrap(); await child.batchTriggerAndWait([{}]); } });`,
    noting(calls),
  );
  expect((await run("t", 0, 86_400_000)).status).toBe("COMPLETED");
  const types = ["duration", "task", "batch"];
  expect(calls).toEqual(types.flatMap((type) => [`wait ${type}`, `resume ${type}`]));
});

test("they are told until when, of which run, batch or token", async () => {
  const told: object[] = [];
  const { run, output } = bench(
    `
    tasks.onWait(async ({ wait }) => { await lib.tell(wait); });
    tasks.onResume(async ({ wait }) => { await lib.tell(wait); });
    const child = task({ id: "child", run: async () => 1 });
    task({ id: "t", run: async (_: unknown, { ctx }) => {
      const due = new Date(ctx.run.startedAt.getTime() + 3_600_000);
      await wait.until({ date: due });
      const { id } = await child.triggerAndWait(undefined);
      const known = await child.trigger(undefined, { idempotencyKey: "known" });
      await child.triggerAndWait(undefined, { idempotencyKey: "known" });
      const batch = await child.batchTriggerAndWait([{}, {}]);
      const token = await wait.createToken({ timeout: "1h" });
      await wait.completeToken(token, 7);
      await wait.forToken(token);
      return { due, id, known: known.id, batch: batch.id, token: token.id };
    } });`,
    { tell: async (wait: object) => void told.push(wait) },
  );
  const { due, ...ids } = (await output(await run("t", 0, 86_400_000))) as Record<string, string>;
  const twice = (wait: object) => [wait, wait];
  expect(told).toEqual([
    ...twice({ type: "duration", date: due }),
    ...twice({ type: "task", runId: ids.id }),
    // Which run the key finds is known behind the wait.
    { type: "task", runId: expect.stringMatching(/^run_/) },
    { type: "task", runId: ids.known },
    ...twice({ type: "batch", batchId: ids.batch, runCount: 2 }),
    ...twice({ type: "token", token: ids.token }),
  ]);
});

test("what init gives reaches run, and cleanup comes behind run", async () => {
  const calls: string[] = [];
  const { run, output } = bench(
    `task({ id: "t",
      init: async ({ payload }) => ({ twice: payload * 2 }),
      onStart: async () => { await lib.note("onStart"); },
      cleanup: async ({ init }) => { await lib.note("cleanup " + init.twice); throw new Error("only told"); },
      run: async (_: number, { init }) => { await lib.note("run"); return init.twice; } });`,
    noting(calls),
  );
  expect(await output(await run("t", 4))).toBe(8);
  expect(calls).toEqual(["onStart", "run", "cleanup 8"]);
});

test("a local that was not set is undefined, or an error that says how it is set", async () => {
  const { run, output } = bench(
    `const other = locals.create<number>("other");
     task({ id: "t", run: async () => { try { locals.getOrThrow(other); } catch (error) { return [locals.get(other), (error as Error).message]; } } });`,
  );
  expect(await output(await run("t"))).toEqual([
    undefined,
    expect.stringContaining('HF501 The local "other" was not set'),
  ]);
});

test("a CompleteTaskWithOutput ends the run as a success, from however deep, and finally is done", async () => {
  const calls: string[] = [];
  const { run, output } = bench(
    `const deep = async () => { await lib.note("deep"); throw new CompleteTaskWithOutput({ early: true }); };
     task({ id: "t", onSuccess: async ({ output }) => { await lib.note("onSuccess " + output.early); }, run: async () => { try { await deep(); } finally { await lib.note("finally"); } await lib.note("never"); } });`,
    noting(calls),
  );
  expect(await output(await run("t"))).toEqual({ early: true });
  expect(calls).toEqual(["deep", "finally", "onSuccess true"]);
});

test("with a crash at every store call, middleware and hooks are recorded as run is", async () => {
  const source = `
    const user = locals.create<string>("user");
    tasks.middleware(async ({ next }) => { locals.set(user, await lib.make("user")); await next(); await lib.make("out"); });
    tasks.onStart(async () => { await lib.make("onStart"); });
    tasks.onWait(async () => { await lib.make("onWait"); });
    task({ id: "t", onSuccess: async () => { await lib.make("onSuccess"); }, run: async () => { await wait.for({ minutes: 5 }); return [locals.get(user), await lib.make("run")]; } });`;
  const { runs, bad } = await everyCrash(source, () => ({ make: async (name: string) => name }), "t", 0, [
    "user",
    "run",
  ]);
  expect(bad).toEqual([]);
  expect(runs).toBeGreaterThan(12);
});
