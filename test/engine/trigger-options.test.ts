/** The options of a trigger inside a run, idempotency keys with a scope, and `ctx`. */
import { expect, test } from "vitest";
import { idempotencyKeys } from "../../sdk/index.ts";
import { bench, everyCrash } from "./tasks.ts";

const said =
  "const said = async (go: () => Promise<unknown>): Promise<string> => { try { await go(); return '?'; } catch (error) { return (error as Error).message.slice(0, 5); } };";

test("options go with the run that is started", async () => {
  const { run, world, id } = bench(`
    const child = task({ id: "child", run: async () => 1 });
    task({ id: "t", run: async () => { await child.trigger(undefined, { delay: "2h", ttl: 60, tags: ["a", "b", "a"], metadata: { at: 1 }, maxAttempts: 7, maxDuration: 90, priority: 30, idempotencyKey: ["x", "y"], idempotencyKeyTTL: "1h" }); } });`);
  const begun = world.clock.now();
  const parent = await run("t");
  const [child] = (await world.store.list({ limit: 1, task: [id("child")] })).runs;
  expect(child).toMatchObject({
    status: "DELAYED",
    ttlMs: 60_000,
    tags: ["a", "b"],
    metadata: { inline: 'j{"at":1}' },
    maxAttempts: 7,
    maxDurationMs: 90_000,
    priority: 30,
    idempotencyKey: `${parent.id}:["x","y"]`,
    startedBy: parent.id,
    root: parent.id,
    depth: 1,
  });
  expect((child?.delayedUntil ?? 0) - begun).toBeGreaterThanOrEqual(7_200_000);
  expect((child?.delayedUntil ?? 0) - begun).toBeLessThan(7_201_000);
});

test("an option that is not valid is refused with what is, and nothing is started", async () => {
  const bad = [
    "{ tags: [''] }",
    "{ tags: Array.from({ length: 11 }, (_, n) => 'x' + n) }",
    "{ tags: 'x'.repeat(129) }",
    "{ tags: [7] as never }",
    "{ idempotencyKey: '' }",
    "{ idempotencyKey: [] }",
    "{ idempotencyKey: 'x'.repeat(2049) }",
    "{ maxAttempts: 0 }",
    "{ maxAttempts: 1.5 }",
    "{ maxDuration: 0 }",
    "{ maxDuration: 'long' as never }",
    "{ priority: -1 }",
    "{ ttl: -1 }",
    "7 as never",
  ];
  const { run, output, world } = bench(`
    const child = task({ id: "child", run: async () => 1 });
    ${said}
    task({ id: "t", run: async () => [${bad.map((each) => `await said(() => child.trigger(undefined, ${each})), await said(() => child.triggerAndWait(undefined, ${each}))`)},
      await said(() => child.trigger(undefined, { idempotencyKeyTTL: 'soon' })),
      await said(() => child.trigger(undefined, { delay: 'soon' })),
      await said(() => child.trigger(undefined, { metadata: [] as never })),
      await said(() => child.trigger(undefined, { metadata: { n: 1n } as never })),
      await said(() => child.trigger(undefined, { metadata: { n: 'x'.repeat(262_144) } })),
      await said(() => child.trigger(undefined, { region: 'eu' } as never)),
      await said(() => idempotencyKeys.create([])),
      await said(() => idempotencyKeys.create('a', { scope: 'world' as never })),
    ] });`);
  expect(await output(await run("t"))).toEqual([
    ...bad.flatMap(() => ["HF510", "HF510"]),
    ...["HF508", "HF508", "HF512", "HF512", "HF512", "HF506", "HF510", "HF510"],
  ]);
  expect((await world.store.list({ limit: 9 })).runs).toHaveLength(1);
});

test("a key holds within the run; a made one within its scope", async () => {
  const source = `
    const child = task({ id: "child", run: async (n: number) => n });
    task({ id: "t", retry: { maxAttempts: 2, minTimeoutInMs: 1 }, run: async (_: unknown, { ctx }) => {
      const create = async (scope?: "run" | "attempt" | "global") => idempotencyKeys.create("k", scope && { scope });
      const keys = ["k", await create(), await create("run"), await create("attempt"), await create("global")];
      const ids: string[] = [];
      for (const [at, idempotencyKey] of keys.entries()) ids.push((await child.trigger(1, { idempotencyKey: at === 0 ? idempotencyKey : idempotencyKey })).id);
      await lib.note(ids);
      if (ctx.attempt.number === 1) throw new Error("again");
    } });`;
  const noted: string[][] = [];
  const { run } = bench(source, { note: async (ids: string[]) => void noted.push(ids) });
  await run("t");
  await run("t");
  const [first, second] = noted;
  expect(noted).toHaveLength(2);
  // "k" and the two of the run's scope are three keys, of which the made ones are the same.
  expect(new Set(first).size).toBe(4);
  expect(first?.[1]).toBe(first?.[2]);
  expect(first?.map((id, at) => id === second?.[at])).toEqual([false, false, false, false, true]);
});

test("a key of the attempt's scope is another one in the next attempt", async () => {
  const { run, output } = bench(
    `
    task({ id: "t", retry: { maxAttempts: 2, minTimeoutInMs: 1 }, run: async (_: unknown, { ctx }) => {
      const [attempt, run] = [await idempotencyKeys.create("k", { scope: "attempt" }), await idempotencyKeys.create("k")];
      if (ctx.attempt.number === 1) throw Object.assign(new Error(await lib.keep([attempt, run])), {});
      return (await lib.kept()).concat([attempt, run]);
    } });`,
    (() => {
      let kept: unknown[] = [];
      return {
        keep: async (keys: unknown[]) => {
          kept = keys;
          return "again";
        },
        kept: async () => kept,
      };
    })(),
  );
  const [attempt1, run1, attempt2, run2] = (await output(await run("t"))) as string[];
  expect(attempt1).not.toBe(attempt2);
  expect(run1).toBe(run2);
});

test("a made key of the global scope is the same outside a run", async () => {
  const outside = await idempotencyKeys.create(["a", "b"], { scope: "global" });
  expect(outside).toMatch(/^ik_global_[0-9a-f]{64}$/);
  expect(await idempotencyKeys.create(["a", "b"])).toBe(outside);
  expect(await idempotencyKeys.create(["a-b"])).not.toBe(outside);
  const { run, output } = bench(
    `task({ id: "t", run: async () => idempotencyKeys.create(["a", "b"], { scope: "global" }) });`,
  );
  expect(await output(await run("t"))).toBe(outside);
});

test("a known key with another payload is told, and the run keeps its first", async () => {
  const { run, output, world } = bench(`
    const child = task({ id: "child", run: async (n: number) => n });
    task({ id: "t", run: async () => {
      const first = await child.trigger(1, { idempotencyKey: "k" });
      const same = await child.trigger(1, { idempotencyKey: "k" });
      const other = await child.trigger(2, { idempotencyKey: "k" });
      const batch = await child.batchTrigger([{ payload: 3, options: { idempotencyKey: "k" } }]);
      return [first, same, other, batch.runs[0]].map((each) => [each?.isCached, each?.payloadChanged]).concat([[await child.triggerAndWait(9, { idempotencyKey: "k" }).unwrap()]] as never);
    } });`);
  expect(await output(await run("t"))).toEqual([
    [false, undefined],
    [true, undefined],
    [true, true],
    [true, true],
    [1],
  ]);
  expect(world.printed).toHaveLength(3);
  expect(world.printed[0]).toMatch(
    /^Run run_.* was there already, under the same idempotency key, with another payload/,
  );
});

test("a run that has failed gives its idempotency key up", async () => {
  const { run, output } = bench(`
    const child = task({ id: "child", retry: { maxAttempts: 1 }, run: async () => { throw new Error("no"); } });
    task({ id: "t", run: async () => {
      const { ok, id } = await child.triggerAndWait(undefined, { idempotencyKey: "k" });
      const again = await child.trigger(undefined, { idempotencyKey: "k" });
      return [ok, again.id === id, again.isCached];
    } });`);
  expect(await output(await run("t"))).toEqual([false, false, false]);
});

test("a run that was begun by an interrupted call is no cached one", async () => {
  const { runs, bad } = await everyCrash(
    `const child = task({ id: "child", run: async () => 1 });
     task({ id: "t", run: async () => { const { isCached } = await child.trigger(undefined, { idempotencyKey: "k" }); const { runs } = await child.batchTrigger([{}]); return [isCached, runs[0]?.isCached]; } });`,
    () => ({}),
    "t",
    undefined,
    [false, false],
  );
  expect(bad).toEqual([]);
  expect(runs).toBeGreaterThan(5);
});

test("ctx tells what the run is, and where it comes from", async () => {
  const { run, output, world, id } = bench(`
    const child = task({ id: "child", run: async (_: unknown, { ctx }) => { await wait.for({ days: 1 }); return ctx; } });
    const middle = task({ id: "middle", run: async (key: string) => {
      const [one] = (await child.batchTriggerAndWait([{ options: { idempotencyKey: key, tags: ["a"], priority: 3, maxAttempts: 2, maxDuration: 60 } }])).runs;
      return one?.ok && one.output;
    } });
    task({ id: "t", run: async (_: unknown, { ctx }) => [ctx, await middle.triggerAndWait("k").unwrap(), await middle.triggerAndWait(await idempotencyKeys.create("g", { scope: "global" })).unwrap()] });`);
  const begun = new Date(world.clock.now());
  const [top, child, keyed] = (await output(await run("t"))) as never[][];
  const [middle] = (await world.store.list({ limit: 9, task: [id("middle")] })).runs.slice(-1);
  expect(top).toEqual({
    task: { id: id("t") },
    attempt: { number: 1, startedAt: expect.any(Date) },
    run: {
      id: expect.stringMatching(/^run_/),
      tags: [],
      isTest: false,
      isReplay: false,
      createdAt: begun,
      startedAt: begun,
      priority: 0,
      version: "v1",
      baseCostInCents: 0,
    },
    queue: { id: `task/${id("t")}`, name: `task/${id("t")}` },
    environment: { id: "prod", slug: "prod", type: "PRODUCTION" },
    project: { id: "holdfast", ref: "holdfast", slug: "holdfast", name: "holdfast" },
    organization: { id: "holdfast", slug: "holdfast", name: "holdfast" },
    deployment: { id: "v1", shortCode: "v1", version: "v1", runtime: "node" },
  });
  expect(child).toMatchObject({
    run: {
      tags: ["a"],
      idempotencyKey: "k",
      idempotencyKeyScope: "run",
      maxAttempts: 2,
      maxDuration: 60,
      priority: 3,
      parentTaskRunId: middle?.id,
      rootTaskRunId: (top as unknown as { run: { id: string } }).run.id,
    },
    batch: { id: expect.stringMatching(/^batch_/) },
  });
  expect(keyed).toMatchObject({ run: { idempotencyKeyScope: "global" } });
});

test("maxDuration: timeout.None takes a child's own limit away", async () => {
  const made = bench(
    `const child = task({ id: "child", maxDuration: 5, run: async () => { await lib.sleep(60_000); return "slow"; } });
     task({ id: "t", run: async () => child.triggerAndWait(undefined, { maxDuration: timeout.None }).unwrap() });`,
    { sleep: (ms: number) => new Promise<void>((done) => void made.world.clock.after(ms, done)) },
  );
  expect(await made.output(await made.run("t"))).toBe("slow");
});
