/** A queue whose keys share a total, and one with a rate, in real processes that are killed again and again. */
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../local/fake/holdfast.ts";
import { type Holdfast, startHoldfast } from "../world/holdfast.ts";
import { type Folder, linkHoldfast, makeFolder, root } from "../world/place.ts";
import { type Gate, startGate } from "./gate.ts";
import { killOneRunner } from "./kill-runner.ts";
import { chosenSeed, randomFrom } from "./random.ts";

const seed = chosenSeed();
const random = randomFrom(seed);
const killCount = 10;
const total = 6;
const big = Array.from({ length: 1_800 }, (_, n) => `big-${n}`);
const smallKeys = Array.from({ length: 10 }, (_, n) => `small${n}`);
const small = smallKeys.flatMap((key) => Array.from({ length: 20 }, (_, n) => `${key}-${n}`));
const paced = Array.from({ length: 60 }, (_, n) => `paced-${n}`);

let folder: Folder;
let gate: Gate;
let other: Gate;
let holdfast: Holdfast;

beforeAll(async () => {
  folder = await makeFolder("shares");
  await cp(join(root, "test", "heavy", "tasks"), join(folder.path, "tasks"), { recursive: true });
  await linkHoldfast(folder.path);
  gate = await startGate();
  other = await startGate();
  other.open();
  const data = join(folder.path, "data");
  holdfast = await startHoldfast({ project: folder.path, tasks: "tasks", data, command: "serve" });
});

afterAll(async () => {
  await holdfast?.stop();
  await gate?.close();
  await other?.close();
  await folder?.remove();
});

async function start(task: string, names: readonly string[], url: string): Promise<string[]> {
  const ids: string[] = [];
  for (let at = 0; at < names.length; at += 500) {
    const items = names.slice(at, at + 500).map((name) => ({
      task,
      payload: { gate: url, name },
      options: { concurrencyKey: name.split("-")[0] },
    }));
    const { body } = await holdfast.request("POST", "/api/v2/tasks/batch", { items });
    ids.push(...(body as { runs: { id: string }[] }).runs.map(({ id }) => id));
  }
  return ids;
}

async function ended(ids: readonly string[]): Promise<{ status: string; startedAt?: string }[]> {
  const runs: { status: string; startedAt?: string }[] = [];
  for (const id of ids) runs.push((await holdfast.finished(id, 120_000)) as (typeof runs)[number]);
  return runs;
}

test("2,000 runs of 11 keys under ten kills: never more than the total outside, no key starved, all done; no more starts than the rate", async () => {
  const ids = await start("shared", [...big, ...small], gate.url);
  const queued = async () =>
    ((await holdfast.request("GET", "/api/v1/queues/wide")).body as { queued?: number }).queued ?? 0;
  await until("all have asked for a slot", async () => (await queued()) >= ids.length - total);
  const pacedIds = await start("paced", paced, other.url);
  gate.open();
  const kills = Array.from({ length: killCount }, () => Math.floor(random() * ids.length * 0.9));
  for (const count of kills.sort((a, b) => a - b)) {
    await until("the next kill is due", () => gate.visits() >= count);
    await killOneRunner(holdfast, random);
  }
  const runs = await ended(ids);
  expect(runs.filter(({ status }) => status !== "COMPLETED")).toEqual([]);
  expect(new Set(gate.order).size).toBe(ids.length);
  expect(gate.most()).toBe(total);
  const lastOf = smallKeys.map((key) => gate.order.findLastIndex((name) => name.startsWith(`${key}-`)));
  // Eleven keys in turn: the twentieth run of each comes among the first 220, but for those that ran before the gate was open.
  expect(Math.max(...lastOf)).toBeLessThan(300);
  const starts = (await ended(pacedIds))
    .map(({ startedAt = "" }) => Date.parse(startedAt))
    .sort((a, b) => a - b);
  const within = starts.map((from) => starts.filter((at) => at >= from && at < from + 2_000).length);
  console.log(
    `seed ${seed}: ${gate.visits()} visits, ${gate.most()} at once; the small keys were through at places ${lastOf.join(", ")} of ${ids.length}; at most ${Math.max(...within)} starts in 2 s`,
  );
  expect(Math.max(...within)).toBeLessThanOrEqual(20);
  expect(new Set(other.order).size).toBe(paced.length);
});
