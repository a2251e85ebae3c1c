/** A run's metadata: what its calls make of it, in every pass, and when others see it. */
import { expect, test } from "vitest";
import { decode } from "../../engine/codec.ts";
import { bench, everyCrash } from "./tasks.ts";
import type { World } from "./world.ts";

async function seen(world: World, runId: string): Promise<unknown> {
  const stored = (await world.store.read(runId))?.changedMetadata;
  if (stored === undefined) return undefined;
  return decode("inline" in stored ? stored.inline : await world.spill.get(stored.ref));
}

test("each call changes what it says, and all can be chained", async () => {
  const { run, output, world } = bench(`
    task({ id: "t", run: async () => {
      metadata.set("a", { deep: [1] }).set("gone", 1).del("gone").append("list", 1).append("list", { n: 2 }).append("list", 3).remove("list", { n: 2 });
      metadata.increment("n").increment("n", 4).decrement("n", 2).decrement("m");
      const shown = metadata.current(); (shown as { a: unknown }).a = "changed by hand";
      return [metadata.current(), metadata.get("n"), metadata.get("nothing"), metadata.replace({ only: true }).get("only")];
    } });`);
  const ended = await run("t");
  expect(await output(ended)).toEqual([{ a: { deep: [1] }, list: [1, 3], n: 3, m: -1 }, 3, undefined, true]);
  expect(await seen(world, ended.id)).toEqual({ only: true });
});

test("they begin with those of the trigger, and are the same in every pass", async () => {
  const source = `task({ id: "t", retry: { maxAttempts: 2, minTimeoutInMs: 1 }, run: async (_: unknown, { ctx }) => {
    metadata.increment("count");
    await wait.for({ days: 1 });
    metadata.increment("count").append("days", 1);
    await wait.for({ days: 1 });
    if (ctx.attempt.number === 1) throw new Error("again");
    return metadata.current();
  } });`;
  const { world, id, output } = bench(source);
  const { id: runId } = await world.start(id("t"), undefined, { metadata: { count: 10 } });
  await world.until(async () => (await world.store.read(runId))?.status === "WAITING");
  expect(await seen(world, runId)).toEqual({ count: 11 });
  const ended = await world.finish(runId);
  expect(await output(ended)).toEqual({ count: 13, days: [1] });
  expect(await seen(world, runId)).toEqual({ count: 13, days: [1] });
});

test("a crash at any store call counts nothing twice, inside a step neither", async () => {
  const atEnd: unknown[] = [];
  const { runs, bad } = await everyCrash(
    `task({ id: "t", onComplete: async () => { metadata.increment("hooks"); await lib.check(metadata.current()); }, run: async () => {
       metadata.increment("outside");
       await step("s", async () => { metadata.increment("inside").append("log", "s"); });
       await wait.for({ days: 1 });
       await step("s", async () => { metadata.increment("inside"); });
       return metadata.current();
     } });`,
    () => ({ check: async (metadata: unknown) => void atEnd.push(metadata) }),
    "t",
    undefined,
    { outside: 1, inside: 2, log: ["s"] },
  );
  expect(bad).toEqual([]);
  expect(runs).toBeGreaterThan(8);
  expect(atEnd.length).toBeGreaterThan(runs);
  for (const metadata of atEnd) expect(metadata).toEqual({ outside: 1, inside: 2, log: ["s"], hooks: 1 });
});

test("they are written along with what the run writes anyway", async () => {
  const source = (body: string): string =>
    `task({ id: "t", run: async () => { ${body} await wait.for({ days: 1 }); ${body} await wait.for({ days: 1 }); } });`;
  const [without, withThem] = [bench(source("")), bench(source(`metadata.increment("n");`))];
  await without.run("t");
  await withThem.run("t");
  expect(withThem.world.counts).toEqual(without.world.counts);
});

test("where leases are renewed, a renewal shows them: no write of their own", async () => {
  const writes: (number | undefined)[] = [];
  for (const body of ["", "metadata.set('n', n);"]) {
    const { world, id } = bench(
      `task({ id: "t", run: async () => { for (const n of [1, 2, 3, 4, 5, 6]) { ${body} await lib.work(); } } });`,
      { work: () => new Promise<void>((resolve) => void world.clock.after(5_000, resolve)) },
      { leaseMs: 30_000 },
    );
    const { id: runId } = await world.start(id("t"), undefined);
    if (body !== "") {
      await world.until(async () => (await seen(world, runId)) !== undefined);
      expect(await world.store.read(runId)).toMatchObject({ status: "EXECUTING" });
    }
    await world.finish(runId);
    expect(await seen(world, runId)).toEqual(body === "" ? undefined : { n: 6 });
    writes.push(world.counts.get("write"));
  }
  expect(writes[1]).toBe(writes[0]);
});

test("where leases are not renewed, they are shown within a second; flush shows them at once", async () => {
  const at: Record<string, number> = {};
  const { world, id } = bench(
    `task({ id: "t", run: async () => { metadata.set("n", 1); await lib.work("first"); metadata.set("n", 2); await metadata.flush(); await lib.work("second"); } });`,
    {
      work: async (name: string) => {
        at[name] = world.clock.now();
        await new Promise<void>((resolve) => void world.clock.after(5_000, resolve));
      },
    },
  );
  const { id: runId } = await world.start(id("t"), undefined);
  await world.until(async () => ((await seen(world, runId)) as { n?: number } | undefined)?.n === 1);
  expect(world.clock.now() - (at.first ?? 0)).toBeLessThanOrEqual(1_000);
  await world.until(async () => ((await seen(world, runId)) as { n?: number } | undefined)?.n === 2);
  expect(world.clock.now()).toBe(at.second);
  await world.finish(runId);
});

test("what is no JSON, or too large, is refused and changes nothing", async () => {
  const { run, output } = bench(`
    const said = (go: () => unknown): string => { try { go(); return "?"; } catch (error) { return (error as Error).message.slice(0, 5); } };
    task({ id: "t", run: async () => {
      metadata.set("kept", 1);
      const circle: Record<string, unknown> = {}; circle.self = circle;
      return [
        said(() => metadata.set("big", 1n as never)), said(() => metadata.set("circle", circle as never)), said(() => metadata.set("nothing", undefined as never)),
        said(() => metadata.set("", 1)), said(() => metadata.increment("n", Number.NaN)), said(() => metadata.replace([] as never)),
        said(() => metadata.set("long", "x".repeat(262_144))), said(() => { for (let n = 0; n < 300; n++) metadata.append("log", "x".repeat(1_000)); }),
        Object.keys(metadata.current() ?? {}), (metadata.get("log") as unknown[]).length,
      ];
    } });`);
  expect(await output(await run("t"))).toEqual([...Array(8).fill("HF512"), ["kept", "log"], 261]);
});

test("large metadata are spilled, and come back whole", async () => {
  const { run, world } = bench(
    `task({ id: "t", run: async () => { metadata.set("long", "x".repeat(100_000)); } });`,
  );
  const ended = await run("t");
  expect(ended.changedMetadata).toHaveProperty("ref");
  expect(await seen(world, ended.id)).toEqual({ long: "x".repeat(100_000) });
});
