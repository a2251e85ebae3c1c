/**
 * 500 runs, and in their middle the secret is rotated, the code deployed anew, a runner killed, and the whole tree
 * (`HOLDFAST_SEED=<n>` repeats which runner): what a run meets that lasts for years, within half a minute.
 */
import { spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pLimit from "p-limit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Holdfast, startHoldfast } from "../world/holdfast.ts";
import { cli, type Folder, freePort, linkHoldfast, makeFolder } from "../world/place.ts";
import { gone } from "../world/processes.ts";
import { killOneRunner } from "./kill-runner.ts";
import { judge, type Kill, type Ledger, startLedger } from "./ledger.ts";
import { builds, crossing, effectsPerRun, judgePins, secrets, writeTasks } from "./pinned-runs.ts";
import { chosenSeed, randomFrom } from "./random.ts";

const runCount = 500;
/** So many are under way at once: the others begin when one of these has ended. */
const width = 80;
/** What a process has sent may arrive so long after its death, when this one is busy. */
const slackMs = 1_000;

const seed = chosenSeed();
const random = randomFrom(seed);
let folder: Folder;
let data: string;
let ledger: Ledger;
let holdfast: Holdfast;
let port: number;
const kills: Kill[] = [];

beforeAll(async () => {
  folder = await makeFolder("years");
  data = join(folder.path, "data");
  await mkdir(join(folder.path, "tasks"));
  await writeFile(join(folder.path, "package.json"), `{ "private": true, "type": "module" }`);
  await writeTasks(join(folder.path, "tasks"), builds[0]);
  await linkHoldfast(folder.path);
  setSecret(secrets[0]);
  ledger = await startLedger();
  port = await freePort();
  await start();
});
afterAll(async () => {
  await holdfast?.stop();
  await ledger?.close();
  await folder?.remove();
});

async function start(): Promise<void> {
  holdfast = await startHoldfast({ project: folder.path, tasks: "tasks", data, command: "serve", port });
}

function setSecret(input: string): void {
  const done = spawnSync(process.execPath, [cli, "secrets", "set", "ROTATED", "--data", data], { input });
  if (done.status !== 0) throw new Error(String(done.stderr));
}

/** Holdfast goes away by `end`, and comes again; what was in flight then may be made once more. */
async function away(end: () => Promise<void>): Promise<void> {
  const runners = await holdfast.runners();
  const from = Date.now();
  await end();
  await start();
  await gone(runners, 100);
  kills.push({ from, to: Date.now() + slackMs });
}

/** What happens, and at which part of all effects. */
const happenings: readonly (readonly [part: number, happen: () => Promise<void>])[] = [
  [0.2, async () => setSecret(secrets[1])],
  [
    0.4,
    async () => {
      await writeTasks(join(folder.path, "tasks"), builds[1]);
      await away(() => holdfast.stop());
    },
  ],
  [0.55, () => away(() => holdfast.killTree())],
  [
    0.7,
    async () => {
      const from = await killOneRunner(holdfast, random);
      kills.push({ from, to: Date.now() + slackMs });
    },
  ],
];

/** Asks again while nobody serves; the idempotency key makes that safe. */
async function persist<T>(ask: () => Promise<T>): Promise<T> {
  for (let patience = 0; ; patience++) {
    try {
      return await ask();
    } catch (error) {
      if (patience === 300) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

test("500 runs complete, each on the code and the secret that it began with, though the secret is rotated, the code deployed, a runner and the whole tree killed in their middle; no recorded effect is repeated", async () => {
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
      const payload = { ledger: ledger.url, name };
      const id = await persist(() => holdfast.trigger("pinned", payload, { idempotencyKey: name }));
      return persist(() => holdfast.finished(id, 120_000));
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
  // Each of it has met runs in their middle, and not one or two.
  expect(Math.min(...times.map((at) => crossing(ledger.lines, at)))).toBeGreaterThan(10);
  expect(verdict).toMatchObject({ repeated: [], unexplained: [], otherKey: [], missing: [] });
  expect(kills).toHaveLength(3);
  expect(new Set(runs.map(({ id }) => id)).size).toBe(runCount);
});
