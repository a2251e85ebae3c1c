/** `triggerAndSubscribe`: a wait that the author's own signal may end. */
import { expect, test } from "vitest";
import { bench, everyCrash } from "./tasks.ts";
import type { World } from "./world.ts";

const child = `const child = task({ id: "child", run: async (ms: number) => { await lib.sleep(ms); return ms; } });`;
const told = `const told = (error: unknown) => (error as Error).name + ": " + (error as Error).message;`;

/** Time that passes without a wait of Holdfast's. */
const libOf = (world: () => World) => ({
  sleep: (ms: number) => new Promise<void>((done) => void world().clock.after(ms, done)),
});

function benched(source: string) {
  const made = bench(
    source,
    libOf(() => made.world),
  );
  const children = async () =>
    (await made.world.store.list({ limit: 9 })).runs
      .filter(({ task }) => task.startsWith("child"))
      .map(({ status }) => status);
  return { ...made, children };
}

const aborting = (options: string) => `${child} ${told}
  task({ id: "t", run: async () => {
    const controller = new AbortController();
    lib.sleep(2_000).then(() => controller.abort());
    try { return await child.triggerAndSubscribe(60_000, { signal: controller.signal, ${options} }).unwrap(); }
    catch (error) { return told(error); }
  } });`;

test("a signal that aborts ends triggerAndSubscribe by an AbortError, and cancels the child", async () => {
  const { run, output, world, children } = benched(aborting('tags: ["kept"]'));
  expect(await output(await run("t"))).toBe("AbortError: Aborted");
  await world.until(async () => (await children())[0] !== "EXECUTING");
  expect(await children()).toEqual(["CANCELED"]);
});

test("with cancelOnAbort: false the child goes on", async () => {
  const { run, output, world, children } = benched(aborting("cancelOnAbort: false"));
  expect(await output(await run("t"))).toBe("AbortError: Aborted");
  await world.until(async () => (await children())[0] !== "EXECUTING", 120_000);
  expect(await children()).toEqual(["COMPLETED"]);
});

test("a signal that has aborted before starts no child", async () => {
  const { run, output, children } = benched(`${child} ${told}
    task({ id: "t", run: async () => child.triggerAndSubscribe(5, { signal: AbortSignal.abort() }).catch(told) });`);
  expect(await output(await run("t"))).toBe("AbortError: Aborted");
  expect(await children()).toEqual([]);
});

test("a signal that aborts behind the child's end changes nothing", async () => {
  const { run, output, children } = benched(`${child}
    task({ id: "t", run: async () => {
      const controller = new AbortController();
      const result = await child.triggerAndSubscribe(5, { signal: controller.signal }).unwrap();
      controller.abort();
      await wait.for({ hours: 1 });
      return result;
    } });`);
  expect(await output(await run("t"))).toBe(5);
  expect(await children()).toEqual(["COMPLETED"]);
});

test("an aborted triggerAndSubscribe comes out the same, wherever the parent crashes", async () => {
  const { bad, runs } = await everyCrash(aborting(""), libOf, "t", undefined, "AbortError: Aborted");
  expect(bad).toEqual([]);
  expect(runs).toBeGreaterThan(3);
});
