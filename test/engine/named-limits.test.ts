/** Limits that a trigger names, in place of those that its task shares: by a run's own triggers. */
import { expect, test } from "vitest";
import { replayOf } from "../../engine/bulk.ts";
import { forkPoint, forkRun } from "../../engine/forking.ts";
import type { Run } from "../../engine/run.ts";
import { resumeRun, startRun } from "../../engine/start.ts";
import { concurrencyLimit, forgetQueues, swapQueues } from "../../sdk/queue.ts";
import { bench } from "./tasks.ts";
import type { World } from "./world.ts";

/** A library's call that takes its time, and knows how many are within. */
function gate() {
  let here: World | undefined;
  let inside = 0;
  const seen = { most: 0 };
  const work = async (n: number): Promise<number> => {
    seen.most = Math.max(seen.most, ++inside);
    await new Promise<void>((done) => void here?.clock.after(1_000, done));
    inside--;
    return n;
  };
  const of = (world: World): void => {
    here = world;
  };
  return { work, seen, of };
}

let made = 0;
/** Declares limits of names that no other test has. */
function declared() {
  const name = (of: string) => `${of}-${made}`;
  made++;
  const source = `
    import { concurrencyLimit } from "holdfast";
    concurrencyLimit({ name: "${name("wide")}", total: 9 });
    concurrencyLimit({ name: "${name("one")}", total: 1 });
    concurrencyLimit({ name: "${name("other")}", total: 1 });
    const child = task({ id: "child", concurrency: "${name("wide")}", run: async (n: number) => lib.work(n) });`;
  return { name, source };
}

const children = async (world: World, task: string): Promise<readonly Run[]> =>
  [...(await world.store.list({ limit: 20, task: [task] })).runs].reverse();

test.each([
  ["trigger", "for (const n of [1, 2, 3]) await child.trigger(n, options); await wait.for({ minutes: 1 });"],
  ["triggerAndWait", "await Promise.all([1, 2, 3].map((n) => child.triggerAndWait(n, options).unwrap()));"],
  [
    "batchTrigger",
    "await child.batchTrigger([1, 2, 3].map((payload) => ({ payload, options }))); await wait.for({ minutes: 1 });",
  ],
  [
    "batchTriggerAndWait",
    "await child.batchTriggerAndWait([1, 2, 3].map((payload) => ({ payload, options })));",
  ],
])(
  "%s: a run that is started with a limit holds it, and not the one that its task shares",
  async (_, calls) => {
    const { name, source } = declared();
    const { work, seen, of } = gate();
    const { run, world, id } = bench(
      `${source} task({ id: "t", run: async () => { const options = { concurrency: "${name("one")}" }; ${calls} } });`,
      { work },
    );
    of(world);
    await world.store.limit(name("one"), { total: 1 }, 0);
    expect((await run("t")).status).toBe("COMPLETED");
    const started = await children(world, id("child"));
    expect(started.map(({ status, queue, limits }) => [status, queue, limits])).toEqual(
      [1, 2, 3].map(() => ["COMPLETED", name("one"), undefined]),
    );
    expect(seen.most).toBe(1);
  },
);

test("two limits are held both, and none by an empty list", async () => {
  const { name, source } = declared();
  const { work, seen, of } = gate();
  const { run, world, id } = bench(
    `${source} task({ id: "t", run: async () => {
       const both = ["${name("one")}", "${name("other")}"];
       await Promise.all([both, "${name("one")}", "${name("other")}", []].map((concurrency, n) => child.triggerAndWait(n, { concurrency })));
     } });`,
    { work },
  );
  of(world);
  for (const each of ["one", "other"]) await world.store.limit(name(each), { total: 1 }, 0);
  expect((await run("t")).status).toBe("COMPLETED");
  const started = await children(world, id("child"));
  const places = started.map(({ queue, limits = [] }) => [queue, ...limits].join(" "));
  expect(places.sort()).toEqual(
    [`${name("one")} ${name("other")}`, name("one"), name("other"), `task/${id("child")}`].sort(),
  );
  // The one without a limit, and one beside it of each: never the two that share one.
  expect(seen.most).toBeLessThanOrEqual(3);
});

test("a limit that no code declares is refused with those that there are, and so are three; nothing is started", async () => {
  forgetQueues();
  const { name, source } = declared();
  const { run, output, world, id } = bench(
    `${source}
     const ways = (options: never): (() => Promise<unknown>)[] => [
       () => child.trigger(1, options), () => child.triggerAndWait(1, options),
       () => child.batchTrigger([{ payload: 1, options }]), () => child.batchTriggerAndWait([{ payload: 1 }, { payload: 1, options }]),
     ];
     task({ id: "t", run: async () => {
       const all: string[][] = [];
       for (const concurrency of ["${name("won")}", ["${name("one")}", "a queue", "x"], [7], ""]) {
         const said: string[] = [];
         for (const way of ways({ concurrency } as never))
           try { await way(); said.push("taken"); } catch (error) { said.push((error as Error).message); }
         all.push(said);
       }
       return all;
     } });`,
    { work: async () => 1 },
  );
  const [unknown, three, ...strange] = (await output(await run("t"))) as string[][];
  for (const each of unknown ?? [])
    expect(each).toMatch(new RegExp(`HF510 .*concurrency is "${name("won")}".* declares .*"${name("one")}"`));
  for (const each of three ?? []) expect(each).toMatch(/HF510 .*3 names\. Give 2 at most/);
  expect(strange.flat().filter((each) => !/^HF5(10|41) /.test(each))).toEqual([]);
  expect([unknown, three, ...strange].map((each) => each?.length)).toEqual([4, 4, 4, 4]);
  expect(await children(world, id("child"))).toEqual([]);
});

test("a run whose code does not declare its limit fails before its first line, and is resumed on code that does", async () => {
  const { name, source } = declared();
  const { world, id } = bench(source, { work: async (n: number) => n });
  const ended = await world.finish((await world.start(id("child"), 1, { concurrency: [name("new")] })).id);
  expect(ended).toMatchObject({ status: "FAILED", lastNumber: 0, error: { code: "HF510" } });
  expect(ended.error?.message).toContain(
    `"${name("new")}", which code version ${ended.codeVersion} does not declare`,
  );
  concurrencyLimit({ name: name("new"), total: 1 });
  await resumeRun(world.ports, ended.id, ended.codeVersion);
  expect(await world.finish(ended.id)).toMatchObject({ status: "COMPLETED", queue: name("new") });
});

test("a run that has been worked on goes on when later code has given its limit up", async () => {
  const { name, source } = declared();
  const { world, id } = bench(
    `${source} task({ id: "t", retry: { maxAttempts: 1 }, run: async () => { await lib.work(1); await wait.for({ minutes: 1 }); return "done"; } });`,
    { work: async (n: number) => n },
  );
  const { id: runId } = await world.start(id("t"), 1, { concurrency: [name("one")] });
  await world.until(async () => (await world.store.read(runId))?.status === "WAITING");
  const before = swapQueues({ limits: new Map(), ofTasks: {} });
  try {
    expect(await world.finish(runId)).toMatchObject({ status: "COMPLETED", queue: name("one") });
  } finally {
    swapQueues(before);
  }
});

test("a replay and a fork are under the limits that their run was triggered with", async () => {
  const { name, source } = declared();
  const { world, id } = bench(source, { work: async (n: number) => n });
  const first = await world.finish(
    (await world.start(id("child"), 1, { concurrency: [name("one"), name("other")] })).id,
  );
  const again = await startRun(world.ports, {
    ...(await replayOf(world.ports, first)),
    codeVersion: first.codeVersion,
  });
  const replayed = await world.finish(again.id);
  const { entries } = await world.store.journal(first.id, 0);
  const key = JSON.parse(entries[0]?.data ?? "{}").key as string;
  const forked = await forkRun(world.ports, first, forkPoint(first.id, entries, key), first.codeVersion);
  for (const run of [first, replayed, await world.finish(forked.id)])
    expect(run).toMatchObject({
      ...{ status: "COMPLETED", queue: name("one"), limits: [name("other")] },
      concurrency: [name("one"), name("other")],
    });
});
