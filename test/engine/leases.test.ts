/** Design §4, Fence: leases by the clock. */
import { expect, test } from "vitest";
import { cancelRun } from "../../engine/start.ts";
import { bench } from "./tasks.ts";

const leaseMs = 30_000;

/** Three effects, half a minute each, on a lease by the clock; `lateMs` is how late a renewal's answer comes. */
async function threeEffects(lateMs: (renewal: number) => number) {
  let renewals = 0;
  const made: string[] = [];
  const isRenewal = (args: readonly unknown[]): boolean => JSON.stringify(args).includes('"leaseUntil"');
  const { run, output, world } = bench(
    `task({ id: "t", run: async () => { const done: string[] = []; for (const name of ["a", "b", "c"]) done.push(await lib.effect(name)); return done; } });`,
    {
      effect: async (name: string) => {
        await new Promise<void>((resolve) => void world.clock.after(25_000, resolve));
        made.push(name);
        return name;
      },
    },
    {
      leaseMs,
      lateMs: (call, args) => (call === "write" && isRenewal(args) ? lateMs(++renewals) : 0),
    },
  );
  const ended = await run("t");
  return {
    status: ended.status,
    error: ended.error,
    output: await output(ended),
    made,
    passes: world.passes,
  };
}

test("a pass that outlives its lease renews it and keeps the run", async () => {
  const { status, made, passes } = await threeEffects(() => 0);
  expect({ status, made, passes }).toEqual({ status: "COMPLETED", made: ["a", "b", "c"], passes: 1 });
});

test.each([2, 3, 4, 5, 6])(
  "a renewal (number %i) whose answer comes after the lease has run out ends the pass, never the run",
  async (late) => {
    const { status, error, output, passes } = await threeEffects((n) => (n === late ? 40_000 : 0));
    expect({ status, error, output }).toEqual({
      status: "COMPLETED",
      error: undefined,
      output: ["a", "b", "c"],
    });
    expect(passes).toBeGreaterThan(1);
  },
);

test.each([
  "await lib.b();",
  "const p = lib.b(); await p;",
  "await Promise.all([1].map(() => lib.b()));",
  "lib.c(); await lib.b();",
])("a pass whose lease is over by its own clock begins nothing more: %s", async (text) => {
  const begun: string[] = [];
  const { run, world } = bench(
    `task({ id: "t", run: async () => { await lib.a(); ${text} } });`,
    {
      a: async () => {},
      b: () => Promise.resolve(void begun.push(`b in pass ${world.passes}`)),
      c: () => void begun.push(`c in pass ${world.passes}`),
    },
    // The answer to the first record comes when the lease is over, and nobody has heard of a renewal.
    {
      leaseMs,
      lateMs: (call, args) => {
        if (world.passes > 1) return 0;
        return call === "append" ? 28_000 : JSON.stringify(args).includes('"renewed"') ? 60_000 : 0;
      },
    },
  );
  expect((await run("t")).status).toBe("COMPLETED");
  expect(begun).toEqual(text.includes("lib.c") ? ["c in pass 2", "b in pass 2"] : ["b in pass 2"]);
});

test.each(["await lib.b();", "const p = lib.b(); await p;"])(
  "what a cancel has cut off is not begun again while the run is played again up to it: %s",
  async (text) => {
    let calls = 0;
    const { world, id } = bench(
      `task({ id: "t", run: async () => { try { await lib.a(); ${text} } finally { await lib.tidy(); } } });`,
      {
        a: async () => {},
        b: async () => {
          calls++;
          await new Promise(() => {});
        },
        tidy: async () => void (world.passes === 1 && world.kill(runId)),
      },
    );
    const { id: runId } = await world.start(id("t"), undefined);
    await world.until(() => calls > 0);
    await cancelRun(world.ports, runId);
    expect((await world.finish(runId)).status).toBe("CANCELED");
    expect({ calls, passes: world.passes }).toEqual({ calls: 1, passes: 2 });
  },
);

test("a back-off that is over before the failed try is recorded holds no run: the next try counts once", async () => {
  let calls = 0;
  const lib = {
    fails: async () => {
      calls++;
      throw new Error("no");
    },
  };
  const { run, world } = bench(
    `task({ id: "t", retry: { maxAttempts: 3, minTimeoutInMs: 10, maxTimeoutInMs: 10 }, run: async () => { await lib.fails(); } });`,
    lib,
    { lateMs: (call) => (call === "append" ? 50 : 0) },
  );
  const ended = await run("t", undefined, 600_000);
  expect([ended.status, calls, world.passes]).toEqual(["FAILED", 3, 1]);
});
