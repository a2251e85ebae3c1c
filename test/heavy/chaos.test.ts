/**
 * A thousand runs of ten effects, in real processes that are killed again and again (design P15).
 *
 * Kills come at effect counts drawn from a seed (`HOLDFAST_SEED=<n>` repeats them): ten of a runner, two of the
 * supervisor alone, two of the whole tree; after the last four, Holdfast is started again on the same data folder.
 */
import { cp } from "node:fs/promises";
import { join } from "node:path";
import pLimit from "p-limit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Holdfast, startHoldfast } from "../world/holdfast.ts";
import { type Folder, freePort, linkHoldfast, makeFolder, root } from "../world/place.ts";
import { gone } from "../world/processes.ts";
import { killOneRunner } from "./kill-runner.ts";
import { judge, type Kill, type Ledger, startLedger } from "./ledger.ts";
import { chosenSeed, randomFrom } from "./random.ts";

const runCount = 1_000;
const effectsPerRun = 10;
const kinds = [...Array(10).fill("runner"), "supervisor", "supervisor", "tree", "tree"] as const;

type Kind = "runner" | "supervisor" | "tree";
interface Strike {
  readonly kind: Kind;
  /** The number of effects at which it comes. */
  readonly at: number;
}

const seed = chosenSeed();
const random = randomFrom(seed);

let folder: Folder;
let ledger: Ledger;
let holdfast: Holdfast;
let port: number;
/** What a process has sent may arrive so long after its death, when this one is busy. */
const slackMs = 1_000;
const kills: Kill[] = [];

beforeAll(async () => {
  folder = await makeFolder("chaos");
  await cp(join(root, "test", "heavy", "tasks"), join(folder.path, "tasks"), { recursive: true });
  await linkHoldfast(folder.path);
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
  const data = join(folder.path, "data");
  holdfast = await startHoldfast({ project: folder.path, tasks: "tasks", data, command: "serve", port });
}

function plan(): Strike[] {
  const shuffled = kinds
    .map((kind) => ({ kind: kind as Kind, place: random() }))
    .sort((a, b) => a.place - b.place);
  const from = runCount * 0.3;
  const span = runCount * effectsPerRun * 0.9 - from;
  const counts = kinds.map(() => Math.floor(from + random() * span)).sort((a, b) => a - b);
  return shuffled.map(({ kind }, i) => ({ kind, at: counts[i] ?? 0 }));
}

async function strike({ kind, at }: Strike): Promise<void> {
  await ledger.reached(at);
  if (kind === "runner") {
    const since = await killOneRunner(holdfast, random);
    kills.push({ from: since, to: Date.now() + slackMs });
    return;
  }
  const runners = await holdfast.runners();
  const from = Date.now();
  if (kind === "tree") await holdfast.killTree();
  else await holdfast.killSupervisor();
  await start();
  // Nothing is left of the runners of the old supervisor once a new one serves.
  await gone(runners, 100);
  kills.push({ from, to: Date.now() + slackMs });
}

/** Asks again while the supervisor is away; the idempotency key makes that safe. */
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

/** Does `work` for all, `width` at a time. */
function spread<T, R>(items: readonly T[], width: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const limit = pLimit(width);
  return Promise.all(items.map((item) => limit(work, item)));
}

test("1,000 runs complete though runners, the supervisor and the whole tree are killed, and no recorded effect is repeated", async () => {
  const names = Array.from({ length: runCount }, (_, i) => `run-${i}`);
  const strikes = plan();
  console.log(`seed ${seed}: ${strikes.map(({ kind, at }) => `${kind} at ${at}`).join(", ")}`);
  const began = Date.now();
  const striking = (async () => {
    for (const each of strikes) await strike(each);
  })();
  const ids = await spread(names, 50, (name) =>
    persist(() => holdfast.trigger("ten", { ledger: ledger.url, name }, { idempotencyKey: name })),
  );
  await striking;
  const runs = await spread(ids, 20, (id) => persist(() => holdfast.finished(id, 120_000)));
  const verdict = judge(ledger.lines, names, effectsPerRun, kills);
  console.log(
    `${runCount} runs, ${ledger.lines.length} effects, ${kills.length} kills, ${verdict.interrupted} effects interrupted and made again, ${((Date.now() - began) / 1000).toFixed(1)} s`,
  );
  expect(new Set(ids).size).toBe(runCount);
  expect(runs.filter(({ status }) => status !== "COMPLETED")).toEqual([]);
  expect(runs.filter(({ output }) => output !== effectsPerRun)).toEqual([]);
  expect(verdict).toMatchObject({ repeated: [], unexplained: [], otherKey: [], missing: [] });
  expect(kills).toHaveLength(kinds.length);
});
