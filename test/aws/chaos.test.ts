/**
 * 500 runs of six effects on the template brought to life, while everything goes wrong that may: dispatchers are killed,
 * every third ring is lost or doubled, calls are throttled, fail, and lose their replies, and half-way the secrets are
 * changed (`HOLDFAST_SEED=<n>` repeats it). Before, on the same stack: the canaries.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { unpack } from "../../functions/aws/packed-text.ts";
import { foundIn, makeCanaries } from "../canaries/canaries.ts";
import { judge, type Kill, type Ledger, startLedger } from "../heavy/ledger.ts";
import { chosenSeed, randomFrom } from "../heavy/random.ts";
import { root } from "../world/place.ts";
import { gone, kill } from "../world/processes.ts";
import { calls, type Effect, every, some } from "./faults.ts";
import { dynamodb, test } from "./on-java.ts";
import { type Stack, startStack } from "./stack.ts";

const runCount = 500;
const effectsPerRun = 6;
const killCount = 10;
/** What a process has sent may arrive so long after its death, when this one is busy. */
const slackMs = 250;

const seed = chosenSeed();
const random = randomFrom(seed);
let ledger: Ledger;
let stack: Stack;
const kills: Kill[] = [];
const canaries = makeCanaries();
/** The secret before it is changed, and after. */
const values = ["the value before", "the value behind"] as const;
const hash = (text: string): string => createHash("sha256").update(text).digest("hex");

beforeAll(async () => {
  ledger = await startLedger();
  const tasks = join(root, "test", "canaries", "tasks");
  // Ticks that come each second would ring for a backlog of runs again and again.
  stack = await startStack({ tasks }, { minuteMs: 4_000, dynamodb });
  stack.bench.secrets.put({ ...canaries, ROTATED: values[0] });
});
afterAll(async () => {
  await stack?.close();
  await ledger?.close();
});

function trouble(): void {
  const { faults } = stack.bench.proxy;
  faults.add(every(calls("SendMessage", "SendMessageBatch"), 3, [{ kind: "lose" }, { kind: "repeat" }]));
  faults.add(some(calls("PutItem", "UpdateItem", "GetItem", "Query"), 0.03, troubles, random));
}

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

test("of 100 secrets that go through every way out of a task none is in a table, a bucket, a queue, a line or an answer", async () => {
  const id = await stack.trigger("canaries", {});
  const run = await stack.finished(id, 60_000);
  const output = run.output as { broken: string[]; lost: string; output: string; top: string };
  expect(run.status).toBe("COMPLETED");
  expect(output).toMatchObject({
    broken: [],
    output: "[secret CANARY_008]",
    top: hash(canaries.CANARY_000 ?? ""),
  });
  await stack.finished(output.lost);
  const answers = await Promise.all(
    [
      `/api/v3/runs/${id}`,
      `/api/v1/runs/${id}/checkpoints`,
      `/api/v3/runs/${output.lost}`,
      "/api/v1/runs",
    ].map((path) => stack.request("GET", path)),
  );
  const { bench } = stack;
  const written = bench.proxy.records.filter(({ service }) => service !== "secretsmanager");
  const stored = written.map(({ parameters }) => readable(parameters)).join("\n");
  const puts = written.filter(({ service, action }) => service === "s3" && action === "PutObject");
  const objects = await Promise.all(
    puts.map(({ parameters }) => bench.queues.readObject(String(parameters.Bucket), String(parameters.Key))),
  );
  const values = objects.map((bytes) => bytes.toString("latin1")).join("\n");
  // Holes are there: what is looked for did go this way.
  expect(stored).toContain("[secret CANARY_099]");
  expect(values).toContain("[secret CANARY_075]");
  for (const text of [stored, values, JSON.stringify(answers), bench.log.join("\n")])
    expect(foundIn(text, canaries)).toEqual([]);
});

/** Parameters of a call as text, with what is packed in them unpacked. */
function readable(value: unknown): string {
  if (Array.isArray(value)) return value.map(readable).join(" ");
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value)
    .map(([name, each]) =>
      name === "B" && typeof each === "string" ? unpack({ B: Buffer.from(each, "base64") }) : readable(each),
    )
    .join(" ");
}

test("500 runs complete, each on its own version of the secrets, though dispatchers are killed, rings, calls and replies get lost, and the secrets are changed; no recorded effect is repeated", async () => {
  trouble();
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
  const versions = [await currentVersion()];
  const changing = ledger.reached((runCount * effectsPerRun) / 3).then(() => {
    versions.push(stack.bench.secrets.put({ ROTATED: values[1] }));
  });
  const ids = await spread(names, 4, (name) =>
    persist(() => stack.trigger("six", { ledger: ledger.url, name }, { idempotencyKey: name })),
  );
  await Promise.all([striking, changing]);
  const runs = await spread(ids, 2, (id) => persist(() => stack.finished(id, 60_000)));
  const verdict = judge(ledger.lines, names, effectsPerRun, kills);
  const { faults, refusals } = stack.bench.proxy;
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  const on = versions.map((version) => runs.filter((run) => run.secretVersion === version).length);
  console.log(
    `${runCount} runs (${on.join(" and ")} on the two versions), ${ledger.lines.length} effects, ${kills.length} kills, ${verdict.interrupted} effects interrupted and made again, ${verdict.unexplained.length} of them without a kill, faults ${JSON.stringify([...faults.counts])}, ${seconds} s`,
  );
  expect(new Set(ids).size).toBe(runCount);
  expect(runs.filter(({ status }) => status !== "COMPLETED")).toEqual([]);
  const expected = new Map(versions.map((version, n) => [version, [hash(values[n as 0 | 1])]]));
  const wrong = runs.filter(
    ({ output, secretVersion }) =>
      JSON.stringify((output as { sees: string[] }).sees) !==
      JSON.stringify(expected.get(String(secretVersion))),
  );
  expect(wrong).toEqual([]);
  expect(Math.min(...on)).toBeGreaterThan(0);
  // Runs on both have met in one process.
  expect(stack.bench.log.join("\n")).toContain("The tasks are loaded for another version of the secrets");
  expect(verdict).toMatchObject({ repeated: [], otherKey: [], missing: [], unexplained: [] });
  expect(kills).toHaveLength(killCount);
  expect(refusals).toEqual([]);
});

/** The version that a run gets now. */
async function currentVersion(): Promise<string> {
  const run = await stack.finished(await stack.trigger("canary-child", { key: "", within: { header: "" } }));
  return String(run.secretVersion);
}
