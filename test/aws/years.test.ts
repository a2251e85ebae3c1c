/**
 * Runs on the template brought to life, and in their middle the secret is changed, the code deployed anew, and dispatchers
 * are killed (`HOLDFAST_SEED=<n>` repeats which): `test/heavy/years.test.ts` in AWS. `HOLDFAST_YEARS_RUNS=<n>` says how many runs.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pLimit from "p-limit";
import { afterAll, beforeAll, expect } from "vitest";
import { judge, type Kill, type Ledger, startLedger } from "../heavy/ledger.ts";
import { builds, crossing, effectsPerRun, judgePins, secrets, writeTasks } from "../heavy/pinned-runs.ts";
import { chosenSeed, randomFrom } from "../heavy/random.ts";
import { type Folder, linkHoldfast, makeFolder } from "../world/place.ts";
import { gone, kill } from "../world/processes.ts";
import { dynamodb, test } from "./on-java.ts";
import { type Stack, startStack } from "./stack.ts";

/** So few by default, for CI's time. */
const runCount = Number(process.env.HOLDFAST_YEARS_RUNS ?? 200);
/** So many are under way at once: the others begin when one of these has ended. */
const width = 24;
/** What a process has sent may arrive so long after its death, when this one is busy. */
const slackMs = 250;

const seed = chosenSeed();
const random = randomFrom(seed);
let project: Folder;
let stack: Stack;
let ledger: Ledger;
/** The stack with the second code, synthesized before anything begins. */
let second: string;
const kills: Kill[] = [];

beforeAll(async () => {
  ledger = await startLedger();
  project = await makeFolder("years");
  const tasks = join(project.path, "tasks");
  await mkdir(tasks);
  await writeFile(join(project.path, "package.json"), `{ "private": true, "type": "module" }`);
  await linkHoldfast(project.path);
  await writeTasks(tasks, builds[0]);
  stack = await startStack({ tasks, projectRoot: project.path }, { minuteMs: 4_000, dynamodb });
  stack.bench.secrets.put({ ROTATED: secrets[0] });
  await writeTasks(tasks, builds[1]);
  second = await stack.synth();
}, 300_000);
afterAll(async () => {
  await stack?.close();
  await ledger?.close();
  await project?.remove();
});

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

/** What happens, and at which part of all effects. */
const happenings: readonly (readonly [part: number, happen: () => Promise<unknown>])[] = [
  [0.2, async () => stack.bench.secrets.put({ ROTATED: secrets[1] })],
  [0.3, killOne],
  [0.4, () => stack.bench.deploy(second)],
  [0.5, killOne],
  [0.6, killOne],
];

test(
  "runs complete in AWS, each on the code and the secret that it began with, though the secret is changed, the code deployed and dispatchers killed in their middle; no recorded effect is repeated",
  async () => {
    const names = Array.from({ length: runCount }, (_, i) => `run-${i}`);
    const began = Date.now();
    const limit = pLimit(width);
    const times: number[] = [];
    const happening = (async () => {
      for (const [part, happen] of happenings) {
        await ledger.reached(Math.floor(runCount * effectsPerRun * part));
        times.push(Date.now());
        await happen();
      }
    })();
    const all = names.map((name) =>
      limit(async () => {
        const id = await stack.trigger("pinned", { ledger: ledger.url, name }, { idempotencyKey: name });
        return stack.finished(id, 120_000);
      }),
    );
    const [runs] = await Promise.all([Promise.all(all), happening]);
    const verdict = judge(ledger.lines, names, effectsPerRun, kills);
    const { counts, versions, ...wrong } = judgePins(runs);
    console.log(
      `HOLDFAST_SEED=${seed}: ${JSON.stringify([...counts])}, ${ledger.lines.length} effects, ${verdict.interrupted} interrupted and made again, ${((Date.now() - began) / 1000).toFixed(1)} s`,
    );
    expect(wrong).toEqual({ failed: [], strayed: [], mixed: [] });
    expect(versions).toEqual([2, 2]);
    // Each of it has met runs in their middle.
    expect(Math.min(...times.map((at) => crossing(ledger.lines, at)))).toBeGreaterThan(0);
    expect(verdict).toMatchObject({ repeated: [], unexplained: [], otherKey: [], missing: [] });
    expect(kills).toHaveLength(3);
    expect(stack.bench.proxy.refusals).toEqual([]);
  },
  600_000 * Math.max(1, runCount / 200),
);
