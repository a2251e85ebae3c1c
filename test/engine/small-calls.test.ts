/** `tags.add`, spans, `usage`, `heartbeats`, `timeout` and `waitUntil` inside a run; and what is refused. */
import { expect, test } from "vitest";
import * as sdk from "../../sdk/index.ts";
import { bench, everyCrash } from "./tasks.ts";

test("tags.add adds tags to the run, which lists then find it by; ctx.run.tags shows them from then on", async () => {
  const { run, output, world } = bench(
    `task({ id: "t", run: async (_: unknown, { ctx }) => { await tags.add("a"); await tags.add(["b", "a"]); return ctx.run.tags; } });`,
  );
  const ended = await run("t");
  expect(await output(ended)).toEqual(["a", "b"]);
  expect(ended.tags).toEqual(["a", "b"]);
  expect((await world.store.list({ limit: 9, tag: ["b"] })).runs.map(({ id }) => id)).toEqual([ended.id]);
});

test("tags.add is made once, whatever crashes, and forgets none that an earlier pass has added", async () => {
  const source = `task({ id: "t", run: async () => { await tags.add("a"); await wait.for({ hours: 1 }); await tags.add("b"); return 1; } });`;
  const { bad } = await everyCrash(source, () => ({}), "t", 0, 1);
  expect(bad).toEqual([]);
  const { run } = bench(source);
  expect((await run("t", 0, 7_200_000)).tags).toEqual(["a", "b"]);
});

test.each([[`""`], [`"${"x".repeat(129)}"`], [`[7]`], [`Array.from({ length: 11 }, (_, n) => "t" + n)`]])(
  "tags.add refuses %s",
  async (given) => {
    const { run } = bench(
      `task({ id: "t", retry: { maxAttempts: 1 }, run: async () => { await tags.add(${given} as never); } });`,
    );
    expect(await run("t")).toMatchObject({ status: "FAILED", error: { code: "HF510" }, tags: [] });
  },
);

test("logger.trace gives what its function gives, whose awaits are checkpoints, and tells its notes once", async () => {
  const source = `task({ id: "t", run: async () => {
    const value = await logger.trace("charge", async (span) => { span.setAttribute("amount", 7); const a = await lib.make("a"); span.addEvent("made"); return a; });
    await wait.for({ hours: 1 });
    const quiet = logger.trace("plain", () => 3);
    logger.startSpan("own", { attributes: { of: "mine" } }).end();
    logger.trace("given", () => 3, { attributes: { order: 7 } });
    return [value, quiet];
  } });`;
  const lib = { make: async (name: string) => name };
  const { run, output, world } = bench(source, lib);
  expect(await output(await run("t", 0, 7_200_000))).toEqual(["a", 3]);
  expect(world.printed.filter((line) => line.startsWith("span"))).toEqual([
    "span charge [object Object]",
    "span own [object Object]",
    "span given [object Object]",
  ]);
  const { bad } = await everyCrash(source, () => lib, "t", 0, ["a", 3]);
  expect(bad).toEqual([]);
});

test("usage goes by the run's clock: the same in every pass", async () => {
  const source = `task({ id: "t", run: async () => {
    const { result, compute } = await usage.measure(async () => { await wait.for({ minutes: 2 }); return "r"; });
    return [result, compute.durationMs >= 120000, usage.getCurrent().compute.total.durationMs >= 120000, usage.getCurrent().totalCostInCents];
  } });`;
  const { bad } = await everyCrash(source, () => ({}), "t", 0, ["r", true, true, 0]);
  expect(bad).toEqual([]);
});

test("heartbeats.yield lets others have their turn, timeout.signal is the run's, waitUntil only tells an error", async () => {
  const { run, output, world } = bench(
    `task({ id: "t", maxDuration: timeout.None, run: async (_: unknown, { signal }) => {
      await heartbeats.yield();
      waitUntil(lib.fails());
      return [timeout.signal === signal, heartbeats.getLastHeartbeat()];
    } });`,
    {
      fails: async () => Promise.reject(Object.assign(new Error("only told"), { name: "AbortTaskRunError" })),
    },
  );
  expect(await output(await run("t"))).toEqual([true, undefined]);
  expect(JSON.stringify(world.printed)).toContain("only told");
});

test("a loop that yields until some time has passed ends after as many yields as milliseconds, also behind a wait", async () => {
  const source = `
    async function spin(ms: number) { const start = Date.now(); let yields = 0; while (Date.now() - start < ms) { yields++; await heartbeats.yield(); } return yields; }
    task({ id: "t", run: async () => { const first = await spin(500); await wait.for({ hours: 1 }); return [first, await spin(500)]; } });`;
  const { run, output } = bench(source);
  const [first = 0, second = 0] = (await output(await run("t"))) as number[];
  for (const yields of [first, second]) expect(yields).toBeGreaterThan(450);
  for (const yields of [first, second]) expect(yields).toBeLessThanOrEqual(500);
});

test("outside a run they work in the process, or say that they need a run", async () => {
  expect(await sdk.logger.trace("name", async (span) => span.isRecording())).toBe(true);
  expect((await sdk.usage.measure(async () => 1)).result).toBe(1);
  expect(sdk.timeout.signal).toBeUndefined();
  await sdk.heartbeats.yield();
  await expect(sdk.tags.add("a")).rejects.toThrow("tags.add can only be used from inside a task.run().");
});

test.each(["chat", "otel.metrics", "prompts", "query", "sessions", "skills", "toolTask"] as const)(
  "%s is exported, and refused by name when it or anything in it is called",
  (name) => {
    const given = name.split(".").reduce<object>((of, key) => Reflect.get(of, key), sdk) as sdk.Unsupported;
    expect(() => given()).toThrow(new RegExp(`HF506 ${name}\\(\\) is not supported by Holdfast\\. \\S`));
    expect(() => given.deep?.deeper?.()).toThrow(`HF506 ${name}.deep.deeper() is not supported`);
  },
);

test("otel.withExternalTrace gives what its function gives, whose awaits are checkpoints, in a run and outside", async () => {
  const source = `task({ id: "t", run: async () => {
    const sum = otel.withExternalTrace(() => 1 + 1);
    return otel.withExternalTrace(async () => {
      await wait.for({ hours: 1 });
      return [sum, await lib.make("far")];
    });
  } });`;
  const lib = { make: async (name: string) => name };
  const { bad } = await everyCrash(source, () => lib, "t", 0, [2, "far"]);
  expect(bad).toEqual([]);
  expect(sdk.otel.withExternalTrace(() => 3)).toBe(3);
});

test("triggerAndSubscribe waits for the child as triggerAndWait does", async () => {
  const { run, output } = bench(`
    const child = task({ id: "child", run: async (n: number) => n * 2 });
    task({ id: "t", run: async () => child.triggerAndSubscribe(4).unwrap() });`);
  expect(await output(await run("t"))).toBe(8);
});

test("what older files give a wait beside its time, releaseConcurrency, is taken: every wait gives its slot back", async () => {
  const { run, output } = bench(`task({ id: "t", run: async () => {
    await wait.for({ hours: 1, releaseConcurrency: true } as never);
    await wait.until({ date: new Date(Date.now() + 5_000), releaseConcurrency: false } as never);
    return "waited";
  } });`);
  expect(await output(await run("t"))).toBe("waited");
});

test("a method that what a call gives has not is a TypeError with its name", async () => {
  const { run } = bench(
    `task({ id: "t", retry: { maxAttempts: 1 }, run: async () => await lib.retrieve("run_1").asResponse() });`,
    { retrieve: async () => ({ id: "run_1" }) },
  );
  const { error } = await run("t");
  expect(error).toMatchObject({ name: "TypeError", message: "asResponse is not a function" });
});
