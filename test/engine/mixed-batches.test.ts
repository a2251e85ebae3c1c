/** `batch`: runs of several tasks, started with one call inside a run. */
import { expect, test } from "vitest";
import { batch, schemaTask, type TaskRunResult, task } from "../../sdk/index.ts";
import { bench, everyCrash } from "./tasks.ts";

const children = `
  const double = task({ id: "double", run: async (n: number) => n * 2 });
  const shout = task({ id: "shout", retry: { maxAttempts: 1 }, run: async ({ text }: { text: string }) => { if (text === "") throw new Error("nothing to shout"); return text.toUpperCase(); } });`;

test("batch.triggerByTaskAndWait gives how the runs of several tasks ended, in the order of the items", async () => {
  const { run, output } = bench(`${children}
    task({ id: "t", run: async () => {
      const { id, runs } = await batch.triggerByTaskAndWait([{ task: double, payload: 2 }, { task: shout, payload: { text: "hi" } }, { task: shout, payload: { text: "" } }]);
      return [id.slice(0, 6), runs.map((each) => each.ok ? each.output : each.error.message), runs.map(({ taskIdentifier }) => taskIdentifier.split("-")[0])];
    } });`);
  expect(await output(await run("t"))).toEqual([
    "batch_",
    [4, "HI", "nothing to shout"],
    ["double", "shout", "shout"],
  ]);
});

test("batch.trigger and batch.triggerAndWait take the ids of the tasks", async () => {
  const { run, output, id } = bench(`${children}
    task({ id: "t", run: async (ids: string[]) => {
      const { runCount } = await batch.trigger([{ id: ids[0], payload: 2 }, { id: ids[1], payload: { text: "hi" } }] as never);
      const { runs } = await batch.triggerAndWait([{ id: ids[1], payload: { text: "ho" } }] as never);
      return [runCount, runs.map((each: any) => each.output)];
    } });`);
  expect(await output(await run("t", [id("double"), id("shout")]))).toEqual([2, ["HO"]]);
});

test("an item that names no task starts none of the batch", async () => {
  const { run, world } = bench(`${children}
    task({ id: "t", retry: { maxAttempts: 1 }, run: async () => { await batch.triggerByTask([{ task: double, payload: 1 }, { payload: 2 }] as never); } });`);
  expect(await run("t")).toMatchObject({ status: "FAILED", error: { code: "HF511" } });
  expect((await world.store.list({ limit: 9 })).runs).toHaveLength(1);
});

test("triggerSequentially begins the runs of a batch one after the other, in the order of the items", async () => {
  const begun: unknown[] = [];
  let open = 0;
  let most = 0;
  const { run, world } = bench(`${children}
    task({ id: "t", run: async (isInTurn: boolean) => { await batch.triggerByTaskAndWait([1, 2, 3].map((payload) => ({ task: double, payload })), { triggerSequentially: isInTurn }); } });`);
  const create = world.store.create.bind(world.store);
  world.store.create = async (...args) => {
    most = Math.max(most, ++open);
    begun.push(args[0].payload);
    for (let turn = 0; turn < 9; turn++) await Promise.resolve();
    return create(...args).finally(() => open--);
  };
  await run("t", false);
  expect(most).toBe(3);
  most = 0;
  begun.length = 0;
  await run("t", true);
  expect([most, begun.slice(1)]).toEqual([1, [{ inline: "j1" }, { inline: "j2" }, { inline: "j3" }]]);
});

test("a crash at any store call makes no run of a mixed batch twice", async () => {
  const source = `${children}
    task({ id: "t", run: async () => { const { runs } = await batch.triggerByTaskAndWait([{ task: double, payload: 2 }, { task: shout, payload: { text: "hi" } }]); return runs.map((each) => each.ok && each.output); } });`;
  const { bad, runs } = await everyCrash(source, () => ({}), "t", 0, [4, "HI"]);
  expect(bad).toEqual([]);
  expect(runs).toBeGreaterThan(12);
});

test("the compiler knows each run's output, and refuses a payload that is not the task's", () => {
  const double = task({ id: "mixed-double", run: async (n: number) => n * 2 });
  const shout = schemaTask({
    id: "mixed-shout",
    schema: (v: unknown) => String(v),
    run: async (text) => text,
  });
  const typed = async (): Promise<void> => {
    const { runs } = await batch.triggerByTaskAndWait([
      { task: double, payload: 2 },
      { task: shout, payload: "hi" },
    ]);
    const first: TaskRunResult<string, number> = runs[0];
    const second: TaskRunResult<string, string> = runs[1];
    void [first, second];
    // @ts-expect-error: a text is no number
    await batch.triggerByTask([{ task: double, payload: "2" }]);
    await batch.trigger<typeof double | typeof shout>([{ id: "mixed-double", payload: 2 }]);
    // @ts-expect-error: no such task
    await batch.trigger<typeof double>([{ id: "mixed-other", payload: 2 }]);
  };
  expect(typed).toBeTypeOf("function");
});
