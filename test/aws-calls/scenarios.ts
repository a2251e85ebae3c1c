/**
 * The scenarios that are struck at every call: what a task does, what is done to its run, and what must come of it.
 */
import type { Run } from "../../engine/run.ts";
import { familyScenarios } from "./family-scenarios.ts";
import { cancel, start } from "./play.ts";
import { queueScenarios } from "./queue-scenarios.ts";
import type { Scenario } from "./scenario.ts";
import { scheduleScenarios } from "./schedule-scenarios.ts";

const minuteMs = 60_000;

/** Sequences, branches and libraries. */
const awaits: readonly Scenario[] = [
  {
    title: "awaits in a row",
    run: `const a = of(await lib.effect("a")); const b = of(await lib.effect("b")); return [a, b, of(await lib.effect("c"))];`,
    output: ["a", "b", "c"],
  },
  {
    title: "Promise.all over items",
    run: `const all = await Promise.all([1, 2, 3, 4].map((n) => lib.effect("item" + n))); return [...all.map(of), of(await lib.effect("last"))];`,
    output: ["item1", "item2", "item3", "item4", "last"],
  },
  {
    title: "a race that the faster one wins",
    run: `const first = await Promise.race([lib.effect("slow", 3000), lib.effect("fast", 500)]); return [of(first), of(await lib.effect("last"))];`,
    output: ["fast", "last"],
  },
  {
    title: "a library that is given the author's function",
    run: `const all = await lib.pool([1, 2, 3, 4], 2, async (n) => of(await lib.effect("item" + n))); return [...all, of(await lib.effect("last"))];`,
    output: ["item1", "item2", "item3", "item4", "last"],
  },
  {
    title: "a handle that is made again in each process",
    run: `const it = await live(() => lib.connect()); const a = of(await it.query("first")); await wait.for({ seconds: 2 }); const b = of(await it.query("second")); await it.close(); return [a, b];`,
    output: ["first", "second"],
  },
  {
    title: "a value too large for an item",
    run: `const text = await lib.large(); await wait.for({ seconds: 2 }); await lib.effect("last"); return text.length;`,
    output: 91_795,
  },
  {
    title: "a large payload",
    run: `return [payload.text.length, of(await lib.effect("a"))];`,
    payload: {
      text: Array.from({ length: 9_000 }, (_, n) =>
        Math.cos(n + 1)
          .toString(36)
          .slice(3),
      ).join(""),
    },
    output: [91_739, "a"],
  },
];

/** Time. */
const times: readonly Scenario[] = [
  {
    title: "a wait of two seconds",
    run: `const a = of(await lib.effect("a")); await wait.for({ seconds: 2 }); return [a, of(await lib.effect("b"))];`,
    output: ["a", "b"],
  },
  {
    title: "a wait of an hour is put away",
    run: `await lib.effect("a"); await wait.for({ hours: 1 }); return of(await lib.effect("never"));`,
    script: async (world, play) => {
      const id = await start(world, play);
      const isPutAway = ({ status, wakeAt = 0, owner }: Run): boolean =>
        status === "WAITING" && owner === undefined && wakeAt - world.clock.now() > 50 * minuteMs;
      await world.until(async () => isPutAway((await world.head(id)) as Run));
      await cancel(world, play, id);
    },
    status: "CANCELED",
  },
  {
    title: "a start that is delayed",
    options: { delay: "90s" },
    run: `return of(await lib.effect("a"));`,
    output: "a",
  },
  {
    title: "a run whose time to live is over before a ring comes",
    options: { ttl: "10s" },
    world: { lateMs: 20_000 },
    run: `return of(await lib.effect("never"));`,
    status: "EXPIRED",
  },
  {
    title: "a maxDuration that is used up",
    task: "maxDuration: 5,",
    run: `try { await lib.hang("hangs", signal); } finally { await lib.effect("tidied"); } return "never";`,
    status: "TIMED_OUT",
  },
  {
    title: "rings that are all lost but the timer's",
    losesRings: true,
    run: `const a = of(await lib.effect("a")); await wait.for({ seconds: 30 }); return [a, of(await lib.effect("b"))];`,
    output: ["a", "b"],
  },
];

/** Tries, attempts and ends. */
const failures: readonly Scenario[] = [
  {
    title: "a call that fails twice, with back-off",
    task: "retry: { maxAttempts: 3, minTimeoutInMs: 4000, factor: 1, randomize: false },",
    run: `const a = of(await lib.effect("a")); return [a, of(await lib.flaky("shaky", 2))];`,
    output: ["a", "shaky"],
  },
  {
    title: "an attempt that is made again",
    task: "retry: { maxAttempts: 3, minTimeoutInMs: 500, factor: 1, randomize: false },",
    run: `const a = of(await lib.effect("a")); if (ctx.attempt.number < 2) throw new Error("once more"); return [a, of(await lib.effect("b"))];`,
    output: ["a", "b"],
  },
  {
    title: "a step with a retry of its own",
    run: `return [of(await step("own", { retry: { maxAttempts: 4, minTimeoutInMs: 300, factor: 1, randomize: false } }, () => lib.flaky("shaky", 2))), of(await lib.effect("b"))];`,
    output: ["shaky", "b"],
  },
  {
    title: "an abort error ends the run at once",
    run: `await lib.effect("a"); throw new AbortTaskRunError("It is no use.");`,
    status: "FAILED",
    letters: 1,
  },
  {
    title: "a dead letter that is resumed",
    task: "retry: { maxAttempts: 1 },",
    run: `const a = of(await lib.effect("a")); return [a, of(await lib.broken("pay"))];`,
    script: async (world, play) => {
      const id = await start(world, play);
      // Its letter has been sent as well: one that is resumed sooner needs none.
      await world.until(async () => {
        const run = await world.head(id);
        return run?.status === "FAILED" && run.wakeAt === undefined;
      });
      play.outside.isBroken = false;
      await world.ask(play.request("POST", `/api/v1/runs/${id}/resume`, {}));
    },
    output: ["a", "pay"],
    letters: 1,
  },
];

/** Others: parents, children, callers. */
const others: readonly Scenario[] = [
  {
    title: "a child that is waited for",
    child: `return of(await lib.effect("child" + payload));`,
    run: `const a = of(await lib.effect("a")); return [a, await child.triggerAndWait(1).unwrap(), of(await lib.effect("b"))];`,
    output: ["a", "child1", "b"],
  },
  {
    title: "a child that fails",
    child: `await lib.effect("child"); throw new AbortTaskRunError("refused");`,
    run: `const { ok, error } = await child.triggerAndWait(1); return [ok, error.message, of(await lib.effect("b"))];`,
    output: [false, "refused", "b"],
    letters: 1,
  },
  {
    title: "a cancel while the run waits",
    run: `await lib.effect("a"); try { await wait.for({ minutes: 10 }); } finally { await lib.effect("tidied"); } return "never";`,
    script: async (world, play) => {
      const id = await start(world, play);
      await world.until(async () => (await world.head(id))?.status === "WAITING");
      await cancel(world, play, id);
    },
    status: "CANCELED",
  },
  {
    title: "a signed webhook",
    isWebhook: true,
    run: `return [payload.order, of(await lib.effect("a"))];`,
    payload: { order: 7 },
    output: [7, "a"],
  },
  {
    title: "an idempotency key that is used twice",
    hasKey: true,
    run: `return of(await lib.effect("a"));`,
    script: async (world, play) => {
      const first = await start(world, play);
      const second = await start(world, play);
      if (first !== second) throw new Error(`One key gave two runs: ${first} and ${second}.`);
    },
    output: "a",
  },
];

/** All of them. */
export const scenarios: readonly Scenario[] = [
  ...awaits,
  ...times,
  ...failures,
  ...others,
  ...queueScenarios,
  ...familyScenarios,
  ...scheduleScenarios,
];
