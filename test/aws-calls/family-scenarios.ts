/**
 * Scenarios of batches, of cancels that reach children, of keys that end, of hooks, and of code that is replaced.
 */
import { cancel, start } from "./play.ts";
import type { Scenario } from "./scenario.ts";

const childRuns = "return of(await lib.effect('child' + payload));";

/** Many runs with one call. */
const batches: readonly Scenario[] = [
  {
    title: "a batch that is waited for, one of which fails and two of which are one",
    child: `if (payload === 2) throw new AbortTaskRunError("refused"); ${childRuns}`,
    run: `const item = (payload, key) => ({ payload, options: key ? { idempotencyKey: key } : {} });
      const { runs } = await child.batchTriggerAndWait([item(1), item(2), item(3, "same"), item(3, "same")]);
      return [...runs.map((each) => each.ok ? each.output : each.error.message), of(await lib.effect("last"))];`,
    ends: [
      'child COMPLETED "child1"',
      'child COMPLETED "child3"',
      "child FAILED",
      'main COMPLETED ["child1","refused","child3","child3","last"]',
    ],
    letters: 1,
  },
  {
    title: "a batch that finds a run that is there, and one that has ended",
    child: `if (payload === "slow") await wait.for({ seconds: 20 }); ${childRuns}`,
    run: `const [slow, quick] = [await idempotencyKeys.create("slow"), await idempotencyKeys.create("quick")];
      await child.trigger("slow", { idempotencyKey: slow });
      await child.triggerAndWait("quick", { idempotencyKey: quick });
      const { runs } = await child.batchTriggerAndWait([
        { payload: "slow", options: { idempotencyKey: slow } },
        { payload: "quick", options: { idempotencyKey: quick } },
      ]);
      return runs.map((each) => each.output);`,
    ends: [
      'child COMPLETED "childquick"',
      'child COMPLETED "childslow"',
      'main COMPLETED ["childslow","childquick"]',
    ],
  },
  {
    title: "a batch that nobody waits for",
    child: childRuns,
    run: `const { runCount } = await child.batchTrigger([1, 2, 3].map((payload) => ({ payload }))); return [runCount, of(await lib.effect("last"))];`,
    ends: ["child1", "child2", "child3"]
      .map((name) => `child COMPLETED "${name}"`)
      .concat('main COMPLETED [3,"last"]'),
  },
  {
    title: "a batch by a request",
    run: `return of(await lib.effect("run" + payload));`,
    script: async (world, { name, request }) => {
      const items = [1, 2].map((payload) => ({ task: "main-calls", payload }));
      const asked = request("POST", "/api/v2/tasks/batch", { items });
      const headers = { ...asked.headers, "x-trigger-request-idempotency-key": name };
      await world.ask({ ...asked, headers });
    },
    ends: ['main COMPLETED "run1"', 'main COMPLETED "run2"'],
  },
];

/** Cancels. */
const cancels: readonly Scenario[] = [
  {
    title: "a cancel reaches children, waited for or not",
    child: `try { await wait.for({ minutes: 10 }); } finally { await lib.effect("tidied" + payload); } return "never";`,
    run: `await child.trigger(1); try { await child.batchTriggerAndWait([{ payload: 2 }, { payload: 3 }]); } finally { await lib.effect("tidied"); } return "never";`,
    script: async (world, play) => {
      const id = await start(world, play);
      await world.until(async () => {
        const runs = await world.heads();
        return runs.length === 4 && runs.every(({ status }) => status === "WAITING");
      });
      await cancel(world, play, id);
    },
    ends: ["child CANCELED", "child CANCELED", "child CANCELED", "main CANCELED"],
  },
  {
    title: "a parent that has no time left cancels the children that it waits for",
    task: "maxDuration: 5,",
    child: `await wait.for({ minutes: 10 }); return "never";`,
    run: `await Promise.all([child.triggerAndWait(1), lib.hang("hangs", signal)]); return "never";`,
    ends: ["child CANCELED", "main TIMED_OUT"],
  },
];

/** Keys. */
const keys: readonly Scenario[] = [
  {
    title: "an idempotency key whose time is over",
    hasKey: true,
    options: { idempotencyKeyTTL: "30s" },
    run: `return of(await lib.effect("a"));`,
    script: async (world, play) => {
      const first = await start(world, play);
      const second = await start(world, play);
      await world.sleep(31_000);
      const third = await start(world, play);
      if (first !== second) throw new Error(`One key gave two runs: ${first} and ${second}.`);
      if (first === third) throw new Error(`A key that has ended gave run ${first} again.`);
    },
    ends: ['main COMPLETED "a"', 'main COMPLETED "a"'],
  },
];

/** Hooks at the ends of runs. */
const hooks: readonly Scenario[] = [
  {
    title: "hooks of a run that succeeds",
    task: `onStart: async () => { await lib.effect("started"); }, onSuccess: async ({ output }) => { await lib.effect("success-" + output); },
      onComplete: async ({ result }) => { await lib.effect("complete-" + result.ok); throw new Error("A hook's own."); },`,
    run: `return of(await lib.effect("a"));`,
    output: "a",
  },
  {
    title: "hooks of a run that fails",
    task: `onFailure: async ({ error }) => { await lib.effect("failure-" + error.message); await wait.for({ seconds: 2 }); await lib.effect("told"); },
      onComplete: async ({ result }) => { await lib.effect("complete-" + result.ok); },`,
    run: `await lib.effect("a"); throw new AbortTaskRunError("refused");`,
    status: "FAILED",
    letters: 1,
  },
  {
    title: "the hook of a run that is canceled",
    task: `onCancel: async () => { await lib.effect("canceled"); },`,
    run: `await lib.effect("a"); try { await wait.for({ minutes: 10 }); } finally { await lib.effect("tidied"); } return "never";`,
    script: async (world, play) => {
      const id = await start(world, play);
      await world.until(async () => (await world.head(id))?.status === "WAITING");
      await cancel(world, play, id);
    },
    status: "CANCELED",
  },
];

/** Code that is replaced while a run of it is under way. */
const versions: readonly Scenario[] = [
  {
    title: "a run goes on with the version that it began on",
    run: `const a = await lib.version(); await lib.effect("a" + payload); await wait.for({ seconds: 10 }); await lib.effect("b" + payload); return [a, await lib.version()];`,
    script: async (world, play) => {
      await start(world, play, { as: 1, payload: 1 });
      await world.until(async () => play.outside.count("a1") > 0);
      world.deploy(play.version("2"));
      await start(world, play, { as: 2, payload: 2 });
    },
    ends: ['main COMPLETED ["1","1"]', 'main COMPLETED ["2","2"]'],
  },
  {
    title: "a run whose version is gone is resumed on newer code",
    run: `const a = await lib.version(); await lib.effect("a"); await wait.for({ seconds: 10 }); return [a, await lib.version()];`,
    script: async (world, play) => {
      const id = await start(world, play);
      await world.until(async () => play.outside.count("a") > 0);
      world.deploy(play.version("2"));
      world.remove("1");
      await world.until(async () => {
        const run = await world.head(id);
        return run?.status === "FAILED" && run.wakeAt === undefined;
      });
      await world.ask(play.request("POST", `/api/v1/runs/${id}/resume`, {}));
    },
    output: ["1", "2"],
    letters: 1,
  },
];

/** All of them. */
export const familyScenarios: readonly Scenario[] = [...batches, ...cancels, ...keys, ...hooks, ...versions];
