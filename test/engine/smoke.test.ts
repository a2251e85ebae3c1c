import { expect, test } from "vitest";
import { decode } from "../../engine/codec.ts";
import * as mp from "../../engine/memory-ports.ts";
import { memoryStore } from "../../engine/memory-store.ts";
import { startRun } from "../../engine/start.ts";
import { runPass } from "../../sdk/host.ts";
import { step, task, wait } from "../../sdk/index.ts";

const calls: string[] = [];
const hello = task({
  id: "hello",
  run: async (payload: { n: number }) => {
    const a = await step("a", async () => {
      calls.push("a");
      return payload.n + 1;
    });
    await wait.for({ seconds: 0 });
    const b = await step("b", async () => {
      calls.push("b");
      if (calls.filter((c) => c === "b").length < 2) throw new Error("flaky");
      return a * 2;
    });
    return { a, b, at: new Date(0) };
  },
});
const parent = task({
  id: "parent",
  run: async () => {
    const all = await Promise.all([1, 2, 3].map((n) => hello.triggerAndWait({ n }).unwrap()));
    return all.map((x) => (x as { b: number }).b);
  },
});

test("smoke", async () => {
  const store = memoryStore();
  const rings: string[] = [];
  const ports = {
    store,
    spill: mp.memorySpill(),
    doorbell: { ring: (id: string) => void rings.push(id) },
    clock: {
      now: () => Date.now(),
      after: (ms: number, fn: () => void) => {
        const t = setTimeout(fn, ms);
        return () => clearTimeout(t);
      },
      turn: (fn: () => void) => void setImmediate(fn),
    },
    chance: { id: (p: string) => p + Math.random().toString(36).slice(2), fraction: () => 0 },
    secrets: { current: async () => undefined },
  };
  const { id } = await startRun(ports, {
    task: "hello",
    payload: { n: 1 },
    codeVersion: "v1",
    source: "api",
  });
  console.log(await runPass(ports, { runId: id, owner: "o1" }), calls);
  await new Promise((r) => setTimeout(r, 1500));
  console.log(await runPass(ports, { runId: id, owner: "o1" }), calls);
  const run = await store.read(id);
  console.log(run?.status, run?.error, run?.output);
  console.log((await store.journal(id, 0)).entries.map((e) => e.data.slice(0, 200)));
  const p = await startRun(ports, { task: "parent", payload: undefined, codeVersion: "v1", source: "api" });
  for (let i = 0; i < 100; i++) {
    const r = rings.shift() ?? p.id;
    console.log(r, (await runPass(ports, { runId: r, owner: "o1" })).outcome);
    if ((await store.read(p.id))?.status === "COMPLETED") break;
  }
  const pr = await store.read(p.id);
  console.log(pr?.status, pr?.error, pr?.output && decode((pr.output as { inline: string }).inline));
  expect(run?.status).toBe("COMPLETED");
});
