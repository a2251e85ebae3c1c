/** Cancel and maxDuration, with all that hangs on them: children, waits, time. */
import { expect, test } from "vitest";
import { putBack } from "../../engine/head-write.ts";
import { cancelRun } from "../../engine/start.ts";
import { bench } from "./tasks.ts";
import type { World } from "./world.ts";

const family = `
  const grandchild = task({ id: "grandchild", run: async () => { await wait.for({ days: 9 }); } });
  const child = task({ id: "child", run: async (how: string) => {
    if (how === "works") await lib.works();
    if (how === "waits") await wait.for({ days: 9 });
    if (how === "hasOwn") await grandchild.triggerAndWait();
  } });
  const t = task({ id: "t", run: async () => {
    await child.trigger("waits", { delay: "1d" });
    await child.trigger("waits");
    await child.batchTrigger([{ payload: "works" }, { payload: "hasOwn" }]);
    await child.trigger("ends");
    await child.trigger("waits", { idempotencyKey: await idempotencyKeys.create("shared", { scope: "global" }) });
    await Promise.all([child.triggerAndWait("waits"), child.batchTriggerAndWait([{ payload: "works" }, { payload: "waits" }]), child.triggerAndWait("waits", { delay: "1d" })]);
  } });`;

const lib = { works: () => new Promise(() => {}) };

async function statuses(world: World): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { status } of (await world.store.list({ limit: 99 })).runs)
    counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

test("a cancel reaches every child, waited for or not: delayed, at work, waiting, and theirs", async () => {
  const { world, id } = bench(family, lib);
  const shared = await world.start(id("t"), undefined);
  await world.until(async () => (await statuses(world)).WAITING === 6);
  const { id: runId } = await world.start(id("t"), undefined);
  await world.until(async () => (await statuses(world)).WAITING === 11);
  await cancelRun(world.ports, runId);
  expect((await world.finish(runId)).status).toBe("CANCELED");
  await world.until(async () => ((await statuses(world)).CANCELED ?? 0) >= 10, 100_000);
  const left = (await world.store.list({ limit: 99 })).runs.filter(({ status }) => status !== "CANCELED");
  // The other family, with the run that both had found under one key; and the child that had ended.
  expect(
    left.filter(({ root, id }) => root !== shared.id && id !== shared.id).map(({ status }) => status),
  ).toEqual(["COMPLETED"]);
});

const late = `
  const child = task({ id: "child", run: async () => lib.work() });
  task({ id: "canceled", run: async () => { await wait.for({ days: 9 }); } });
  task({ id: "timedOut", maxDuration: 5, run: async () => { await lib.hang(); } });
  task({ id: "failed", retry: { maxAttempts: 1 }, run: async () => { throw new Error("no"); } });`;

test.each([
  ["canceled", "CANCELED"],
  ["timedOut", "CANCELED"],
  ["failed", "COMPLETED"],
])(
  "a child whose creation arrived late, when the run that waits for it was %s, ends as %s",
  async (parent, ends) => {
    const { world, id } = bench(late, { work: async () => "done", hang: () => new Promise(() => {}) });
    const { id: parentId } = await world.start(id(parent), undefined);
    if (parent === "canceled") {
      await world.until(async () => (await world.store.read(parentId))?.status === "WAITING");
      await cancelRun(world.ports, parentId);
    }
    const run = await world.finish(parentId);
    const asked = { parent: { run, key: "/x#0", waits: true } };
    const { id: childId } = await world.start(id("child"), undefined, asked);
    world.clock.spend(6_000);
    expect((await world.finish(childId)).status).toBe(ends);
  },
);

test("a crash at any store call leaves no child behind that a cancel should have reached", async () => {
  const source = `
    const child = task({ id: "child", run: async () => { await wait.for({ days: 9 }); } });
    task({ id: "t", run: async () => {
      await child.trigger();
      await child.batchTrigger([{}, {}]);
      await Promise.all([child.triggerAndWait(), child.batchTriggerAndWait([{}, {}])]);
    } });`;
  let boundaries = 0;
  for (let at = 1; ; at++) {
    for (const strike of ["before", "after"] as const) {
      let calls = 0;
      const { world, id } = bench(source, {}, { strike: () => (++calls === at ? strike : undefined) });
      const { id: runId } = await world.start(id("t"), undefined);
      await world.until(
        async () =>
          (await world.store.list({ limit: 9 })).runs.filter(({ status }) => status === "WAITING").length ===
          7,
      );
      await cancelRun(world.ports, runId);
      await world.until(async () => (await statuses(world)).CANCELED === 7, 3_600_000);
      expect([at, strike, await statuses(world)]).toEqual([at, strike, { CANCELED: 7 }]);
      boundaries = calls;
    }
    if (boundaries < at) break;
  }
  expect(boundaries).toBeGreaterThan(40);
});

test("a child that is begun while its parent is canceled is canceled as well", async () => {
  const source = `
    const child = task({ id: "child", run: async () => { await wait.for({ days: 9 }); } });
    task({ id: "t", run: async () => { await lib.ready(); await Promise.all([child.trigger(), child.triggerAndWait(), child.batchTriggerAndWait([{}, {}])]); } });`;
  for (const late of [50, 500, 5_000]) {
    let cancel = (): void => {};
    const made = bench(
      source,
      { ready: async () => void made.world.clock.after(1, cancel) },
      { lateMs: (call) => (call === "create" ? late : 0) },
    );
    const { world, id } = made;
    const { id: runId } = await world.start(id("t"), undefined);
    cancel = () => void cancelRun(world.ports, runId);
    expect((await world.finish(runId)).status).toBe("CANCELED");
    await world.until(() => false, 100_000);
    const { CANCELED, ...others } = await statuses(world);
    expect(others).toEqual({});
    expect(CANCELED).toBeGreaterThan(1);
  }
});

test("a run that has used up its time cancels the children that it waits for, and no others", async () => {
  const { world, run } = bench(
    `const child = task({ id: "child", run: async () => { await wait.for({ days: 9 }); } });
     task({ id: "t", maxDuration: 5, run: async () => { await child.trigger(); await Promise.all([child.triggerAndWait(), lib.works()]); } });`,
    lib,
  );
  expect((await run("t")).status).toBe("TIMED_OUT");
  await world.until(async () => (await statuses(world)).CANCELED === 1, 60_000);
  expect(await statuses(world)).toEqual({ TIMED_OUT: 1, CANCELED: 1, WAITING: 1 });
});

test("maxDuration counts what is worked on over all passes, and no wait, however short", async () => {
  const source = `task({ id: "t", maxDuration: 5, run: async (count: number) => {
    for (let n = 0; n < count; n++) { await lib.works(1_000); await wait.for({ seconds: n % 2 ? 0.9 : 3_600 }); }
    return "done";
  } });`;
  const made = bench(source, {
    works: (ms: number) => new Promise<void>((resolve) => void made.world.clock.after(ms, resolve)),
  });
  expect(await made.run("t", 4)).toMatchObject({ status: "COMPLETED", activeMs: expect.closeTo(4_000, -2) });
  expect(await made.run("t", 9)).toMatchObject({ status: "TIMED_OUT", error: { code: "HF309" } });
});

test("the trigger's maxDuration holds instead of the task's", async () => {
  const { world, id } = bench(`task({ id: "t", maxDuration: 5, run: async () => lib.works() });`, lib);
  const begun = world.clock.now();
  const { id: runId } = await world.start(id("t"), undefined, { maxDurationMs: 90_000 });
  expect((await world.finish(runId)).status).toBe("TIMED_OUT");
  expect(world.clock.now() - begun).toBeGreaterThanOrEqual(90_000);
});

test("a canceled run that waits in its finally is cut off after 60 seconds", async () => {
  const { world, id } = bench(
    `task({ id: "t", run: async () => { try { await wait.for({ days: 9 }); } finally { await wait.for({ days: 9 }); } } });`,
  );
  const { id: runId } = await world.start(id("t"), undefined);
  await world.until(async () => (await world.store.read(runId))?.status === "WAITING");
  const asked = world.clock.now();
  await cancelRun(world.ports, runId);
  expect((await world.finish(runId)).status).toBe("CANCELED");
  expect(world.clock.now() - asked).toBeGreaterThanOrEqual(60_000);
  expect(world.clock.now() - asked).toBeLessThan(61_000);
});

test("what is left of a canceled run has its minute also where the process died and nobody came for long", async () => {
  const calls: string[] = [];
  const { world, id } = bench(
    `task({ id: "t", run: async () => { try { await wait.for({ days: 9 }); } finally { await lib.note("begun"); await lib.note("done"); } } });`,
    {
      note: async (name: string) => {
        calls.push(name);
        if (calls.length === 1) {
          world.kill(runId);
          await new Promise<void>((resolve) => void world.clock.after(100_000, resolve));
        }
      },
    },
    { releaseMs: 100_000 },
  );
  const { id: runId } = await world.start(id("t"), undefined);
  await world.until(async () => (await world.store.read(runId))?.status === "WAITING");
  await cancelRun(world.ports, runId);
  expect((await world.finish(runId)).status).toBe("CANCELED");
  expect(calls).toEqual(["begun", "begun", "done"]);
});

test("waits in a finally do not add up to more than 60 seconds", async () => {
  const { world, id } = bench(
    `task({ id: "t", run: async () => { try { await wait.for({ days: 9 }); } finally { for (;;) await wait.for({ seconds: 25 }); } } });`,
  );
  const { id: runId } = await world.start(id("t"), undefined);
  await world.until(async () => (await world.store.read(runId))?.status === "WAITING");
  const asked = world.clock.now();
  await cancelRun(world.ports, runId);
  expect((await world.finish(runId)).status).toBe("CANCELED");
  expect(world.clock.now() - asked).toBeLessThan(61_000);
});

test("a pass that begins nothing new leaves the finally to the next one, though what was cut off never ends", async () => {
  const calls: string[] = [];
  const made = bench(
    `task({ id: "t", maxDuration: 5, run: async () => { try { await lib.works(); } finally { await lib.note("tidied"); } } });`,
    { ...lib, note: async (name: string) => void calls.push(name) },
    { leaveAfterMs: 1_000 },
  );
  expect((await made.run("t")).status).toBe("TIMED_OUT");
  expect(calls).toEqual(["tidied"]);
});

test.each([
  ["a call", "await lib.works();"],
  ["a call of a function that it calls", "const inner = async () => { await lib.works(); }; await inner();"],
  ["calls at once", "await Promise.all([1, 2].map(async () => { await lib.works(); }));"],
  ["a step", `await step("works", () => lib.works());`],
])("a run ends a second after its time where %s does not listen to the signal", async (_, code) => {
  const { world, run } = bench(`task({ id: "t", maxDuration: 5, run: async () => { ${code} } });`, lib);
  const begun = world.clock.now();
  expect(await run("t")).toMatchObject({ status: "TIMED_OUT", error: { code: "HF309" } });
  expect(world.clock.now() - begun).toBe(6_000);
});

test("a finally has its time also where a call that was cut off goes on", async () => {
  const done: number[] = [];
  const made = bench(
    `task({ id: "t", maxDuration: 5, run: async () => { try { await lib.works(); } finally { await lib.tidies(); } } });`,
    {
      ...lib,
      tidies: () =>
        new Promise<void>((resolve) => {
          made.world.clock.after(30_000, () => {
            done.push(made.world.clock.now());
            resolve();
          });
        }),
    },
  );
  const begun = made.world.clock.now();
  expect(await made.run("t")).toMatchObject({ status: "TIMED_OUT" });
  expect([done.length, made.world.clock.now() - begun]).toEqual([1, 36_000]);
});

test.each(["dies", "fails"])(
  "what is left of a run that has used up its time has its minute where one pass dies at its claim and the next one %s",
  async (how) => {
    const calls: string[] = [];
    let claims = 0;
    // As a host does when a pass has failed.
    const putBackNow = async () => {
      const run = await world.store.read(runId);
      const now = world.clock.now();
      if (run?.owner !== undefined)
        await world.store.write(runId, putBack(run, run.owner, now, now + 45_000));
    };
    const { world, id } = bench(
      `task({ id: "t", maxDuration: 5, run: async () => { try { await lib.works(); } finally { await lib.note("tidied"); await wait.for({ seconds: 20 }); await lib.note("done"); } } });`,
      {
        works: async () => {
          await new Promise<void>((resolve) => void world.clock.after(6_000, resolve));
        },
        note: async (name: string) => void calls.push(name),
      },
      {
        leaveAfterMs: 5_100,
        releaseMs: 45_000,
        strike: (call) => {
          if (call === "journal" && ++claims === 1) return "after";
          if (call !== "append" || claims !== 2) return undefined;
          if (how === "dies") return "before";
          claims++;
          world.clock.after(1, () => void putBackNow());
          throw new Error("the store is away");
        },
      },
    );
    const { id: runId } = await world.start(id("t"), undefined);
    expect((await world.finish(runId)).status).toBe("TIMED_OUT");
    expect(calls).toEqual(["tidied", "done"]);
  },
);
