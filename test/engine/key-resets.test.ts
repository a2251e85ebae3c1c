/** Keys that are freed, and waits with a key. */
import { expect, test } from "vitest";
import { bench, everyCrash } from "./tasks.ts";

const hour = 3_600_000;

const resets = `const child = task({ id: "child", run: async (n: number) => n });
task({ id: "t", run: async (_: unknown, { ctx }) => {
  const ids: string[] = [];
  const start = async (idempotencyKey: never) => { ids.push((await child.trigger(1, { idempotencyKey })).id); };
  const made = await idempotencyKeys.create(["a", "b"], { scope: "attempt" });
  const all = await idempotencyKeys.create("k", { scope: "global" });
  for (const key of ["k", ["x", "y"], made, all]) await start(key as never);
  const freed = [
    await idempotencyKeys.reset("child~", "k"),
    await idempotencyKeys.reset("child~", ["x", "y"], { scope: "run", parentRunId: ctx.run.id }),
    await idempotencyKeys.reset("child~", ["a", "b"], { scope: "attempt" }),
    await idempotencyKeys.reset("child~", "k", { scope: "global" }),
  ];
  for (const key of ["k", ["x", "y"], made, all]) await start(key as never);
  return [new Set(ids).size, freed.every(({ id }, at) => id === ids[at])];
} });`;

test("a key of any scope that is reset in a run gives a new run; the reset gives the run that had it", async () => {
  const made = bench("");
  const source = resets.replaceAll("child~", made.id("child"));
  made.reload(source);
  expect(await made.output(await made.run("t"))).toEqual([8, true]);
});

test("with a crash at every store call a reset gives the same run", async () => {
  const source = `const child = task({ id: "child", run: async (n: number) => n });
    task({ id: "t", run: async () => {
      const first = await child.trigger(1, { idempotencyKey: "k" });
      const { id } = await idempotencyKeys.reset(first.taskIdentifier, "k");
      const second = await child.trigger(1, { idempotencyKey: "k" });
      const third = await child.trigger(1, { idempotencyKey: "k" });
      return [id === first.id, second.id === first.id, second.id === third.id];
    } });`;
  const { runs, bad } = await everyCrash(source, () => ({}), "t", 0, [true, false, true]);
  expect(bad).toEqual([]);
  expect(runs).toBeGreaterThan(10);
});

test.each([
  ["a key that no run has", `idempotencyKeys.reset("none", "k")`, "HF208"],
  ["a key that is none", `idempotencyKeys.reset("none", "")`, "HF510"],
  ["a scope that there is not", `idempotencyKeys.reset("none", "k", { scope: "world" as never })`, "HF510"],
])("%s is refused", async (_name, call, code) => {
  const { run } = bench(`task({ id: "t", retry: { maxAttempts: 1 }, run: async () => { await ${call}; } });`);
  expect(await run("t")).toMatchObject({ status: "FAILED", error: { code } });
});

test("a run that failed holds its key no longer; one that was completed or canceled does", async () => {
  const { world, id } = bench(
    `task({ id: "t", retry: { maxAttempts: 1 }, run: async (how: string) => { if (how === "fail") throw new Error("no"); if (how === "wait") await wait.for({ hours: 1 }); } });`,
  );
  const start = (how: string, key: string) => world.start(id("t"), how, { idempotencyKey: key });
  const failed = await start("fail", "a");
  expect((await start("fail", "a")).id).toBe(failed.id);
  await world.finish(failed.id);
  const again = await start("ok", "a");
  expect(again.id).not.toBe(failed.id);
  await world.finish(again.id);
  expect((await start("ok", "a")).id).toBe(again.id);
  const waits = await start("wait", "b");
  const { cancelRun } = await import("../../engine/start.ts");
  await cancelRun(world.ports, waits.id);
  expect((await world.finish(waits.id)).status).toBe("CANCELED");
  expect((await start("wait", "b")).id).toBe(waits.id);
});

test("a wait with a known key lasts as long as the first one with it, and no time when that is over", async () => {
  const { world, id } = bench(`
    task({ id: "for", run: async (hours: number) => { await wait.for({ hours, idempotencyKey: "nap" }); } });
    task({ id: "until", run: async (at: number) => { await wait.until({ date: new Date(at), idempotencyKey: ["nap"] as never }); } });`);
  const begun = world.clock.now();
  const first = await world.start(id("for"), 2);
  await world.finish((await world.start(id("for"), 0)).id, 3 * hour);
  expect(world.clock.now() - begun).toBeGreaterThanOrEqual(2 * hour);
  expect((await world.finish(first.id, hour)).status).toBe("COMPLETED");
  const later = world.clock.now();
  await world.finish((await world.start(id("until"), later + 9 * hour)).id, 9 * hour);
  expect(world.clock.now() - later).toBeLessThan(hour);
});

test("the key of a wait ends with its TTL", async () => {
  const { world, id } = bench(
    `task({ id: "t", run: async () => { await wait.for({ hours: 1, idempotencyKey: "k", idempotencyKeyTTL: "90m" }); } });`,
  );
  const lasts = async (): Promise<number> => {
    const begun = world.clock.now();
    await world.finish((await world.start(id("t"), undefined)).id, 2 * hour);
    return Math.round((world.clock.now() - begun) / hour);
  };
  expect([await lasts(), await lasts()]).toEqual([1, 0]);
  world.clock.after(hour, () => {});
  await world.finish(
    (await world.start(id("t"), undefined, { delayUntil: world.clock.now() + hour })).id,
    4 * hour,
  );
  expect(await lasts()).toBe(0);
});

test("with a crash at every store call a wait with a key ends once, and the run goes on", async () => {
  const { runs, bad } = await everyCrash(
    `task({ id: "t", run: async () => { await wait.for({ hours: 1, idempotencyKey: "k" }); await wait.for({ hours: 1, idempotencyKey: "k" }); return "on"; } });`,
    () => ({}),
    "t",
    0,
    "on",
  );
  expect(bad).toEqual([]);
  expect(runs).toBeGreaterThan(14);
});
