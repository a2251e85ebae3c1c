/** `metadata.parent` and `metadata.root`: each change once, in order, before the end of the run that made it. */
import { expect, test } from "vitest";
import { decode } from "../../engine/codec.ts";
import { tellNotes } from "../../engine/notes.ts";
import { bench, everyCrash } from "./tasks.ts";
import type { World } from "./world.ts";

async function seen(world: World, runId: string): Promise<unknown> {
  const stored = (await world.store.read(runId))?.changedMetadata;
  return stored !== undefined && "inline" in stored ? decode(stored.inline) : undefined;
}

const family = `
  const grandchild = task({ id: "grandchild", run: async () => { metadata.parent.set("below", "grandchild"); metadata.root.append("from", "grandchild"); } });
  const child = task({ id: "child", run: async (n: number) => {
    metadata.parent.increment("begun").append("order", n);
    if (n === 1) await grandchild.triggerAndWait();
    await step("inside", async () => { metadata.parent.increment("inside"); });
    metadata.parent.decrement("begun").increment("done", 2).set("last", n).set("gone", 1).del("gone").append("list", 7).remove("list", 7);
    return metadata.current();
  } });
  task({ id: "t", run: async () => {
    metadata.set("own", true);
    const first = await child.triggerAndWait(1).unwrap();
    const between = metadata.current();
    const second = await child.triggerAndWait(2).unwrap();
    return [first, between, second, metadata.current()];
  } });`;

const both = {
  own: true,
  begun: 0,
  order: [1, 2],
  from: ["grandchild"],
  inside: 2,
  done: 4,
  last: 2,
  list: [],
};
const expected = [{ below: "grandchild" }, { ...both, order: [1], inside: 1, done: 2, last: 1 }, {}, both];

test("change the run above, in the order of the calls, before it hears of the end", async () => {
  const { run, output, world } = bench(family);
  const ended = await run("t");
  expect(await output(ended)).toEqual(expected);
  expect(await seen(world, ended.id)).toEqual(both);
});

test("a crash at any store call of any of the runs counts nothing twice, and loses nothing", async () => {
  const { runs, bad } = await everyCrash(family, () => ({}), "t", undefined, expected);
  expect(bad).toEqual([]);
  expect(runs).toBeGreaterThan(30);
});

test("another attempt makes the same note, not a second one; what it changes otherwise counts", async () => {
  const { run, output } = bench(`
    const child = task({ id: "child", retry: { maxAttempts: 3, minTimeoutInMs: 1 }, run: async (_: unknown, { ctx }) => {
      metadata.parent.increment("calls");
      if (ctx.attempt.number < 3) { metadata.parent.append("failed", ctx.attempt.number); throw new Error("again"); }
    } });
    task({ id: "t", run: async () => { await child.triggerAndWait().unwrap(); return metadata.current(); } });`);
  expect(await output(await run("t"))).toEqual({ calls: 1, failed: [1, 2] });
});

test("a run with nobody above it changes its own", async () => {
  const { run, output } = bench(
    `task({ id: "t", run: async () => { metadata.parent.set("a", 1); metadata.root.update({ b: 2 }).set("c", 3); return metadata.current(); } });`,
  );
  expect(await output(await run("t"))).toEqual({ b: 2, c: 3 });
});

test("they are shown while the run above waits for its batch, which is not woken for each", async () => {
  const { world, id } = bench(`
    const child = task({ id: "child", run: async (n: number) => { metadata.parent.increment("begun"); await metadata.flush(); await wait.for({ minutes: n }); metadata.parent.increment("done"); } });
    task({ id: "t", run: async () => { await child.batchTriggerAndWait(Array.from({ length: 50 }, (_, n) => ({ payload: 1 + Math.floor(n / 25) }))); } });`);
  const { id: runId } = await world.start(id("t"), undefined);
  await world.until(async () => ((await seen(world, runId)) as { begun?: number })?.begun === 50);
  await world.until(async () => ((await seen(world, runId)) as { done?: number })?.done === 25);
  const before = (await world.store.read(runId))?.epoch ?? 0;
  expect(before).toBeLessThan(12);
  expect((await world.finish(runId)).status).toBe("COMPLETED");
  expect(await seen(world, runId)).toEqual({ begun: 50, done: 50 });
});

test("a run that notes nothing costs nothing more; one flush costs a read, a send and a record", async () => {
  const calls = async (body: string): Promise<number> => {
    const { world, run } = bench(`
      const child = task({ id: "child", run: async () => { ${body} } });
      task({ id: "t", run: async () => { await child.triggerAndWait(); } });`);
    await run("t");
    return world.calls;
  };
  const plain = await calls("");
  // And above: a look at the inbox, which is two reads, and a record.
  expect((await calls(`metadata.parent.set("a", 1).increment("b");`)) - plain).toBe(6);
});

test("what a caller tells a run that waits or has not begun is taken once, in its order, and stands in its output", async () => {
  const { world, id, output } = bench(`
    task({ id: "t", run: async () => {
      metadata.set("own", 1);
      await wait.for({ hours: 1 });
      metadata.increment("sent", 1);
      return metadata.current();
    } });`);
  const { id: runId } = await world.start(id("t"), undefined, { metadata: { sent: 1 } });
  await tellNotes(world.ports, runId, [["increment", "sent", 1]], "first");
  await world.until(async () => (await world.store.read(runId))?.status === "WAITING", 60_000);
  for (const _ of [1, 2])
    await tellNotes(
      world.ports,
      runId,
      [
        ["append", "list", "x"],
        ["increment", "sent", 1],
      ],
      "second",
    );
  await world.until(async () => "inline" in ((await world.store.read(runId))?.changedMetadata ?? {}), 60_000);
  expect(await output(await world.finish(runId))).toEqual({ own: 1, sent: 4, list: ["x"] });
});
