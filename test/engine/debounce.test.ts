/** Triggers of one key, gathered into one run. */
import { expect, test } from "vitest";
// Loaded ahead: virtual time does not wait for a file.
import "../../engine/debounce.ts";
import { decode } from "../../engine/codec.ts";
import type { Debounce } from "../../engine/new-run.ts";
import { textOf } from "../../engine/new-run.ts";
import { addTags } from "../../engine/run-tags.ts";
import { bench, everyCrash } from "./tasks.ts";

const second = 1_000;
const source = `const t = task({ id: "t", run: async (n: number) => { await lib.ran(n); return n; } });
  const u = task({ id: "u", run: async (n: number) => n });`;

/** A world with the tasks, and triggers at times from its beginning. */
function gathered(options: Partial<Debounce> = {}) {
  const ran: unknown[] = [];
  const made = bench(source, { ran: async (n: unknown) => void ran.push(n) });
  const { world, id } = made;
  const begun = world.clock.now();
  const debounce = { key: "k", delayMs: 5 * second, isTrailing: false, ...options };
  const trigger = (payload: unknown, more: object = {}) =>
    world.start(id("t"), payload, { debounce, ...more });
  /** Lets the world go on until the time. */
  const until = (seconds: number): Promise<void> =>
    new Promise((done) => {
      world.clock.after(Math.max(0, begun + seconds * second - world.clock.now()), done);
      void world
        .start(id("u"), 0, { delayUntil: begun + seconds * second + 1 })
        .then((run) => world.finish(run.id, 99_000_000));
    });
  const sinceBegin = (at = 0): number => (at - begun) / second;
  return { ...made, ran, trigger, until, sinceBegin };
}

test("triggers of one key are one run, which starts when none has come for the delay, with the first one's payload", async () => {
  const { trigger, until, world, ran, sinceBegin } = gathered();
  const first = await trigger(1);
  for (const seconds of [2, 4, 6]) {
    await until(seconds);
    expect((await trigger(seconds)).id).toBe(first.id);
    expect(ran).toEqual([]);
  }
  const run = await world.finish(first.id);
  expect([ran, sinceBegin(run.startedAt)]).toEqual([[1], expect.closeTo(11, 1)]);
  expect((await trigger(7)).id).not.toBe(first.id);
});

test("in the mode trailing the last one's payload, tags, metadata and limits count", async () => {
  const { trigger, until, world, ran } = gathered({ isTrailing: true });
  const { id } = await trigger(1, { tags: ["a"], metadata: { by: 1 }, maxAttempts: 2 });
  await until(1);
  await trigger("x".repeat(5_000), {
    tags: ["b"],
    metadata: { by: 2 },
    maxDurationMs: 9_000,
    machine: "micro",
  });
  await until(2);
  await trigger([3]);
  const run = await world.finish(id);
  expect(ran).toEqual([[3]]);
  expect(run).toMatchObject({ tags: ["b"], maxAttempts: 2, maxDurationMs: 9_000, machine: "micro" });
  expect(decode(await textOf(world.ports, run.metadata as never))).toEqual({ by: 2 });
});

test("tags that the delayed run got from outside stay; those of the triggers before go, also where both gave the same", async () => {
  const { trigger, until, world } = gathered({ isTrailing: true });
  const { id } = await trigger(1, { tags: ["a", "c"] });
  await addTags(world.ports, id, ["x", "c"]);
  // It has "x" and "c" from outside, too: nothing new, and nothing that a trigger takes away.
  expect(await addTags(world.ports, id, ["c"])).toEqual([]);
  await until(1);
  await trigger(2, { tags: ["b"] });
  expect((await world.store.read(id))?.tags).toEqual(["b", "x", "c"]);
  await addTags(world.ports, id, ["y"]);
  await trigger(3);
  expect((await world.store.read(id))?.tags).toEqual(["b", "x", "c", "y"]);
  await trigger(4, { tags: ["z", "x"] });
  expect((await world.finish(id)).tags).toEqual(["z", "x", "c", "y"]);
});

test("a trigger whose tags are too many beside those from outside is refused, and puts nothing off", async () => {
  const { trigger, until, world } = gathered({ isTrailing: true });
  const { id } = await trigger(1);
  await addTags(world.ports, id, ["1", "2", "3", "4", "5", "6", "7", "8", "9"]);
  const before = await world.store.read(id);
  await until(1);
  await expect(trigger(2, { tags: ["a", "b"] })).rejects.toThrow(/HF510.*would have 11 tags/);
  expect(await world.store.read(id)).toEqual(before);
});

test("of tags that are added and triggers that join at once, none from outside is lost", async () => {
  const { trigger, world } = gathered({ isTrailing: true });
  const { id } = await trigger(0, { tags: ["t"] });
  const names = ["1", "2", "3", "4", "5", "6", "7"];
  await Promise.all(
    names.flatMap((name) => [addTags(world.ports, id, [name]), trigger(name, { tags: [`by ${name}`] })]),
  );
  const tags = (await world.store.read(id))?.tags ?? [];
  expect(tags).toEqual(expect.arrayContaining(names));
  expect(tags.filter((tag) => tag.startsWith("by "))).toHaveLength(1);
  expect(tags).toHaveLength(8);
});

test("past maxDelay a run is put off no more: it starts, and the trigger begins another", async () => {
  const { trigger, until, world, ran, sinceBegin } = gathered({ maxDelayMs: 7 * second });
  const first = await trigger(1);
  await until(2);
  expect((await trigger(2)).id).toBe(first.id);
  await until(4);
  const next = await trigger(3);
  expect(next.id).not.toBe(first.id);
  expect(sinceBegin((await world.finish(first.id)).startedAt)).toBeCloseTo(7, 1);
  expect(sinceBegin((await world.finish(next.id)).startedAt)).toBeCloseTo(9, 1);
  expect(ran).toEqual([1, 3]);
});

test("keys are apart, and so are tasks", async () => {
  const { trigger, world, id } = gathered();
  const debounce = { key: "other", delayMs: 5 * second, isTrailing: false };
  const ids = [
    (await trigger(1)).id,
    (await world.start(id("t"), 1, { debounce })).id,
    (await world.start(id("u"), 1, { debounce: { ...debounce, key: "k" } })).id,
    (await world.start(id("t"), 1, { idempotencyKey: "k" })).id,
  ];
  expect(new Set(ids).size).toBe(4);
});

test("of a hundred triggers at once one makes the run, and the last time counts", async () => {
  const { trigger, world, ran } = gathered({ isTrailing: true });
  const all = await Promise.all(Array.from({ length: 100 }, (_, n) => trigger(n)));
  expect(new Set(all.map(({ id }) => id)).size).toBe(1);
  await world.finish(all[0]?.id ?? "");
  expect(ran).toHaveLength(1);
  expect((await world.store.list({ limit: 9 })).runs).toHaveLength(1);
});

test("a trigger that joins a run costs two store calls, and in the mode leading one where it changes nothing", async () => {
  const { trigger, until, world } = gathered();
  const spent = (): object => {
    const counted = Object.fromEntries(world.counts);
    world.counts.clear();
    return counted;
  };
  await trigger(1);
  expect(spent()).toEqual({ create: 1 });
  await trigger(2);
  expect(spent()).toEqual({ create: 1 });
  await until(1);
  spent();
  await trigger(3);
  expect(spent()).toMatchObject({ create: 1, write: 1 });
});

test("with a crash at every store call, whoever waits for a debounced child gets its result, and no child is lost", async () => {
  const { runs, bad } = await everyCrash(
    `const child = task({ id: "child", run: async (n: number) => n });
     task({ id: "t", run: async () => {
       const debounce = { key: "k" + Math.random(), delay: "5s", mode: "trailing" as const };
       const [a, b] = await Promise.all([child.triggerAndWait(1, { debounce }).unwrap(), child.triggerAndWait(2, { debounce }).unwrap()]);
       return [a, b].every((n) => n === 1 || n === 2);
     } });`,
    () => ({}),
    "t",
    0,
    true,
  );
  expect(bad).toEqual([]);
  expect(runs).toBeGreaterThan(14);
});

test.each([
  ["without a key", `{ delay: "5s" }`, "HF510"],
  ["with a key that is too long", `{ key: "x".repeat(513), delay: "5s" }`, "HF510"],
  ["without a delay", `{ key: "k" }`, "HF508"],
  ["with a date as its delay", `{ key: "k", delay: "2030-01-01" }`, "HF508"],
  ["with no delay to speak of", `{ key: "k", delay: "0s" }`, "HF510"],
  ["with a mode that there is not", `{ key: "k", delay: "5s", mode: "last" }`, "HF510"],
  ["with a maxDelay that leaves no room", `{ key: "k", delay: "5s", maxDelay: "5s" }`, "HF510"],
  ["with a field that there is not", `{ key: "k", delay: "5s", leading: true }`, "HF510"],
  ["beside a delay", `{ key: "k", delay: "5s" }, delay: "1h"`, "HF510"],
])("a debounce %s is refused", async (_name, option, code) => {
  const { run } = bench(`const child = task({ id: "child", run: async () => {} });
    task({ id: "t", retry: { maxAttempts: 1 }, run: async () => { await child.trigger(undefined, { debounce: ${option} } as never); } });`);
  expect(await run("t")).toMatchObject({ status: "FAILED", error: { code } });
});
