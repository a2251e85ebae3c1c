/** Bulk actions: many runs canceled or replayed. */
import { expect, test } from "vitest";
// Loaded ahead: virtual time does not wait for a file.
import { type BulkPayload, bulkPage } from "../../engine/bulk.ts";
import { decode, encode } from "../../engine/codec.ts";
import type { Store } from "../../engine/ports.ts";
import { cancelRun } from "../../engine/start.ts";
import { bulkTask } from "../../engine/token-task.ts";
import { type Bench, bench } from "./tasks.ts";
import type { WorldOptions } from "./world.ts";

const hour = 3_600_000;

/** A world with so many runs, and an action on them. */
async function acted(
  many: number,
  payload: BulkPayload | ((ids: string[]) => BulkPayload),
  options: WorldOptions = {},
) {
  const made: Bench = bench(`task({ id: "t", run: async (n: number) => n });`, {}, options);
  const { world, id } = made;
  const ids: string[] = [];
  for (let n = 0; n < many; n++)
    ids.push(
      (await world.start(id("t"), n, { delayUntil: world.clock.now() + 9 * hour, tags: [`n${n}`] })).id,
    );
  const given = typeof payload === "function" ? payload(ids) : payload;
  const action = await world.start(bulkTask, given);
  const run = await world.finish(action.id, hour);
  const all = (await world.store.list({ limit: 9_999 })).runs;
  const kept = run.changedMetadata;
  const counts = kept !== undefined && "inline" in kept ? decode(kept.inline) : undefined;
  return { ...made, run, ids, all, counts };
}

test("two thousand runs are canceled by a filter, a hundred in each recorded step", async () => {
  const { run, all, counts } = await acted(2_000, { action: "cancel", filter: { status: ["DELAYED"] } });
  expect([run.status, counts]).toEqual(["COMPLETED", { success: 2_000, failure: 0 }]);
  expect(all.filter(({ status }) => status === "CANCELED")).toHaveLength(2_000);
  expect(run.lastNumber).toBeLessThan(30);
});

test("the runs of an action are found by it, whether it made them, ended them, or had them end", async () => {
  const made = bench(`task({ id: "t", run: async (n: number) => n });
    task({ id: "w", run: async () => wait.for({ hours: 9 }) });
    task({ id: "h", run: async () => wait.for({ hours: 9 }), onCancel: async () => {} });`);
  const { world, id } = made;
  const listed = async (bulkAction: string) =>
    (await world.store.list({ limit: 99, bulkAction })).runs.map((run) => run.id).sort();
  const done = (await world.start(id("t"), 1)).id;
  await world.finish(done);
  const open: string[] = [];
  for (const task of ["w", "h"]) open.push((await world.start(id(task), 1)).id);
  const waits = async (run: string) => (await world.store.read(run))?.status === "WAITING";
  await world.until(async () => (await Promise.all(open.map(waits))).every(Boolean));
  for (const [task, options] of [
    ["t", { delayUntil: 9e12 }],
    ["h", { delayUntil: 9e12 }],
  ] as const)
    open.push((await world.start(id(task), 1, options)).id);
  const act = async (payload: BulkPayload): Promise<string> => {
    const action = (await world.start(bulkTask, payload)).id;
    await world.finish(action, hour);
    return action;
  };
  const cancel = await act({ action: "cancel", runIds: [...open, done] });
  for (const run of open) expect((await world.finish(run)).status).toBe("CANCELED");
  expect(await listed(cancel)).toEqual([...open].sort());
  const replay = await act({ action: "replay", runIds: [done, open[0] ?? ""] });
  const replays = (await world.store.list({ limit: 99 })).runs.filter((run) => run.replayOf !== undefined);
  expect(await listed(replay)).toEqual(replays.map((run) => run.id).sort());
  expect(replays).toHaveLength(2);
});

test("runs are replayed with what they were started with, each once, whatever call the process dies at", async () => {
  const payload: BulkPayload = { action: "replay", filter: { to: 9e15 } };
  for (let at = 1, over = false; !over; at += 3) {
    let calls = 0;
    let begun = false;
    const strike = () => (begun && ++calls === at ? ("after" as const) : undefined);
    const made = bench(`task({ id: "t", run: async (n: number) => n });`, {}, { strike });
    const { world, id } = made;
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) ids.push((await world.start(id("t"), n, { tags: [`n${n}`] })).id);
    for (const each of ids) await world.finish(each);
    begun = true;
    const { id: action } = await world.start(bulkTask, payload);
    expect((await world.finish(action, hour)).status).toBe("COMPLETED");
    const replays = (await world.store.list({ limit: 99 })).runs.filter(
      ({ replayOf }) => replayOf !== undefined,
    );
    expect([at, replays.map(({ replayOf }) => replayOf).sort()]).toEqual([at, [...ids].sort()]);
    expect(replays.map(({ tags, payload: kept }) => [tags, kept])).toEqual(
      expect.arrayContaining([[["n2"], { inline: encode(2).text }]]),
    );
    over = calls < at;
  }
});

test("an action goes on where the run that a page ended at is erased before the next one", async () => {
  const made = bench(`task({ id: "t", run: async (n: number) => n });`);
  const { world, id } = made;
  for (let n = 0; n < 250; n++) await world.finish((await world.start(id("t"), n)).id);
  const payload: BulkPayload = { action: "cancel", filter: {} };
  const action = (await world.start(bulkTask, payload)).run;
  const seen: number[] = [];
  for (let next: string | undefined, over = false; !over; over = next === undefined) {
    const done = await bulkPage(world.ports, action, payload, next);
    seen.push(done.success + done.failure);
    next = done.next;
    const last = next?.split(" ")[1];
    if (last !== undefined) expect(await world.store.erase(last, 99)).toBe("erased");
  }
  expect(seen).toEqual([100, 100, 50]);
});

test("a list that ends at a run which is erased before it was looked at is made again", async () => {
  const { world, id } = bench(`task({ id: "t", run: async (n: number) => n });`);
  for (let n = 0; n < 120; n++) await world.start(id("t"), n, { delayUntil: 9e12 });
  const payload: BulkPayload = { action: "cancel", filter: {} };
  const action = (await world.start(bulkTask, payload)).run;
  let lists = 0;
  // DynamoDB may end a page at a run that it only looked at.
  const list: Store["list"] = async (query) => {
    const page = await world.ports.store.list(query);
    return ++lists === 1 ? { ...page, next: "run_erased" } : page;
  };
  const ports = { ...world.ports, store: { ...world.ports.store, list } };
  const first = await bulkPage(ports, action, payload, undefined);
  expect([lists, first.success]).toEqual([2, 100]);
  expect((await bulkPage(ports, action, payload, first.next)).success).toBe(20);
});

test("an action that an older version began goes on from the id that it wrote", async () => {
  const { world, id } = bench(`task({ id: "t", run: async (n: number) => n });`);
  const ids: string[] = [];
  for (let n = 0; n < 3; n++) ids.push((await world.start(id("t"), n, { delayUntil: 9e12 })).id);
  const payload: BulkPayload = { action: "cancel", filter: {} };
  const action = (await world.start(bulkTask, payload)).run;
  const { runs } = await world.store.list({ limit: 9 });
  expect((await bulkPage(world.ports, action, payload, runs[0]?.id)).success).toBe(2);
});

test("by ids: one that there is not, has ended, or is no run of the author's is counted as a failure", async () => {
  const { ids, counts, all } = await acted(3, (there) => ({
    action: "cancel",
    runIds: [there[0] ?? "", "run_none", there[1] ?? "", "waitpoint_none"],
  }));
  expect(counts).toEqual({ success: 2, failure: 2 });
  expect(all.find(({ id }) => id === ids[2])?.status).toBe("DELAYED");
});

test("an action that is canceled before it has begun does nothing", async () => {
  const { world } = bench("");
  const { id } = await world.start(bulkTask, { action: "cancel", filter: {} });
  await cancelRun(world.ports, id);
  expect((await world.store.read(id))?.status).toBe("CANCELED");
  expect((await world.store.list({ limit: 9 })).runs).toEqual([]);
  expect((await world.store.list({ limit: 9, task: [bulkTask] })).runs).toHaveLength(1);
});
