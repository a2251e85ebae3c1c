/** Tasks with a schema, in a run: what `run` gets, and what becomes of payloads that do not fit. */
import { expect, test } from "vitest";
import * as z from "zod/v4";
import { bench, everyCrash } from "./tasks.ts";

const schemas = {
  order: z.object({
    nr: z.string().transform(Number),
    by: z.string().default(() => `made at ${Date.now()}`),
  }),
  later: z.string().refine(async (text) => text !== "bad"),
};

const source = `
  const child = schemaTask({ id: "child", schema: lib.order, run: async ({ nr, by }) => { await wait.for({ days: 1 }); return [nr, by.slice(0, 4)]; } });
  const later = schemaTask({ id: "later", schema: lib.later, onFailure: async ({ payload }) => { await lib.note(payload); }, run: async (text) => text.length });
  const said = async (go: () => Promise<unknown>): Promise<unknown> => { try { return await go(); } catch (error) { return (error as Error).name; } };
  task({ id: "t", run: async () => [
    await child.triggerAndWait({ nr: "7" }).unwrap(),
    await later.triggerAndWait("good").unwrap(),
    await said(() => child.triggerAndWait({ nr: 7 } as never)),
    await said(() => later.triggerAndWait("bad")),
    await said(() => child.trigger({} as never)),
    await said(() => later.batchTrigger([{ payload: "good" }, { payload: "bad" }])),
    await said(() => child.batchTriggerAndWait([{ payload: { nr: "1" } }, { payload: {} as never }])),
  ] });
  task({ id: "byId", run: async () => { const { ok, error } = await tasks.triggerAndWait(later.id as never, "bad" as never) as never as { ok: boolean, error: Error }; return [ok, error.name]; } });
  task({ id: "stable", run: async () => { const got = await stable.triggerAndWait({ nr: "1" }).unwrap(); return got; } });
  const stable = schemaTask({ id: "defaulted", schema: lib.order, run: async ({ by }) => { const first = by; await lib.note(first); await wait.for({ days: 1 }); await lib.note(by); return first === by; } });`;

const lib = (noted: unknown[] = []) => ({ ...schemas, note: async (what: unknown) => void noted.push(what) });

test("run gets the parsed payload, and a payload that does not fit starts nothing", async () => {
  const { run, output, world } = bench(source, lib());
  const refused = "TaskPayloadParsedError";
  expect(await output(await run("t"))).toEqual([[7, "made"], 4, refused, refused, refused, refused, refused]);
  expect((await world.store.list({ limit: 9 })).runs).toHaveLength(3);
});

test("a payload that does not fit, of a run that was started by its id, fails that run without another attempt", async () => {
  const noted: unknown[] = [];
  const { run, output, world, id } = bench(source, lib(noted));
  expect(await output(await run("byId"))).toEqual([false, "TaskPayloadParsedError"]);
  const [child] = (await world.store.list({ limit: 9, task: [id("later")] })).runs;
  expect(child).toMatchObject({ status: "FAILED", attempts: 0, error: { code: "HF509" } });
  expect(noted).toEqual(["bad"]);
});

test("a default that reads the clock is the same in every pass", async () => {
  const noted: unknown[] = [];
  const { run } = bench(source, lib(noted));
  expect((await run("stable")).status).toBe("COMPLETED");
  expect(noted).toHaveLength(2);
  expect(noted[0]).toBe(noted[1]);
});

test("a crash at any store call changes nothing of what a schema lets through", async () => {
  const refused = "TaskPayloadParsedError";
  const expected = [[7, "made"], 4, refused, refused, refused, refused, refused];
  const { runs, bad } = await everyCrash(source, () => lib(), "t", undefined, expected);
  expect(bad).toEqual([]);
  expect(runs).toBeGreaterThan(20);
});
