/** Queues: what is refused, and where a task's runs go. */
import { afterEach, expect, test } from "vitest";
import {
  allQueues,
  checkConcurrencyKey,
  concurrencyLimit,
  declaredQueues,
  enqueueTask,
  forgetQueues,
  queue,
  type TaskConcurrency,
  taskQueues,
} from "../../sdk/queue.ts";
import { startOptions } from "../../sdk/start-options.ts";
import { task } from "../../sdk/task.ts";
import { bench } from "../engine/tasks.ts";

afterEach(forgetQueues);

const refused = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return String(error);
  }
  return "It was taken.";
};

test.each([
  ["an empty name", () => queue({ name: "" })],
  ["a name of 123 characters", () => queue({ name: "q".repeat(123) })],
  ["a name with a line break", () => queue({ name: "a\nb" })],
  ["a name that is no text", () => queue({ name: 7 as unknown as string })],
  ["a limit of 0", () => queue({ name: "zero", concurrencyLimit: 0 })],
  ["half a run", () => queue({ name: "half", concurrencyLimit: 1.5 })],
  ["no number", () => queue({ name: "nan", concurrencyLimit: Number.NaN })],
  ["a limit of 10,001", () => queue({ name: "many", concurrencyLimit: 10_001 })],
  ["a total of 0", () => queue({ name: "none", concurrency: { total: 0 } })],
  [
    "a limit of each key, said twice and otherwise",
    () => queue({ name: "two", concurrencyLimit: 1, concurrency: { perKey: 2 } }),
  ],
  ["a rate of nothing", () => queue({ name: "never", rateLimit: { limit: 0, period: "1m" } })],
  ["a rate of 1,001", () => queue({ name: "much", rateLimit: { limit: 1_001, period: "1m" } })],
  ["a rate without a time", () => queue({ name: "ever", rateLimit: { limit: 1, period: "0s" } })],
  ["a rate within 32 days", () => queue({ name: "long", rateLimit: { limit: 1, period: "32d" } })],
  [
    "a rate of each key beside a total",
    () =>
      queue({ name: "both", concurrency: { total: 2 }, rateLimit: { limit: 1, period: "1m", perKey: true } }),
  ],
  ["a limit that is shared by an empty name", () => enqueueTask("t", { queue: "a", limits: [""] })],
  ["an empty concurrency key", () => checkConcurrencyKey("")],
  ["a concurrency key of 129 characters", () => checkConcurrencyKey("k".repeat(129))],
])("%s is refused with HF541", (_name, act) => {
  expect(refused(act)).toContain("HF541");
});

test("stores are told of a total and a rate; a plain limit is a number, as it always was", () => {
  queue({ name: "plain", concurrency: { perKey: 3 } });
  queue({ name: "paced", concurrencyLimit: 2, rateLimit: { limit: 5, period: { seconds: 30 } } });
  enqueueTask("shared", { concurrency: { total: 4 } });
  expect(allQueues()).toEqual([
    { name: "plain", concurrencyLimit: 3, limits: 3 },
    {
      name: "paced",
      concurrencyLimit: 2,
      limits: { perKey: 2, total: undefined, rate: { limit: 5, periodMs: 30_000, perKey: false } },
    },
    {
      name: "task/shared",
      concurrencyLimit: undefined,
      limits: { perKey: undefined, total: 4, rate: undefined },
    },
  ]);
  expect(taskQueues.shared).toBe("task/shared");
});

test("a second limit for the same queue is refused with both, the same one once more is not", () => {
  queue({ name: "twice", concurrencyLimit: 2 });
  queue({ name: "twice", concurrencyLimit: 2 });
  expect(refused(() => enqueueTask("t", { queue: { name: "twice", concurrencyLimit: 3 } }))).toMatch(
    /HF541.*2 and 3/,
  );
});

test("a task's runs go into the queue it names, or one of its own, or none", () => {
  enqueueTask("named", { queue: "mails" });
  enqueueTask("shared", { queue: queue({ name: "mails", concurrencyLimit: 3 }) });
  enqueueTask("own", { queue: { concurrencyLimit: 1 } });
  enqueueTask("free", {});
  expect(taskQueues).toMatchObject({ named: "mails", shared: "mails", own: "task/own" });
  expect(taskQueues).not.toHaveProperty("free");
  expect(allQueues()).toEqual([
    { name: "mails", concurrencyLimit: 3, limits: 3 },
    { name: "task/own", concurrencyLimit: 1, limits: 1 },
  ]);
  enqueueTask("unlimited", { queue: "any" });
  expect(declaredQueues()).toEqual([
    ...allQueues(),
    { name: "any", concurrencyLimit: undefined, limits: undefined },
  ]);
});

test("a limit that tasks share is a queue: by itself, in a list, by its name", () => {
  const openai = concurrencyLimit({ name: "openai", total: 2 });
  const run = async () => {};
  task({ id: "limited", concurrency: openai, run });
  task({ id: "limited-in-a-list", concurrency: [openai], run });
  task({ id: "limited-by-name", concurrency: "openai", run });
  task({ id: "limited-alone", concurrency: [{ total: 1 }], run });
  expect(taskQueues).toMatchObject({
    limited: ["openai", "openai"],
    "limited-in-a-list": ["openai", "openai"],
    "limited-by-name": ["openai", "openai"],
    "limited-alone": "task/limited-alone",
  });
  expect(allQueues().map(({ name, limits }) => [name, limits])).toEqual([
    ["openai", { perKey: undefined, total: 2, rate: undefined }],
    ["task/limited-alone", { perKey: undefined, total: 1, rate: undefined }],
  ]);
});

test("a task is under its own limit, its queue's, and two that it shares", () => {
  const run = async () => {};
  const openai = concurrencyLimit({ name: "openai", total: 2 });
  const mails = queue({ name: "mails", concurrencyLimit: 3 });
  task({ id: "own-and-shared", concurrency: [{ total: 1 }, openai], run });
  task({ id: "two-shared", concurrency: [openai, "gpu"], run });
  task({ id: "queue-and-shared", queue: mails, concurrency: "openai", run });
  task({ id: "queue-and-own", queue: "mails", concurrency: { perKey: 1 }, run });
  task({ id: "all", queue: mails, concurrency: ["gpu", { perKey: 1 }, openai], run });
  task({ id: "the-same", queue: "openai", concurrency: openai, run });
  expect(taskQueues).toMatchObject({
    "own-and-shared": ["task/own-and-shared", "openai"],
    "two-shared": ["task/two-shared", "openai", "gpu"],
    "queue-and-shared": ["mails", "openai"],
    "queue-and-own": ["mails", "task/queue-and-own"],
    all: ["mails", "task/all", "gpu", "openai"],
    "the-same": ["openai", "openai"],
  });
  const names = declaredQueues().map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["openai", "mails", "task/two-shared", "gpu", "task/all"]));
});

test("more limits than that are refused with their number, and so is what is no limit", () => {
  const run = async () => {};
  const wrong = (concurrency: TaskConcurrency) => () => task({ id: "strange-limits", concurrency, run });
  expect(wrong([{ total: 1 }, { perKey: 1 }])).toThrow(/HF503 .*2 limits of its own and 0/);
  expect(wrong(["a", "b", "c"])).toThrow(/HF503 .*0 limits of its own and 3 that it shares/);
  expect(wrong({ total: 1, region: 2 } as { total: number })).toThrow(/HF503 .*more than a total/);
  expect(wrong([{ total: 0 }, "a"])).toThrow(/HF541 .*concurrency.total/);
});

test("a queue with a rate is no place for a task under several limits, whichever is defined first", () => {
  const run = async () => {};
  const rateLimit = { limit: 1, period: "1m" } as const;
  queue({ name: "rated", rateLimit });
  expect(() => task({ id: "late", queue: "rated", concurrency: "openai", run })).toThrow(
    /HF541 .*"rated" has a/,
  );
  task({ id: "early", queue: "rated-later", concurrency: "openai", run });
  expect(() => queue({ name: "rated-later", rateLimit })).toThrow(/HF541 The task "early" is under several/);
});

test("a trigger may name another queue and a concurrency key, a number too", () => {
  expect(startOptions({ queue: { name: "other" }, concurrencyKey: 7 }, { now: 0, runId: "run_1" })).toEqual({
    queue: "other",
    concurrencyKey: "7",
  });
});

test("runs of a queue with limit 1 never overlap, and one that waits lets the next one in", async () => {
  const events: string[] = [];
  const { world, id } = bench(
    `task({ id: "one", queue: { concurrencyLimit: 1 }, run: async (name: string) => {
       await lib.visit(name + 1); await wait.for({ minutes: 1 }); await lib.visit(name + 2); } });`,
    {
      visit: async (name: string) => {
        events.push(`${name} in`);
        await new Promise<void>((resolve) => void world.clock.after(10, resolve));
        events.push(`${name} out`);
      },
    },
  );
  await world.ports.store.limit(`task/${id("one")}`, 1, world.clock.now());
  const ids: string[] = [];
  for (const name of ["a", "b", "c"]) ids.push((await world.start(id("one"), name)).id);
  for (const runId of ids) expect((await world.finish(runId)).status).toBe("COMPLETED");
  expect(events.filter((_, place) => place % 2 === 0).map((event) => event.slice(0, 2))).toEqual(
    events.filter((_, place) => place % 2 === 1).map((event) => event.slice(0, 2)),
  );
  expect(events.slice(0, 6).every((event) => event[1] === "1")).toBe(true);
});

test("a run that has waited for a slot beyond its ttl expires, and takes none", async () => {
  const { world, id } = bench(
    `task({ id: "one", queue: { concurrencyLimit: 1 }, run: async () => { await lib.work(); } });`,
    { work: () => new Promise<void>((resolve) => void world.clock.after(60_000, resolve)) },
  );
  await world.ports.store.limit(`task/${id("one")}`, 1, world.clock.now());
  const first = await world.start(id("one"), undefined);
  await world.until(async () => (await world.store.read(first.id))?.status === "EXECUTING");
  const second = await world.start(id("one"), undefined, { ttlMs: 5_000 });
  expect(await world.finish(second.id)).toMatchObject({
    status: "EXPIRED",
    error: { code: "HF317" },
    epoch: 0,
  });
  expect((await world.store.read(first.id))?.status).toBe("EXECUTING");
  expect((await world.finish(first.id)).status).toBe("COMPLETED");
});
