/** Design §4, Fence: leases by the clock. */
import { expect, test } from "vitest";
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
