/** Design §4, Secrets: one run is put on the current version, at somebody's word. */
import { describe, expect, test } from "vitest";
import { claim, yieldPass } from "../../engine/head-write.ts";
import { memoryStore } from "../../engine/memory-store.ts";
import type { Store } from "../../engine/ports.ts";
import { repinAll, repinRun } from "../../engine/repin.ts";
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

describe("all runs of a version", () => {
  async function many(count: number) {
    const store = memoryStore();
    const ids: string[] = [];
    for (let n = 0; n < count; n++) {
      const { run } = await store.create(aRun({ id: `run_${String(n).padStart(4, "0")}`, createdAt: n }));
      await store.write(run.id, claim("me", 1_000, undefined, undefined, n % 2 === 0 ? "v1" : "v0"));
      ids.push(run.id);
    }
    return { store, ids };
  }

  test("a search that is cut off goes on where it was, and leaves out none", async () => {
    const { store, ids } = await many(250);
    const seen: string[] = [];
    let after: string | undefined;
    let asked = 0;
    do {
      const which = { from: "v1", to: "v2", ...(after === undefined ? {} : { after }) };
      after = await repinAll(
        ports(store),
        which,
        (id) => void seen.push(id),
        () => false,
      );
      asked += 1;
    } while (after !== undefined);
    expect(asked).toBe(3);
    expect(seen.sort()).toEqual(ids.filter((_, n) => n % 2 === 0));
    for (const [n, id] of ids.entries())
      expect((await store.read(id))?.secretVersion).toBe(n % 2 === 0 ? "v2" : "v0");
  });

  test("one that ends, or changes its version, between the list and its turn is left as it is", async () => {
    const { store } = await many(5);
    const raced: Store = {
      ...store,
      async list(query) {
        const page = await store.list(query);
        const done = {
          event: "completed",
          when: { status: ["EXECUTING"] },
          set: { owner: undefined },
        } as const;
        await store.write("run_0000", done);
        await repinRun(ports(store), "run_0002", "v9");
        return page;
      },
    };
    const seen: string[] = [];
    expect(
      await repinAll(
        ports(raced),
        { from: "v1", to: "v2" },
        (id) => void seen.push(id),
        () => true,
      ),
    ).toBeUndefined();
    expect(seen).toEqual(["run_0004"]);
    expect((await store.read("run_0002"))?.secretVersion).toBe("v9");
  });
});
