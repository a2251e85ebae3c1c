/**
 * Scenarios of queues: whatever goes wrong, never more are at work than the limit says, and nobody is forgotten.
 */
import { cancel, start } from "./play.ts";
import type { Play, Scenario } from "./scenario.ts";
import type { CallsWorld } from "./world.ts";

const one = 'const one = queue({ name: "one", concurrencyLimit: 1 });';
const two = 'const two = queue({ name: "two", concurrencyLimit: 2 });';

/** Starts the runs 1, 2 … */
const several =
  (count: number, options: (number: number) => Scenario["options"] = () => ({})) =>
  async (world: CallsWorld, play: Play): Promise<void> => {
    for (let number = 1; number <= count; number++)
      await start(world, play, { as: number, payload: number, options: options(number) ?? {} });
  };

/** Starts one that takes its time, and one behind it, which has had a second to ask for a slot; gives the second. */
async function startBehind(world: CallsWorld, play: Play, options = {}): Promise<string> {
  const first = await start(world, play, { as: 1, payload: 1 });
  await world.until(async () => (await world.head(first))?.owner !== undefined);
  const second = await start(world, play, { as: 2, payload: 2, options });
  await world.sleep(1_000);
  return second;
}

const inside = 'of(await lib.inside("slot", "run" + payload, 2000))';

/** Scenarios of queues. */
export const queueScenarios: readonly Scenario[] = [
  {
    title: "three runs of a queue with one slot",
    before: one,
    task: "queue: one,",
    run: `return ${inside};`,
    script: several(3),
    ends: ['main COMPLETED "run1"', 'main COMPLETED "run2"', 'main COMPLETED "run3"'],
    limits: { slot: 1 },
  },
  {
    title: "three runs of a queue with two slots, which are given back while they wait",
    before: two,
    task: "queue: two,",
    run: `const a = ${inside}; await wait.for({ seconds: 3 }); return [a, of(await lib.inside("slot", "then" + payload, 1000))];`,
    script: several(3),
    ends: [1, 2, 3].map((number) => `main COMPLETED ["run${number}","then${number}"]`),
    limits: { slot: 2 },
  },
  {
    title: "a limit that triggers name, of a task that has no queue",
    before: one,
    run: `return ${inside};`,
    script: several(3, () => ({ concurrency: ["one"] })),
    ends: ['main COMPLETED "run1"', 'main COMPLETED "run2"', 'main COMPLETED "run3"'],
    limits: { slot: 1 },
  },
  {
    title: "each concurrency key has the whole limit",
    before: one,
    task: "queue: one,",
    run: `return of(await lib.inside(payload % 2 === 0 ? "even" : "odd", "run" + payload, 2000));`,
    script: several(4, (number) => ({ concurrencyKey: number % 2 === 0 ? "even" : "odd" })),
    ends: [1, 2, 3, 4].map((number) => `main COMPLETED "run${number}"`),
    limits: { even: 1, odd: 1 },
  },
  {
    title: "a cancel of a run that waits for its slot",
    before: one,
    task: "queue: one,",
    run: `return of(await lib.inside("slot", "run" + payload, 4000));`,
    script: async (world, play) => {
      await cancel(world, play, await startBehind(world, play));
      await start(world, play, { as: 3, payload: 3 });
    },
    ends: ["main CANCELED", 'main COMPLETED "run1"', 'main COMPLETED "run3"'],
    limits: { slot: 1 },
  },
  {
    title: "a run whose time to live is over while it waits for its slot",
    before: one,
    task: "queue: one,",
    run: `return of(await lib.inside("slot", "run" + payload, 14000));`,
    script: async (world, play) => void (await startBehind(world, play, { ttl: "4s" })),
    ends: ['main COMPLETED "run1"', "main EXPIRED"],
    limits: { slot: 1 },
  },
  {
    title: "a queue that is paused and resumed",
    before: one,
    task: "queue: one,",
    run: `return ${inside};`,
    script: async (world, play) => {
      const act = (action: string) => world.ask(play.request("POST", "/api/v1/queues/one/pause", { action }));
      const first = await start(world, play, { as: 1, payload: 1 });
      await world.until(async () => (await world.head(first))?.owner !== undefined);
      await act("pause");
      for (const number of [2, 3]) await start(world, play, { as: number, payload: number });
      await world.sleep(3_000);
      await act("resume");
    },
    ends: ['main COMPLETED "run1"', 'main COMPLETED "run2"', 'main COMPLETED "run3"'],
    limits: { slot: 1 },
  },
  {
    title: "a run gives its slot to the child that it waits for",
    before: one,
    task: "queue: one,",
    childTask: "queue: one,",
    child: `return of(await lib.inside("slot", "child" + payload, 1000));`,
    run: `const a = ${inside}; return [a, await child.triggerAndWait(payload).unwrap(), of(await lib.inside("slot", "then" + payload, 1000))];`,
    payload: 1,
    ends: ['child COMPLETED "child1"', 'main COMPLETED ["run1","child1","then1"]'],
    limits: { slot: 1 },
  },
];
