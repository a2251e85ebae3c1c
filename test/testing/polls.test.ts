/** What becomes of the slot of a run that waits for another one that it has not to wait for as a child. */
import { expect, test } from "vitest";
import { imports, kitOf, outside } from "./kit.ts";

const oneSlot = `${imports}
import { runs } from "holdfast";
const one = queue({ name: "one", concurrencyLimit: 1 });
export const other = task({ id: "other", queue: one, run: async (n: number) => { await wait.for({ minutes: 3 }); return outside.work(n); } });`;

test("a run that polls another one holds no slot of its queue meanwhile: one is enough for both, whoever crashes", async () => {
  outside({ work: async (n: number) => n * 2 });
  const kit = await kitOf(`${oneSlot}
export const t = task({ id: "t", queue: one, run: async () => {
  const { id } = await other.trigger(7);
  const { output, status } = await runs.poll<typeof other>(id);
  const again = await runs.poll<typeof other>({ id });
  return [output, status, again.output];
} });`);
  const report = await kit.run("t");
  expect(report).toMatchObject({ status: "COMPLETED", output: [14, "COMPLETED", 14] });
  expect(report.lines).toEqual([]);
  expect(await kit.crashEverywhere("t")).toMatchObject({ findings: [] });
});

test("runs that are polled beside each other are waited for together, and a poll may be caught up by a wait", async () => {
  outside({ work: async (n: number) => n * 2 });
  const kit = await kitOf(`${oneSlot}
export const t = task({ id: "t", queue: one, run: async () => {
  const handles = await Promise.all([1, 2, 3].map((n) => other.trigger(n)));
  const first = await Promise.race([runs.poll(handles[0]!), wait.for({ seconds: 30 }).then(() => "late")]);
  const ended = await Promise.all(handles.map((handle) => runs.poll<typeof other>(handle)));
  return [first, ended.map(({ output }) => output)];
} });`);
  expect(await kit.run("t")).toMatchObject({ output: ["late", [2, 4, 6]] });
});

test("polling a run that fails gives its end, and canceling the one that polls cancels no other", async () => {
  outside({
    work: async () => {
      throw new Error("no more");
    },
  });
  const kit = await kitOf(`${oneSlot}
export const failing = task({ id: "failing", retry: { maxAttempts: 1 }, run: async () => outside.work(1) });
export const polls = task({ id: "polls", run: async (id: string) => { await runs.poll(id); } });
export const long = task({ id: "long", run: async () => { await wait.for({ hours: 2 }); return "whole"; } });
export const t = task({ id: "t", run: async () => {
  const failed = await runs.poll(await failing.trigger(undefined));
  const { id } = await long.trigger(undefined);
  const waiting = await polls.trigger(id);
  await wait.for({ hours: 1 });
  await runs.cancel(waiting.id);
  return [failed.isFailed, failed.error?.message, (await runs.poll(waiting.id)).status, (await runs.poll<typeof long>(id)).output];
} });`);
  expect(await kit.run("t")).toMatchObject({ output: [true, "no more", "CANCELED", "whole"] });
});

test("a run that polls itself, or a run that there is not, is told so", async () => {
  outside({});
  const kit = await kitOf(`${oneSlot}
export const t = task({ id: "t", run: async (_: unknown, { ctx }) => {
  const told = (error: unknown) => String(error);
  return [await runs.poll(ctx.run.id).catch(told), await runs.poll("run_none").catch(told)];
} });`);
  expect((await kit.run("t")).output).toEqual([
    expect.stringContaining("HF521"),
    expect.stringContaining("There is no run run_none"),
  ]);
});

test("a run that looks at one that waits for its slot and keeps that slot says so, once (HF521)", async () => {
  outside({ work: async (n: number) => n * 2 });
  const kit = await kitOf(`${oneSlot}
import { step } from "holdfast";
export const t = task({ id: "t", queue: one, run: async () => {
  const { id } = await other.trigger(7);
  const ending = new AbortController();
  const seen: string[] = [];
  await step("look", async () => {
    setTimeout(() => ending.abort(), 1_200);
    for await (const run of runs.subscribeToRun(id, { signal: ending.signal })) seen.push(run.status);
  });
  return seen;
} });`);
  const report = await kit.run("t");
  expect(report.output).toEqual(["QUEUED"]);
  expect(report.lines).toEqual([expect.stringMatching(/^HF521 .* the queue "one"/)]);
});
