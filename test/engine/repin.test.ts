/** Design §4, Secrets: one run is put on the current version, at somebody's word. */
import { describe, expect, test } from "vitest";
import { claim, yieldPass } from "../../engine/head-write.ts";
import { memoryStore } from "../../engine/memory-store.ts";
import type { Store } from "../../engine/ports.ts";
import { repinRun } from "../../engine/repin.ts";
import { aRun } from "../contract/runs.ts";

const counts = { activeMs: 0, attempts: 0, lastNumber: 0 };
const ports = (store: Store) => ({
  store,
  clock: { now: () => 5_000, after: () => () => {}, turn: () => {} },
});

async function begun() {
  const store = memoryStore();
  const { run } = await store.create(aRun({}));
  const claimed = await store.write(run.id, claim("me", 1_000, undefined, undefined, "v1"));
  return { store, id: run.id, lease: { runId: run.id, owner: "me", epoch: claimed.run?.epoch ?? 0 } };
}

test("a run at work, or waiting for its turn, gets the version and the note of its own; its pass keeps the lease", async () => {
  const { store, id, lease } = await begun();
  expect(await repinRun(ports(store), id, "v2")).toBe("v1");
  const note = { version: "v1", at: 5_000 };
  expect(await store.read(id)).toMatchObject({ secretVersion: "v2", secretReplaced: note, owner: "me" });
  expect((await store.write(id, yieldPass(lease, 2_000, counts))).applied).toBe(true);
  expect(await repinRun(ports(store), id, "v3")).toBe("v2");
  expect(await store.read(id)).toMatchObject({ status: "QUEUED", secretVersion: "v3" });
});

test("a pass that was about to claim it with the version of before claims, and stays on the new one", async () => {
  const { store, id, lease } = await begun();
  await store.write(id, yieldPass(lease, 2_000, counts));
  await repinRun(ports(store), id, "v2");
  const { run } = await store.write(id, claim("late", 3_000, undefined, undefined, "v1"));
  expect(run?.secretVersion).toBe("v2");
});

test("who claims it in between is not written over unseen: it is looked at again", async () => {
  const { store, id, lease } = await begun();
  await store.write(id, yieldPass(lease, 2_000, counts));
  let isFirst = true;
  const raced: Store = {
    ...store,
    async write(runId, write) {
      if (isFirst) await store.write(id, claim("faster", 3_000, undefined, undefined, "v1"));
      isFirst = false;
      return store.write(runId, write);
    },
  };
  expect(await repinRun(ports(raced), id, "v2")).toBe("v1");
  expect(await store.read(id)).toMatchObject({ secretVersion: "v2", owner: "faster", status: "EXECUTING" });
});

describe("nothing is written", () => {
  test("for a run that has not begun, or is on that version", async () => {
    const store = memoryStore();
    const { run } = await store.create(aRun({}));
    expect(await repinRun(ports(store), run.id, "v2")).toBeUndefined();
    expect(await store.read(run.id)).toEqual(run);
    const there = await begun();
    expect(await repinRun(ports(there.store), there.id, "v1")).toBeUndefined();
    expect(await there.store.read(there.id)).not.toHaveProperty("secretReplaced");
  });

  test("for one that has ended, but a dead letter gets it: a resume goes on with it", async () => {
    const { store, id } = await begun();
    const error = { name: "Error", message: "no" };
    const done = { event: "completed", when: { status: ["EXECUTING"] }, set: { owner: undefined } } as const;
    await store.write(id, done);
    await expect(repinRun(ports(store), id, "v2")).rejects.toThrow(/HF209/);
    const other = await begun();
    await other.store.write(other.id, {
      event: "failed",
      when: { status: ["EXECUTING"] },
      set: { owner: undefined, error },
    });
    expect(await repinRun(ports(other.store), other.id, "v2")).toBe("v1");
    expect(await other.store.read(other.id)).toMatchObject({ status: "FAILED", secretVersion: "v2" });
    await expect(repinRun(ports(store), "run_nowhere", "v2")).rejects.toThrow(/HF208/);
  });
});
