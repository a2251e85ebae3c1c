/** A queue with a limit, in real processes that are killed again and again: the limit is counted outside. */
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../local/fake/holdfast.ts";
import { type Holdfast, startHoldfast } from "../world/holdfast.ts";
import { type Folder, linkHoldfast, makeFolder, root } from "../world/place.ts";
import { type Gate, startGate } from "./gate.ts";
import { killOneRunner } from "./kill-runner.ts";
import { chosenSeed, randomFrom } from "./random.ts";

const runCount = 200;
const killCount = 10;
const limit = 3;
const visitsPerRun = 3;

const seed = chosenSeed();
const random = randomFrom(seed);

let folder: Folder;
let gate: Gate;
let holdfast: Holdfast;

beforeAll(async () => {
  folder = await makeFolder("queue");
  await cp(join(root, "test", "heavy", "tasks"), join(folder.path, "tasks"), { recursive: true });
  await linkHoldfast(folder.path);
  gate = await startGate();
  const data = join(folder.path, "data");
  holdfast = await startHoldfast({ project: folder.path, tasks: "tasks", data, command: "serve" });
});

afterAll(async () => {
  await holdfast?.stop();
  await gate?.close();
  await folder?.remove();
});

test("200 runs through a queue with limit 3 under ten kills: never more than three at once outside, all done, in order", async () => {
  const names = Array.from({ length: runCount }, (_, i) => `run-${i}`);
  const ids: string[] = [];
  for (const name of names) ids.push(await holdfast.trigger("limited", { gate: gate.url, name }));
  await until("the queue is full", () => gate.order.length === limit);
  gate.open();
  const at = Array.from({ length: killCount }, () => Math.floor(random() * runCount * visitsPerRun * 0.9));
  console.log(`seed ${seed}: kills at ${at.sort((a, b) => a - b).join(", ")} visits`);
  for (const count of at) {
    await until("the next kill is due", () => gate.visits() >= count);
    await killOneRunner(holdfast, random);
  }
  const runs = [];
  for (const id of ids) runs.push(await holdfast.finished(id, 120_000));
  expect(runs.filter(({ status }) => status !== "COMPLETED")).toEqual([]);
  expect(gate.most()).toBe(limit);
  expect(new Set(gate.order).size).toBe(runCount);
  const late = gate.order.map((name, place) => place - names.indexOf(name));
  console.log(`${gate.visits()} visits, no run further than ${Math.max(...late)} places behind its turn`);
  // Whoever is called may be overtaken by those called right after it, for each slot, and again where its process is killed meanwhile.
  expect(Math.max(...late)).toBeLessThan(4 * limit);
});

test("runs of a paused queue stay QUEUED through a restart of everything, and go on when it is resumed", async () => {
  const data = join(folder.path, "data");
  const act = async (action: "pause" | "resume") =>
    expect((await holdfast.request("POST", "/api/v1/queues/narrow/pause", { action })).status).toBe(200);
  gate.open();
  const seen = () => holdfast.request("GET", "/api/v1/queues/narrow");
  await until("the code has told of the queue", async () => (await seen()).status === 200);
  await act("pause");
  const ids: string[] = [];
  for (const name of ["paused-1", "paused-2"])
    ids.push(await holdfast.trigger("limited", { gate: gate.url, name }));
  const narrow = async () => (await seen()).body;
  await until(
    "both have asked for a slot",
    async () => ((await narrow()) as { queued: number }).queued === 2,
  );
  await holdfast.stop();
  holdfast = await startHoldfast({ project: folder.path, tasks: "tasks", data, command: "serve" });
  // A run that comes now finds the others there, and the queue still paused.
  ids.push(await holdfast.trigger("limited", { gate: gate.url, name: "paused-3" }));
  await until("the third has asked, too", async () => ((await narrow()) as { queued: number }).queued === 3);
  for (const id of ids) expect(await holdfast.run(id)).toMatchObject({ status: "QUEUED" });
  expect(await narrow()).toMatchObject({ paused: true, running: 0, concurrencyLimit: 3 });
  await act("resume");
  for (const id of ids) expect(await holdfast.finished(id)).toMatchObject({ status: "COMPLETED" });
});
