/** Batches inside a run: what they give, what a crash or a cancel does to them, and that they never hang. */
import { expect, test } from "vitest";
import { cancelRun, resumeRun } from "../../engine/start.ts";
import { bench, everyCrash } from "./tasks.ts";
import { seeded, type WorldOptions } from "./world.ts";

const hour = 3_600_000;

test("a batch gives how each run ended, in the order of its items", async () => {
  const { run, output, world } = bench(`
    const child = task({ id: "child", retry: { maxAttempts: 1 }, run: async (n: number) => {
      await wait.for({ seconds: 60 - n });
      if (n === 2) throw new Error("two is odd");
      return n * 10;
    } });
    task({ id: "t", run: async () => {
      const { id, runs } = await child.batchTriggerAndWait([1, 2, 3].map((payload) => ({ payload })));
      return [id.slice(0, 6), runs.map((each) => each.ok ? each.output : each.error.message), runs.map(({ id }) => id).length];
    } });`);
  expect(await output(await run("t"))).toEqual(["batch_", [10, "two is odd", 30], 3]);
  expect((await world.store.list({ limit: 9 })).runs).toHaveLength(4);
});

test("a batch without items is over at once", async () => {
  const { run, output } = bench(`
    const child = task({ id: "child", run: async (n: number) => n });
    task({ id: "t", run: async () => [(await child.batchTriggerAndWait([])).runs, (await child.batchTrigger([])).runCount] });`);
  expect(await output(await run("t"))).toEqual([[], 0]);
});

test("a crash at any store call makes no run of a batch twice, and loses none", async () => {
  const source = `
    const child = task({ id: "child", run: async (n: number) => { await lib.effect(n); return n; } });
    task({ id: "t", run: async () => {
      const before = await child.batchTrigger([{ payload: 7 }, { payload: 8 }, { payload: 9 }]);
      const { runs } = await child.batchTriggerAndWait([{ payload: 1 }, { payload: 2 }, { payload: 3 }]);
      return [before.runCount, runs.map((each) => each.ok && each.output)];
    } });`;
  const worlds: import("./world.ts").World[] = [];
  const { runs, bad } = await everyCrash(
    source,
    (world) => ({
      effect: async () => {
        if (worlds.at(-1) !== world()) worlds.push(world());
        await new Promise<void>((resolve) => world().clock.after(3, resolve));
      },
    }),
    "t",
    undefined,
    [3, [1, 2, 3]],
  );
  expect(bad).toEqual([]);
  expect(runs).toBeGreaterThan(40);
  expect(worlds.length).toBeGreaterThan(80);
  for (const world of worlds) expect((await world.store.list({ limit: 99 })).runs).toHaveLength(7);
});

test("a batch of runs that were there already ends when they do", async () => {
  const source = `
    const child = task({ id: "child", run: async (n: number) => { await wait.for({ hours: 1 }); return n; } });
    task({ id: "t", run: async () => {
      const key = await idempotencyKeys.create("shared", { scope: "global" });
      const { runs } = await child.batchTriggerAndWait([
        { payload: 1, options: { idempotencyKey: key } },
        { payload: 1, options: { idempotencyKey: key } },
        { payload: 2 },
      ]);
      return runs.map((each) => each.ok && each.output);
    } });`;
  const { world, id, output, run } = bench(source);
  const first = await world.start(id("t"), undefined);
  await world.until(async () => (await world.store.read(first.id))?.status === "WAITING");
  expect(await output(await run("t"))).toEqual([1, 1, 2]);
  expect(await output(await world.finish(first.id))).toEqual([1, 1, 2]);
  expect((await world.store.list({ limit: 9 })).runs).toHaveLength(2 + 1 + 2);
});

test("a run that waits for somebody else's run is told of its end, whatever crashes", async () => {
  const source = `
    const child = task({ id: "child", run: async (n: number) => { await wait.for({ minutes: 5 }); return n; } });
    const other = task({ id: "other", run: async (key: string) => child.triggerAndWait(5, { idempotencyKey: key }).unwrap() });
    task({ id: "t", run: async () => {
      const key = await idempotencyKeys.create("shared", { scope: "global" });
      return Promise.all([other.triggerAndWait(key).unwrap(), other.triggerAndWait(key).unwrap()]);
    } });`;
  const { runs, bad } = await everyCrash(source, () => ({}), "t", undefined, [5, 5]);
  expect(bad).toEqual([]);
  expect(runs).toBeGreaterThan(20);
});

test("the end of somebody else's run is not waited for longer than its own", async () => {
  const source = `
    const child = task({ id: "child", run: async () => { await wait.for({ hours: 1 }); } });
    task({ id: "t", run: async (key: string) => { await child.triggerAndWait(undefined, { idempotencyKey: await idempotencyKeys.create(key, { scope: "global" }) }); } });`;
  const { world, id } = bench(source);
  const begun = world.clock.now();
  const [first, second] = [await world.start(id("t"), "k"), await world.start(id("t"), "k")];
  await world.finish(first.id);
  await world.finish(second.id);
  expect(world.clock.now() - begun).toBeLessThan(hour + 2_000);
});

test("a run that ends while somebody is about to wait for it has soon told him, and is left alone", async () => {
  const { world, id } = bench(`
    const child = task({ id: "child", run: async (n: number) => n });
    task({ id: "t", run: async () => {
      const key = await idempotencyKeys.create("shared", { scope: "global" });
      const item = { payload: 1, options: { idempotencyKey: key } };
      return (await child.batchTriggerAndWait([item, item])).runs.length;
    } });`);
  const create = world.store.create.bind(world.store);
  world.store.create = async (run, key) => {
    const made = await create(run, key);
    // The answer that names a run of others comes when that run is over.
    if (!made.created) await new Promise<void>((resolve) => void world.clock.after(2_000, resolve));
    return made;
  };
  const begun = world.clock.now();
  await world.finish((await world.start(id("t"), undefined)).id);
  const { runs } = await world.store.list({ limit: 9 });
  await world.until(async () => {
    const heads = await Promise.all(runs.map((run) => world.store.read(run.id)));
    return heads.every((head) => head?.status === "COMPLETED" && head.wakeAt === undefined);
  });
  expect(runs).toHaveLength(2);
  expect(world.clock.now() - begun).toBeLessThan(10_000);
});

test("a batch ends though a run of it is canceled, and says so", async () => {
  const { world, id, output } = bench(`
    const child = task({ id: "child", run: async (n: number) => { await wait.for({ hours: n }); return n; } });
    task({ id: "t", run: async () => {
      const { runs } = await child.batchTriggerAndWait([{ payload: 1 }, { payload: 1_000 }]);
      return runs.map((each) => each.ok ? each.output : each.error.message);
    } });`);
  const { id: runId } = await world.start(id("t"), undefined);
  await world.until(async () => (await world.store.read(runId))?.status === "WAITING");
  const children = (await world.store.list({ limit: 9, task: [id("child")] })).runs;
  const payloads = children.map(({ payload }) => ("inline" in payload ? payload.inline : ""));
  const long = children[payloads.findIndex((text) => text.includes("1000"))];
  await world.until(async () => (await world.store.read(long?.id ?? ""))?.status === "WAITING");
  await cancelRun(world.ports, long?.id ?? "");
  expect(await output(await world.finish(runId))).toEqual([1, expect.stringContaining("was canceled")]);
});

test("a resumed run takes the failed run of a waiting call up again, and not the others of its batch", async () => {
  let broken = true;
  const calls: number[] = [];
  const lib = {
    effect: async (n: number) => {
      calls.push(n);
      if (broken && n === 2) throw Object.assign(new Error("down"), { status: 400 });
      return n;
    },
  };
  const { run, world, output } = bench(
    `const child = task({ id: "child", run: async (n: number) => lib.effect(n) });
     task({ id: "t", run: async () => {
       const { runs } = await child.batchTriggerAndWait([{ payload: 1 }, { payload: 3 }]);
       return [runs.map((each) => each.ok && each.output), await child.triggerAndWait(2).unwrap()];
     } });`,
    lib,
  );
  const failed = await run("t");
  expect(failed.status).toBe("FAILED");
  broken = false;
  await resumeRun(world.ports, failed.id, "v1");
  expect(await output(await world.finish(failed.id))).toEqual([[1, 3], 2]);
  expect(calls.sort()).toEqual([1, 2, 2, 3]);
});

test("a batch that is not valid starts none of its runs", async () => {
  const { run, output, world } = bench(`
    const child = task({ id: "child", run: async (n: number) => n });
    const said = async (go: () => Promise<unknown>): Promise<string> => { try { await go(); return "?"; } catch (error) { return (error as { code: string }).code; } };
    task({ id: "t", run: async () => {
      const long = Array.from({ length: 1_001 }, () => ({ payload: 1 }));
      return [
        await said(() => child.batchTriggerAndWait(long)),
        await said(() => child.batchTrigger(long)),
        await said(() => child.batchTriggerAndWait({} as never)),
        await said(() => child.batchTriggerAndWait([{ payload: 1 }, { payload: 2, options: { tags: [""] } }])),
        await said(() => child.batchTrigger([{ payload: 1 }, { payload: 2, options: { delay: "soon" } }])),
        await said(() => child.batchTrigger([{ payload: 1 }], { nonsense: 1 } as never)),
      ];
    } });`);
  expect(await output(await run("t"))).toEqual(["HF511", "HF511", "HF511", "HF510", "HF508", "HF506"]);
  expect((await world.store.list({ limit: 9 })).runs).toHaveLength(1);
});

test("the key of a batch and an item's place are the item's key", async () => {
  const { run, output, world } = bench(`
    const child = task({ id: "child", run: async (n: number) => n });
    task({ id: "t", run: async () => {
      const items = [{ payload: 1 }, { payload: 2 }, { payload: 2, options: { idempotencyKey: "own" } }];
      const first = await child.batchTrigger(items, { idempotencyKey: "b" });
      const again = await child.batchTrigger(items, { idempotencyKey: "b" });
      return [first.runs.map(({ isCached }) => isCached), again.runs.map(({ isCached }) => isCached), first.runs.every(({ id }, at) => again.runs[at]?.id === id)];
    } });`);
  expect(await output(await run("t"))).toEqual([[false, false, false], [true, true, true], true]);
  expect((await world.store.list({ limit: 9 })).runs).toHaveLength(4);
});

test("by its id a task is triggered as by its object", async () => {
  const { run, output } = bench(`
    const child = task({ id: "child", run: async (n: number) => n + 1 });
    task({ id: "t", run: async () => {
      const handle = await tasks.trigger<typeof child>(child.id, 1);
      const batch = await tasks.batchTrigger<typeof child>(child.id, [{ payload: 1 }]);
      const one = await tasks.triggerAndWait<typeof child>(child.id, 1).unwrap();
      const { runs } = await tasks.batchTriggerAndWait<typeof child>(child.id, [{ payload: 2 }]);
      return [handle.taskIdentifier === child.id, batch.runs[0]?.taskIdentifier === child.id, one, runs.map((each) => each.ok && each.output)];
    } });`);
  expect(await output(await run("t"))).toEqual([true, true, 2, [3]]);
});

test("with late answers, crashes at random and rings that are lost, a batch ends when its last run does", async () => {
  const source = `
    const child = task({ id: "child", run: async (n: number) => { await wait.for({ seconds: n }); return n; } });
    task({ id: "t", run: async (numbers: number[]) => {
      const key = await idempotencyKeys.create("one", { scope: "global" });
      const items = numbers.map((payload, at) => ({ payload, options: at % 5 === 4 ? { idempotencyKey: key } : {} }));
      const [a, b] = await Promise.all([child.batchTriggerAndWait(items), child.batchTriggerAndWait(items), wait.for({ seconds: 30 })]);
      return [...a.runs, ...b.runs].every((each) => each.ok);
    } });`;
  for (let seed = 1; seed <= 20; seed++) {
    const chance = seeded(seed);
    const options: WorldOptions = {
      seed,
      latencyMs: seed % 3 === 0 ? 0 : 40,
      dropRings: seed % 2 === 0,
      strike: () => {
        const roll = chance();
        return roll < 0.01 ? "before" : roll < 0.02 ? "after" : undefined;
      },
    };
    const { run, output, world } = bench(source, {}, options);
    const numbers = Array.from({ length: 12 }, () => 60 + Math.floor(chance() * 4));
    const begun = world.clock.now();
    expect([seed, await output(await run("t", numbers))]).toEqual([seed, true]);
    // Each write may be late by 40 ms; a lost ring costs a second where the run had just been put into the queue.
    expect([seed, world.clock.now() - begun < 75_000]).toEqual([seed, true]);
  }
});
