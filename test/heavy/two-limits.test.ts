/** Tasks under two limits, in real processes that are killed again and again: both limits are counted outside. */
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../local/fake/holdfast.ts";
import { type Holdfast, startHoldfast } from "../world/holdfast.ts";
import { type Folder, linkHoldfast, makeFolder, root } from "../world/place.ts";
import { type Gate, startGate } from "./gate.ts";
import { killOneRunner } from "./kill-runner.ts";
import { chosenSeed, randomFrom } from "./random.ts";

const runCount = 40;
const killCount = 6;

const seed = chosenSeed();
const random = randomFrom(seed);

let folder: Folder;
let gate: Gate;
let other: Gate;
let holdfast: Holdfast;

beforeAll(async () => {
  folder = await makeFolder("two-limits");
  await cp(join(root, "test", "heavy", "tasks"), join(folder.path, "tasks"), { recursive: true });
  await linkHoldfast(folder.path);
  gate = await startGate();
  other = await startGate();
  const data = join(folder.path, "data");
  holdfast = await startHoldfast({ project: folder.path, tasks: "tasks", data, command: "serve" });
});

afterAll(async () => {
  await holdfast?.stop();
  await gate?.close();
  await other?.close();
  await folder?.remove();
});

test("80 runs, half of them under two limits, under six kills: never more outside than either says, all done", async () => {
  const ids: string[] = [];
  for (let n = 0; n < runCount; n++) {
    ids.push(await holdfast.trigger("doubly", { gate: gate.url, other: other.url, name: `doubly-${n}` }));
    ids.push(await holdfast.trigger("singly", { other: other.url, name: `singly-${n}` }));
  }
  await until("the shared limit is taken", () => other.order.length === 2);
  gate.open();
  other.open();
  const at = Array.from({ length: killCount }, () => Math.floor(random() * runCount * 2.5));
  console.log(`seed ${seed}: kills at ${at.sort((a, b) => a - b).join(", ")} visits`);
  for (const count of at) {
    await until("the next kill is due", () => other.visits() >= count);
    await killOneRunner(holdfast, random);
  }
  const runs = [];
  for (const id of ids) runs.push(await holdfast.finished(id, 120_000));
  expect(runs.filter(({ status }) => status !== "COMPLETED")).toEqual([]);
  expect(other.most()).toBe(2);
  expect(gate.most()).toBeLessThanOrEqual(2);
  expect(new Set(other.order).size).toBe(2 * runCount);
});
