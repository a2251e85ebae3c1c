/** Erasing by HTTP, and by age: on the memory store. */
import { expect, test } from "vitest";
import { childIdOf } from "../../engine/children.ts";
import { finish } from "../../engine/head-write.ts";
import { retentionOf } from "../../engine/retention.ts";
import type { Run } from "../../engine/run.ts";
import { eraseOld } from "../../functions/erasing.ts";
import { anEntry, aRun, claimed } from "../contract/runs.ts";
import { type World, world } from "./world.ts";

const counts = { activeMs: 1, attempts: 1, lastNumber: 1 };

function erasingWorld() {
  const removed: string[] = [];
  const lines: string[] = [];
  const made: World = world();
  const erasing = {
    store: made.ports.store,
    values: { remove: async (ref: string) => removed.push(ref) > 0 },
    logs: { erase: (runId: string) => void lines.push(runId) },
    remains: ["backups"],
  };
  const { send } = world({ ports: made.ports, erasing });
  return { ports: made.ports, store: made.ports.store, erasing, send, removed, lines };
}

const dayMs = 86_400_000;
const oneDay = retentionOf({ default: 1 });

type Erasing = ReturnType<typeof erasingWorld>;

/** A run that ended at `at`. `starts`: keys of children that its journal tells of. */
async function ended(
  { store }: Erasing,
  set: Partial<Run> = {},
  at = 2_000,
  starts: string[] = [],
): Promise<string> {
  const lease = await claimed(store, "p1", set);
  await store.append(lease, anEntry(1, lease.epoch));
  const data = JSON.stringify({ kind: "children", keys: starts, t: 1, by: "p1", epoch: lease.epoch });
  await store.append(lease, { number: 2, epoch: lease.epoch, data });
  await store.write(lease.runId, finish(lease, "completed", at, counts, false));
  return lease.runId;
}

const erase = async ({ send }: Erasing, body: unknown) => {
  const answer = await send("POST", "/api/v1/runs/erase", body);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

test("named runs that have ended are gone at once, with their lines, and the answer says what may remain elsewhere", async () => {
  const place = erasingWorld();
  const [one, two, other] = [await ended(place), await ended(place), await ended(place)];
  expect(await erase(place, { runs: [one, two] })).toEqual({
    status: 200,
    body: { erased: [one, two], kept: [], remains: ["backups"] },
  });
  expect([...place.store.contents().runs.keys()]).toEqual([other]);
  expect(place.lines).toEqual([one, two]);
  expect((await place.send("GET", `/api/v3/runs/${one}`)).status).toBe(404);
});

test("an open run among those that are named is refused with HF226, and nothing is erased", async () => {
  const place = erasingWorld();
  const one = await ended(place);
  const { runId: open } = await claimed(place.store);
  const { status, body } = await erase(place, { runs: [one, open] });
  expect([status, body.code]).toEqual([409, "HF226"]);
  expect(String(body.error)).toContain(open);
  expect(await place.store.read(one)).toBeDefined();
  expect((await erase(place, { runs: [one, "run_none"] })).body.code).toBe("HF208");
  expect(await place.store.read(one)).toBeDefined();
});

test("the runs that an ended run has started go with it, if they have ended; others of the same name do not", async () => {
  const place = erasingWorld();
  const id = "run_parent";
  const childId = childIdOf(id, "a/b#0");
  const openId = childIdOf(id, "a/b#1");
  const parent = { runId: id, key: "a/b#0" };
  await ended(place, { id }, 2_000, ["a/b#0", "a/b#1"]);
  const grandchild = childIdOf(childId, "c");
  await ended(place, { id: grandchild, startedBy: childId });
  await ended(place, { id: childId, parent }, 2_000, ["c"]);
  await place.store.create(aRun({ id: openId, parent }));
  const { body } = await erase(place, { runs: [id] });
  expect(body).toMatchObject({ erased: [grandchild, childId, id], kept: [openId] });
});

test("by tag, ended runs go and open ones are named", async () => {
  const place = erasingWorld();
  const tagged = await Promise.all(Array.from({ length: 3 }, () => ended(place, { tags: ["user_7"] })));
  const other = await ended(place, { tags: ["user_8"] });
  const { runId: open } = await claimed(place.store, "p1", { tags: ["user_7"] });
  const { body } = await erase(place, { tag: "user_7" });
  expect([...(body.erased as string[])].sort()).toEqual([...tagged].sort());
  expect(body.kept).toEqual([open]);
  expect(await place.store.read(other)).toBeDefined();
});

test("what there was no time for is asked for again: the answer says that there is more, and what is gone", async () => {
  const place = erasingWorld();
  const ids = [await ended(place), await ended(place)];
  let asked = 0;
  // The second look at the clock is 30 s behind the first.
  const clock = { ...place.ports.clock, now: () => 15_000 * asked++ };
  const slow = world({ ports: { ...place.ports, clock }, erasing: place.erasing });
  const answer = await slow.send("POST", "/api/v1/runs/erase", { runs: ids });
  expect(await answer.json()).toEqual({ erased: [ids[0]], kept: [], more: true, remains: ["backups"] });
  expect((await erase(place, { runs: [ids[1]] })).body).toMatchObject({ erased: [ids[1]], kept: [] });
});

test("a form that says nothing is refused", async () => {
  const place = erasingWorld();
  for (const body of [{}, { runs: [] }, { tag: "" }, { tag: "x", runs: ["y"] }])
    expect((await erase(place, body)).status).toBe(422);
});

test("what ended before a time is erased over many pages; open runs, newer ends and their values stay", async () => {
  const place = erasingWorld();
  const value = { ref: "a".repeat(64), bytes: 40_000 };
  for (let at = 0; at < 250; at += 1)
    await ended(place, { createdAt: at, payload: { inline: String(at) } }, 5_000);
  const old = await ended(place, { createdAt: 1, payload: value }, 5_000);
  const late = await ended(place, { createdAt: 1, payload: value }, 9_000);
  const { runId: open } = await claimed(place.store, "p1", { createdAt: 2 });
  expect(await eraseOld(place.erasing, oneDay, dayMs + 6_000, () => true)).toBe(251);
  expect([...place.store.contents().runs.keys()].sort()).toEqual([late, open].sort());
  expect(place.removed).toEqual([]);
  expect(await place.store.read(old)).toBeUndefined();
  expect(await eraseOld(place.erasing, oneDay, dayMs + 10_000, () => true)).toBe(1);
  expect(place.removed).toEqual([value.ref]);
});

test("tokens that have ended go as runs do", async () => {
  const place = erasingWorld();
  const token = aRun({
    id: "waitpoint_1",
    task: "holdfast/token",
    status: "COMPLETED",
    finishedAt: 5,
    wakeAt: undefined,
  });
  await place.store.create(token);
  const before = place.store.contents().runs.size;
  expect(before).toBe(1);
  await eraseOld(place.erasing, oneDay, dayMs + 10_000, () => true);
  expect(place.store.contents().runs.size).toBe(0);
});

test("a walk that is stopped erases no more", async () => {
  const place = erasingWorld();
  for (let at = 0; at < 5; at += 1) await ended(place);
  let left = 2;
  expect(await eraseOld(place.erasing, oneDay, dayMs + 10_000, () => left-- > 0)).toBe(2);
  expect(place.store.contents().runs.size).toBe(3);
});
