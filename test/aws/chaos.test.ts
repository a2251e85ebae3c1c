/**
 * 300 runs of ten effects on the template brought to life, while everything goes wrong that may: dispatchers are killed,
 * every third ring is lost or doubled, calls are throttled, fail, and lose their replies (`HOLDFAST_SEED=<n>` repeats it).
 */
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { judge, type Kill, type Ledger, startLedger } from "../heavy/ledger.ts";
import { chosenSeed, randomFrom } from "../heavy/random.ts";
import { root } from "../world/place.ts";
import { gone, kill } from "../world/processes.ts";
import { calls, type Effect, every, some } from "./faults.ts";
import { dynamodb, test } from "./on-java.ts";
import { type Stack, startStack } from "./stack.ts";

const runCount = 300;
const effectsPerRun = 10;
const killCount = 10;
/** What a process has sent may arrive so long after its death, when this one is busy. */
const slackMs = 250;

const seed = chosenSeed();
const random = randomFrom(seed);
let ledger: Ledger;
let stack: Stack;
const kills: Kill[] = [];

beforeAll(async () => {
  ledger = await startLedger();
  const tasks = join(root, "test", "heavy", "tasks");
  // Ticks that come each second would ring for a backlog of runs again and again.
  stack = await startStack({ tasks }, { minuteMs: 4_000, dynamodb });
  const { faults } = stack.bench.proxy;
  faults.add(every(calls("SendMessage", "SendMessageBatch"), 3, [{ kind: "lose" }, { kind: "repeat" }]));
  faults.add(some(calls("PutItem", "UpdateItem", "GetItem", "Query"), 0.03, troubles, random));
});
afterAll(async () => {
  await stack?.close();
  await ledger?.close();
});

const troubles: readonly Effect[] = [
  { kind: "throttle" },
  { kind: "cut", applied: true },
  { kind: "cut", applied: false },
  { kind: "fail", applied: true },
  { kind: "fail", applied: false },
  { kind: "delay", ms: 50 },
];

/** The effect counts at which a dispatcher is killed. */
function plan(): number[] {
  const last = runCount * effectsPerRun * 0.9;
  return Array.from({ length: killCount }, () => Math.floor(100 + random() * (last - 100))).sort(
    (a, b) => a - b,
  );
}

async function killOne(): Promise<void> {
  for (let patience = 0; patience < 1_000; patience++) {
    const busy = stack.dispatchers();
    const victim = busy[Math.floor(random() * busy.length)];
    const from = Date.now();
    if (victim !== undefined && kill(victim)) {
      await gone([victim]);
      kills.push({ from, to: Date.now() + slackMs });
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("There was no dispatcher to kill.");
}

/** Asks again when an answer was an error of the moment; the idempotency key makes that safe. */
async function persist<T>(ask: () => Promise<T>): Promise<T> {
  for (let patience = 0; ; patience++) {
    try {
      return await ask();
    } catch (error) {
      if (patience === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Does `work` for all, a few at a time. */
async function spread<T, R>(items: readonly T[], width: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i] as T);
  };
  await Promise.all(Array.from({ length: width }, lane));
  return results;
}

test("300 runs complete though dispatchers are killed and rings, calls and replies get lost; no recorded effect is repeated", async () => {
  const names = Array.from({ length: runCount }, (_, i) => `run-${i}`);
  const strikes = plan();
  console.log(`HOLDFAST_SEED=${seed}: kills at ${strikes.join(", ")} effects`);
  const began = Date.now();
  const striking = (async () => {
    for (const at of strikes) {
      await ledger.reached(at);
      await killOne();
    }
  })();
  const ids = await spread(names, 4, (name) =>
    persist(() => stack.trigger("ten", { ledger: ledger.url, name }, { idempotencyKey: name })),
  );
  await striking;
  const runs = await spread(ids, 2, (id) => persist(() => stack.finished(id, 60_000)));
  const verdict = judge(ledger.lines, names, effectsPerRun, kills);
  const { faults, refusals } = stack.bench.proxy;
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  console.log(
    `${runCount} runs, ${ledger.lines.length} effects, ${kills.length} kills, ${verdict.interrupted} effects interrupted and made again, ${verdict.unexplained.length} of them without a kill, faults ${JSON.stringify([...faults.counts])}, ${seconds} s`,
  );
  expect(new Set(ids).size).toBe(runCount);
  expect(runs.filter(({ status }) => status !== "COMPLETED")).toEqual([]);
  expect(runs.filter(({ output }) => output !== effectsPerRun)).toEqual([]);
  expect(verdict).toMatchObject({ repeated: [], otherKey: [], missing: [], unexplained: [] });
  expect(kills).toHaveLength(killCount);
  expect(refusals).toEqual([]);
}, 240_000);
