/**
 * Design §4, §5.3: a run ends when `run` has settled and what it has begun has ended. Where `run` has rejected, that is not
 * waited for without end.
 */
import { expect, test } from "vitest";
import { bench } from "./tasks.ts";
import type { World } from "./world.ts";

const minute = 60_000;

function program(body: string, retry = "retry: { maxAttempts: 1 }") {
  const here: { world?: World } = {};
  const calls: string[] = [];
  const made = bench(`task({ id: "t", ${retry}, run: async () => { ${body} } });`, {
    never: () => {
      calls.push("never");
      return new Promise(() => {});
    },
    slow: (ms: number) => {
      calls.push("slow");
      return new Promise((resolve) => here.world?.clock.after(ms, () => resolve("done")));
    },
    fail: async () => {
      throw Object.assign(new Error("refused"), { status: 400 });
    },
  });
  here.world = made.world;
  return { ...made, calls };
}

/** How long the run took, in minutes of its time. */
async function minutesOf({ run, world }: ReturnType<typeof program>) {
  const begun = world.clock.now();
  const ended = await run("t", undefined, 60 * minute);
  return { ended, minutes: Math.round((world.clock.now() - begun) / minute) };
}

test("a run that has failed for good ends a minute later, whatever else of it goes on", async () => {
  const made = program(`await Promise.all([lib.never(), lib.fail()]);`);
  const { ended, minutes } = await minutesOf(made);
  expect(ended).toMatchObject({ status: "FAILED", error: { message: "refused" } });
  expect(minutes).toBe(1);
  expect(made.calls).toEqual(["never"]);
  expect(made.world.printed.join("\n")).toMatch(/HF332 .*refused.*lib\.never at .*:\d+/);
});

test("the same for a call that nobody ever awaits", async () => {
  const made = program(`lib.never(); throw new Error("broken");`);
  const { ended, minutes } = await minutesOf(made);
  expect(ended).toMatchObject({ status: "FAILED", error: { message: "broken" } });
  expect(minutes).toBe(1);
});

test("what ends within that minute is recorded", async () => {
  const made = program(`await Promise.all([lib.slow(${minute / 2}), lib.fail()]);`);
  const { ended, minutes } = await minutesOf(made);
  expect(ended.status).toBe("FAILED");
  expect(minutes).toBeLessThanOrEqual(1);
  const records = await made.world.records(ended.id);
  expect(records.filter((record) => record.kind === "result" && record.ok)).toHaveLength(1);
});

test("where another attempt follows a call has the nine minutes that every await has, and is not made again", async () => {
  const made = program(
    `const p = lib.slow(${8 * minute}); p.catch(() => {}); if (globalThis.hasFailed !== true) { globalThis.hasFailed = true; throw new Error("broken"); } await p; delete globalThis.hasFailed;`,
    "retry: { maxAttempts: 2 }",
  );
  const { ended } = await minutesOf(made);
  expect(ended.status).toBe("COMPLETED");
  expect(made.calls).toEqual(["slow"]);
});

test("one that takes longer is cut off, and made again by the next attempt", async () => {
  const made = program(
    `const p = lib.slow(12 * ${minute}); p.catch(() => {}); if (globalThis.hasFailed !== true) { globalThis.hasFailed = true; throw new Error("broken"); } delete globalThis.hasFailed;`,
    "retry: { maxAttempts: 2 }",
  );
  const { ended, minutes } = await minutesOf(made);
  expect(ended.status).toBe("COMPLETED");
  expect(made.calls).toEqual(["slow", "slow"]);
  expect(minutes).toBe(9 + 12);
});
