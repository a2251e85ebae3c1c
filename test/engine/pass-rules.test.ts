/** Design §4: waits, children, cancel, resume, maxDuration; §5: values, handles, time and chance. */
import { expect, test } from "vitest";
import { cancelRun, resumeRun } from "../../engine/start.ts";
import { bench, everyCrash } from "./tasks.ts";

const day = 86_400_000;

test("a run that waits is put away, and goes on from its journal when it is due", async () => {
  const calls: string[] = [];
  const lib = { note: async (name: string) => void calls.push(name) };
  const { run, world } = bench(
    `task({ id: "t", run: async () => { await lib.note("a"); await wait.for({ days: 3 }); await lib.note("b"); } });`,
    lib,
  );
  const begun = world.clock.now();
  expect((await run("t")).status).toBe("COMPLETED");
  expect(calls).toEqual(["a", "b"]);
  expect(world.passes).toBe(2);
  expect(world.clock.now() - begun).toBeGreaterThanOrEqual(3 * day);
});

test("a pass that only sleeps says so, and says when it no longer does", async () => {
  const { run, world } = bench(
    `task({ id: "t", run: async () => { await lib.note(); await wait.for({ seconds: 0.5 }); await lib.note(); } });`,
    { note: () => new Promise<void>((resolve) => void world.clock.after(5, resolve)) },
  );
  expect((await run("t")).status).toBe("COMPLETED");
  expect(world.passes).toBe(1);
  expect(world.rested).toEqual([false, true, false]);
});

test("parallel waits take as long as the longest, not the sum", async () => {
  const { run, world } = bench(
    `task({ id: "t", run: async () => { await Promise.all([wait.for({ hours: 1 }), wait.for({ hours: 2 }), wait.until({ date: new Date(Date.now() + 3_600_000) })]); } });`,
  );
  const begun = world.clock.now();
  await run("t");
  expect(world.clock.now() - begun).toBeLessThan(2 * 3_600_000 + 10_000);
});

test("a parent waits for its children at no cost, and gets their outputs", async () => {
  const { run, output, world } = bench(`
    const child = task({ id: "child", run: async (n: number) => { await wait.for({ hours: 1 }); return n * 2; } });
    task({ id: "parent", run: async () => Promise.all([1, 2, 3].map((n) => child.triggerAndWait(n).unwrap())) });`);
  const ended = await run("parent");
  expect(await output(ended)).toEqual([2, 4, 6]);
  expect((await world.store.list({ limit: 10 })).runs).toHaveLength(4);
});

test("a child's failure is a value, and unwrap makes it an error that is not tried again", async () => {
  let calls = 0;
  const lib = {
    fails: async () => {
      calls++;
      throw Object.assign(new Error("no"), { status: 400 });
    },
  };
  const { run, output } = bench(
    `
    const child = task({ id: "child", run: async () => { await lib.fails(); } });
    task({ id: "soft", run: async () => { const r = await child.triggerAndWait(); return r.ok ? "ok" : r.error.message; } });
    task({ id: "hard", run: async () => { await child.triggerAndWait().unwrap(); } });`,
    lib,
  );
  expect(await output(await run("soft"))).toBe("no");
  const hard = await run("hard");
  expect(hard).toMatchObject({ status: "FAILED", error: { name: "SubtaskUnwrapError" } });
  expect(calls).toBe(2);
});

test("trigger inside a run starts one run, however often the unit is interrupted", async () => {
  const { runs, bad } = await everyCrash(
    `
    const child = task({ id: "child", run: async (n: number) => n });
    task({ id: "t", run: async () => { const handle = await child.trigger(1); await wait.for({ seconds: 0 }); return typeof handle.id; } });`,
    () => ({}),
    "t",
    undefined,
    "string",
  );
  expect(bad).toEqual([]);
  expect(runs).toBeGreaterThan(5);
});

test("a crash at any store call loses nothing and repeats no recorded await", async () => {
  const source = `
    const child = task({ id: "child", run: async (n: number) => { await lib.effect("c" + n); return n; } });
    task({ id: "t", run: async () => {
      const first = await lib.effect("first");
      const [a, b] = await Promise.all([lib.effect("a"), child.triggerAndWait(5).unwrap()]);
      await wait.for({ minutes: 5 });
      return [first, a, b, await lib.effect("last")];
    } });`;
  const { runs, bad } = await everyCrash(
    source,
    (world) => ({
      effect: async (name: string) => {
        await new Promise<void>((resolve) => world().clock.after(3, resolve));
        return name.length;
      },
    }),
    "t",
    undefined,
    [5, 1, 5, 4],
  );
  expect(bad).toEqual([]);
  expect(runs).toBeGreaterThan(12);
});

test("cancel rejects what is pending, lets finally run, and ends the run as CANCELED", async () => {
  const calls: string[] = [];
  const lib = { note: async (name: string) => void calls.push(name) };
  const { world, id } = bench(
    `task({ id: "t", run: async (_: unknown, { signal }) => { try { await wait.for({ days: 9 }); calls; } catch (error) { await lib.note((error as Error).name + signal.aborted); throw error; } finally { await lib.note("finally"); } } });
     const calls = 0;`,
    lib,
  );
  const { id: runId } = await world.start(id("t"), undefined);
  await world.until(async () => (await world.store.read(runId))?.status === "WAITING");
  await cancelRun(world.ports, runId);
  expect((await world.finish(runId)).status).toBe("CANCELED");
  expect(calls).toEqual(["RunCanceledErrortrue", "finally"]);
});

test("cancel reaches the children that a run waits for", async () => {
  const { world, id } = bench(`
    const child = task({ id: "child", run: async () => { await wait.for({ days: 9 }); } });
    task({ id: "t", run: async () => { await child.triggerAndWait(); } });`);
  const { id: runId } = await world.start(id("t"), undefined);
  await world.until(
    async () =>
      (await world.store.list({ limit: 9 })).runs.filter((one) => one.status === "WAITING").length === 2,
  );
  await cancelRun(world.ports, runId);
  await world.finish(runId);
  await world.until(async () =>
    (await world.store.list({ limit: 9 })).runs.every((one) => one.status === "CANCELED"),
  );
  expect((await world.store.list({ limit: 9 })).runs.map((one) => one.status)).toEqual([
    "CANCELED",
    "CANCELED",
  ]);
});

test("maxDuration counts active time and ends the run as TIMED_OUT", async () => {
  const { run } = bench(
    `task({ id: "t", maxDuration: 5, run: async () => { await wait.for({ days: 1 }); await lib.never(); } });`,
    { never: () => new Promise(() => {}) },
  );
  expect((await run("t")).status).toBe("TIMED_OUT");
});

test("a dead letter resumes on fixed code, and repeats nothing that had succeeded", async () => {
  const calls: string[] = [];
  const lib = { note: async (name: string) => (calls.push(name), name) };
  const source = (bug: string): string =>
    `task({ id: "t", retry: { maxAttempts: 2, minTimeoutInMs: 1 }, run: async () => { const a = await lib.note("a"); ${bug} return a + (await lib.note("b")); } });`;
  const { run, reload, world, output } = bench(
    source(`(undefined as unknown as { x: { y: number } }).x.y;`),
    lib,
  );
  const failed = await run("t");
  expect(failed.status).toBe("FAILED");
  reload(source(""));
  await resumeRun(world.ports, failed.id, "v2");
  const ended = await world.finish(failed.id);
  expect(ended).toMatchObject({ status: "COMPLETED", codeVersion: "v2" });
  expect(await output(ended)).toBe("ab");
  expect(calls).toEqual(["a", "b"]);
});

test("a resume makes the await again whose tries were used up", async () => {
  let broken = true;
  const calls: string[] = [];
  const lib = {
    note: async (name: string) => void calls.push(name),
    flaky: async () => {
      calls.push("flaky");
      if (broken) throw new Error("down");
      return "up";
    },
  };
  const { run, world, output } = bench(
    `task({ id: "t", retry: { maxAttempts: 2, minTimeoutInMs: 1 }, run: async () => { await lib.note("a"); return lib.flaky(); } });`,
    lib,
  );
  const failed = await run("t");
  expect(failed.status).toBe("FAILED");
  broken = false;
  await resumeRun(world.ports, failed.id, "v1");
  expect(await output(await world.finish(failed.id))).toBe("up");
  expect(calls).toEqual(["a", "flaky", "flaky", "flaky"]);
});

test("a resume takes up a failed child again", async () => {
  let broken = true;
  const lib = {
    flaky: async () => {
      if (broken) throw new Error("down");
      return "up";
    },
  };
  const { run, world, output } = bench(
    `const child = task({ id: "child", retry: { maxAttempts: 1 }, run: async () => lib.flaky() });
     task({ id: "t", run: async () => child.triggerAndWait().unwrap() });`,
    lib,
  );
  const failed = await run("t");
  expect(failed.status).toBe("FAILED");
  broken = false;
  await resumeRun(world.ports, failed.id, "v1");
  expect(await output(await world.finish(failed.id))).toBe("up");
  expect((await world.store.list({ limit: 9 })).runs).toHaveLength(2);
});

test("on other code a recorded await with other inputs is a conflict, and is not made again", async () => {
  const calls: number[] = [];
  const lib = { charge: async (amount: number) => void calls.push(amount) };
  const source = (amount: number, bug: string): string =>
    `task({ id: "t", retry: { maxAttempts: 1 }, run: async () => { const amount = ${amount}; await lib.charge(amount); ${bug} } });`;
  const { run, reload, world } = bench(source(5, `throw new Error("bug");`), lib);
  const failed = await run("t");
  reload(source(6, ""));
  await resumeRun(world.ports, failed.id, "v2");
  const ended = await world.finish(failed.id);
  expect(ended.status).toBe("FAILED");
  expect(ended.error?.message).toContain("HF315");
  expect(calls).toEqual([5]);
});

test("time and chance come out the same in every pass", async () => {
  const source = `task({ id: "t", run: async () => { const before = [Date.now(), Math.random(), crypto.randomUUID(), new Date().getTime()]; await wait.for({ days: 1 }); await lib.keep(before); return before; } });`;
  const kept: unknown[] = [];
  const { run, output } = bench(source, { keep: async (value: unknown) => void kept.push(value) });
  const first = await output(await run("t"));
  expect(kept).toEqual([first]);
});

test("two runs never draw the same id", async () => {
  const { run, output } = bench(`task({ id: "t", run: async () => crypto.randomUUID() });`);
  expect(await output(await run("t"))).not.toBe(await output(await run("t")));
});

test("a log line is printed once, however often the run is replayed", async () => {
  const { run, world } = bench(
    `task({ id: "t", run: async () => { console.log("one"); logger.info("two"); await wait.for({ days: 1 }); console.log("three"); await wait.for({ days: 1 }); } });`,
  );
  await run("t");
  expect(world.printed).toEqual(["one", "two", "three"]);
});

test("an output that cannot be recorded fails the run with the fix", async () => {
  const { run } = bench(`task({ id: "t", run: async () => ({ f: new WeakMap() }) });`);
  const ended = await run("t");
  expect(ended.status).toBe("FAILED");
  expect(ended.error?.message).toContain("HF301");
});

test("a result that cannot be recorded is an error of its await, and the call is not repeated", async () => {
  let calls = 0;
  const { run, output } = bench(
    `task({ id: "t", run: async () => { try { await lib.odd(); } catch (error) { return (error as Error).message.slice(0, 5); } } });`,
    { odd: async () => (calls++, { a: new WeakMap() }) },
  );
  expect(await output(await run("t"))).toBe("HF301");
  expect(calls).toBe(1);
});

test("a promise that nothing can settle ends the run with an error instead of hanging", async () => {
  const { run } = bench(
    `task({ id: "t", run: async () => { const idle = (async () => { await Promise.race([]); })(); await idle; } });`,
  );
  expect((await run("t")).error?.message).toContain("HF310");
});

test("a wait inside a single unit is refused with the fix", async () => {
  const { run } = bench(
    `task({ id: "t", retry: { maxAttempts: 1 }, run: async () => step("s", async () => { await wait.for({ seconds: 1 }); }) });`,
  );
  expect((await run("t")).error?.message).toContain("HF507");
});

test("a task that is not in the code fails with its name, and can be resumed", async () => {
  const { world } = bench("");
  const { id } = await world.start("nowhere", undefined);
  expect((await world.finish(id)).error?.message).toMatch(/HF311.*nowhere/);
});
