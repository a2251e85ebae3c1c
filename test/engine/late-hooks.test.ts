/** Hooks of runs that were never entered. */
import { expect, test } from "vitest";
import type { Run, Verdict } from "../../engine/run.ts";
import { cancelRun, resumeRun } from "../../engine/start.ts";
import { endWithoutPass } from "../../engine/verdict.ts";
import { type Bench, bench } from "./tasks.ts";

const source = `task({ id: "t",
  onFailure: async ({ error }) => { await lib.note("onFailure " + (error as Error).message); },
  onComplete: async ({ result }) => { await lib.note("onComplete " + result.ok); },
  onCancel: async () => { await lib.note("onCancel"); },
  run: async () => { await lib.note("run"); } });`;

const noting = (calls: string[]) => ({ note: async (name: string) => void calls.push(name) });

/** Does something in a world whose passes crash at each of their store calls in turn; gives how many there are. */
async function atEveryCrash(
  act: (made: Bench) => Promise<string>,
  check: (ended: Run, calls: readonly string[]) => void,
): Promise<number> {
  let boundaries = Number.POSITIVE_INFINITY;
  for (let at = 1; at <= boundaries; at++) {
    for (const strike of ["before", "after"] as const) {
      const calls: string[] = [];
      let count = 0;
      const made = bench(source, noting(calls), { strike: () => (++count === at ? strike : undefined) });
      const runId = await act(made);
      check(await made.world.finish(runId), calls);
      boundaries = count;
    }
  }
  return boundaries;
}

test("a run that is canceled before any pass had it calls onComplete, and neither onCancel nor run, at every crash", async () => {
  const boundaries = await atEveryCrash(
    async ({ world, id }) => {
      const { id: runId } = await world.start(id("t"), undefined, { delayUntil: world.clock.now() + 60_000 });
      expect((await cancelRun(world.ports, runId)).status).toBe("QUEUED");
      // Asked again, it is on its way to its end already.
      await cancelRun(world.ports, runId);
      return runId;
    },
    (ended, calls) => {
      expect(ended.status).toBe("CANCELED");
      expect([...new Set(calls)]).toEqual(["onComplete false"]);
    },
  );
  expect(boundaries).toBeGreaterThan(3);
});

test("a run that crashed calls onFailure with its error, and onComplete, at every crash", async () => {
  const error = { name: "HoldfastError", message: "HF307 died", code: "HF307" };
  const boundaries = await atEveryCrash(
    async ({ world, id }) => {
      const { id: runId, run } = await world.start(id("t"), undefined, {});
      await endWithoutPass(world.ports, run, "crashed", error);
      return runId;
    },
    (ended, calls) => {
      expect(ended).toMatchObject({ status: "CRASHED", error: { code: "HF307", message: "HF307 died" } });
      expect([...new Set(calls)]).toEqual(["onFailure HF307 died", "onComplete false"]);
    },
  );
  expect(boundaries).toBeGreaterThan(4);
});

test.each([
  ["canceled", "CANCELED", ["onComplete false"]],
  ["expired", "EXPIRED", ["onFailure HF317 late", "onComplete false"]],
] as const)(
  "a run that is %s in a queue that is full or paused calls its hooks without waiting for a slot",
  async (event, status, hooks) => {
    const calls: string[] = [];
    const { world, id } = bench(source, noting(calls));
    await world.store.limit("closed", { perKey: 0 }, world.clock.now());
    const { id: runId } = await world.start(id("t"), undefined, { queue: "closed" });
    await world.until(async () => (await world.store.read(runId))?.turn === "parked");
    const parked = (await world.store.read(runId)) as Run;
    await endWithoutPass(world.ports, parked, event, {
      name: "HoldfastError",
      message: "HF317 late",
    });
    world.ports.doorbell.ring(runId);
    expect((await world.finish(runId)).status).toBe(status);
    expect(calls).toEqual(hooks);
    expect((await world.store.read(runId))?.queue).toBe("closed");
  },
);

test("a parent hears of a child that was canceled before it began, behind the child's hooks", async () => {
  const calls: string[] = [];
  const { world, id, output } = bench(
    `const child = ${source.replace("onFailure", "ttl: 3600, onFailure")}
     task({ id: "parent", run: async () => {
       const { ok } = await child.triggerAndWait(undefined, { delay: "1h" });
       await lib.note("parent " + ok);
       return ok;
     } });`,
    noting(calls),
  );
  const { id: parent } = await world.start(id("parent"), undefined);
  const childOf = async () => (await world.store.list({ task: [id("t")], limit: 1 })).runs[0];
  await world.until(async () => (await childOf()) !== undefined);
  await cancelRun(world.ports, (await childOf())?.id ?? "");
  expect(await output(await world.finish(parent))).toBe(false);
  expect(calls).toEqual(["onComplete false", "parent false"]);
});

test("a run whose task has no such hooks ends at once, by one write and without a pass", async () => {
  const { world, id } = bench(
    `task({ id: "t", onSuccess: async () => {}, onCancel: async () => {}, run: async () => {} });`,
  );
  for (const [event, status] of [
    ["canceled", "CANCELED"],
    ["expired", "EXPIRED"],
    ["crashed", "CRASHED"],
  ] as const satisfies readonly (readonly [Verdict["event"], Run["status"]])[]) {
    const { run } = await world.start(id("t"), undefined, { queue: "q" });
    world.counts.clear();
    const { run: ended } = await endWithoutPass(world.ports, run, event, undefined);
    expect(ended).toMatchObject({ status });
    expect([...world.counts]).toEqual([["write", 1]]);
  }
  expect(world.passes).toBe(0);
});

test("a run whose hooks kill their process ends all the same: as was decided, or as its log says", async () => {
  const calls: string[] = [];
  const { world, id } = bench(source, noting(calls));
  const { run } = await world.start(id("t"), undefined, { delayUntil: world.clock.now() + 60_000 });
  const crash = async (): Promise<Run> => {
    const there = (await world.store.read(run.id)) as Run;
    const { run: after } = await endWithoutPass(world.ports, there, "crashed", {
      name: "E",
      message: "died",
    });
    return after as Run;
  };
  await cancelRun(world.ports, run.id);
  expect((await crash()).status).toBe("CANCELED");

  const other = await world.start(id("t"), undefined);
  let hooks = 0;
  world.lines.length = 0;
  await world.until(async () => {
    const ended = (await world.store.journal(other.id, 0)).entries.some(({ data }) =>
      data.includes('"ended"'),
    );
    if (ended) world.kill(other.id);
    return ended && ++hooks > 0;
  });
  await world.until(async () => (await world.store.read(other.id))?.owner === undefined, 10);
  const there = (await world.store.read(other.id)) as Run;
  await endWithoutPass(world.ports, there, "crashed", { name: "E", message: "died" });
  expect((await world.finish(other.id)).status).toBe("COMPLETED");
});

test("a crashed run that is resumed goes on, and calls its hooks for the end that it comes to", async () => {
  const calls: string[] = [];
  const { world, id } = bench(source, noting(calls));
  const { run } = await world.start(id("t"), undefined);
  await endWithoutPass(world.ports, run, "crashed", { name: "E", message: "died" });
  expect((await world.finish(run.id)).status).toBe("CRASHED");
  await resumeRun(world.ports, run.id, "v1");
  expect((await world.finish(run.id)).status).toBe("COMPLETED");
  expect(calls).toEqual(["onFailure died", "onComplete false", "run", "onComplete true"]);
});

test("a run that comes too late for its ttl calls onFailure and onComplete, and never run, at every crash", async () => {
  let boundaries = Number.POSITIVE_INFINITY;
  for (let at = 1; at <= boundaries; at++) {
    for (const strike of ["before", "after"] as const) {
      const calls: string[] = [];
      let count = 0;
      const lib = { note: async (name: string) => void calls.push(name) };
      const { world, id } = bench(source, lib, { strike: () => (++count === at ? strike : undefined) });
      const { id: runId } = await world.start(id("t"), undefined, { ttlMs: -1 });
      expect((await world.finish(runId)).status).toBe("EXPIRED");
      expect([...new Set(calls)]).toEqual([expect.stringMatching(/^onFailure HF317/), "onComplete false"]);
      boundaries = count;
    }
  }
  expect(boundaries).toBeGreaterThan(4);
});
