/** Design §4, Secrets: a run stays on the version that its first claim has found. */
import { describe, expect, test } from "vitest";
import { collectingDoorbell, memorySpill } from "../../engine/memory-ports.ts";
import { memoryStore } from "../../engine/memory-store.ts";
import { passOver } from "../../engine/pass-over.ts";
import type { Ports } from "../../engine/ports.ts";
import type { LoadedSecrets } from "../../engine/secret-pin.ts";
import { startRun } from "../../engine/start.ts";

async function started() {
  const store = memoryStore();
  const writes: string[] = [];
  const ports: Ports = {
    store: {
      ...store,
      write(runId, write) {
        writes.push(write.event);
        return store.write(runId, write);
      },
    },
    doorbell: collectingDoorbell(),
    spill: memorySpill(),
    clock: { now: () => 1_000, after: () => () => {}, turn: (fn) => void setImmediate(fn) },
    chance: { id: (prefix) => `${prefix}x`, fraction: () => 0 },
  };
  const { id } = await startRun(ports, { task: "t", payload: 1, codeVersion: "c", source: "api" });
  const pass = (secrets: LoadedSecrets | undefined) =>
    passOver(ports, { runId: id, owner: "me", findTask: () => undefined, secrets }, () => {});
  const put = async (secretVersion: string) => {
    const answer = await store.write(id, {
      event: "claimed",
      when: { status: ["QUEUED"] },
      set: { secretVersion, owner: undefined },
      raiseEpoch: true,
    });
    await store.write(id, { event: "yielded", when: { status: ["EXECUTING"] }, set: {} });
    return answer.applied;
  };
  return { pass, put, writes, head: () => store.read(id) };
}

describe("the first claim", () => {
  test("pins the run to the version of its pass, in the same write", async () => {
    const { pass, writes, head } = await started();
    await pass({ version: "v1" });
    expect((await head())?.secretVersion).toBe("v1");
    expect(writes.filter((event) => event === "claimed" || event === "renewed")).toEqual(["claimed"]);
  });

  test("pins nothing where there are no secrets", async () => {
    const { pass, head } = await started();
    await pass({ version: undefined });
    expect(await head()).not.toHaveProperty("secretVersion");
  });
});

describe("a later pass", () => {
  test("on another version than the run's gives it back at once", async () => {
    const { pass, put, head } = await started();
    await put("v1");
    expect((await pass({ version: "v2" })).outcome).toBe("otherVersion");
    expect(await head()).toMatchObject({ status: "QUEUED", secretVersion: "v1", wakeAt: 1_000 });
    expect((await head())?.owner).toBeUndefined();
  });

  test("for a version that is gone puts the run on its own, and notes it", async () => {
    const { pass, put, writes, head } = await started();
    await put("v1");
    await pass({ version: "v2", replaces: "v1" });
    expect(await head()).toMatchObject({ secretVersion: "v2", secretReplaced: { version: "v1", at: 1_000 } });
    expect(writes.filter((event) => event === "renewed")).toHaveLength(1);
  });

  test("of a task that wants the newest puts the run on it, and has nothing to note", async () => {
    const { pass, put, head } = await started();
    await put("v1");
    await pass({ version: "v2", isLatest: true });
    expect(await head()).toMatchObject({ secretVersion: "v2" });
    expect(await head()).not.toHaveProperty("secretReplaced");
  });
});
