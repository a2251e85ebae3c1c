import { describe, expect, test } from "vitest";
import { HoldfastError } from "../../engine/errors.ts";
import { claim, finish } from "../../engine/head-write.ts";
import { collectingDoorbell, memorySpill } from "../../engine/memory-ports.ts";
import { memoryStore } from "../../engine/memory-store.ts";
import type { Ports } from "../../engine/ports.ts";
import type { Run } from "../../engine/run.ts";
import { Vault } from "../../functions/vault.ts";
import type { Host, Hosts, PassEnd } from "../../local/hosts.ts";
import type { ToSupervisor } from "../../local/messages.ts";
import { Passes } from "../../local/passes.ts";
import { runOf } from "./runs.ts";
import { virtualClock } from "./virtual-clock.ts";

interface Made {
  readonly versions?: readonly string[];
  readonly solo?: boolean;
  readonly runPass?: (ports: Ports, runId: string, signal?: AbortSignal) => Promise<PassEnd["outcome"]>;
}

async function passesWith(run: Run, made: Made = {}) {
  const clock = virtualClock();
  const store = memoryStore();
  const ports: Ports = {
    store,
    clock,
    doorbell: collectingDoorbell(),
    spill: memorySpill(),
    chance: { id: (prefix) => `${prefix}x`, fraction: () => 0 },
  };
  const woken: string[] = [];
  const worked: string[] = [];
  const host = (version: string): Host => ({
    hostVersion: 1,
    describeTasks: () => [],
    wakePass: (runId) => woken.push(runId) > 0,
    async runPass(ports, { runId, signal }) {
      worked.push(version);
      return { runId, outcome: (await made.runPass?.(ports, runId, signal)) ?? "finished" };
    },
  });
  const hosts: Hosts = {
    async get(version) {
      if ((made.versions ?? ["v1"]).includes(version)) return host(version);
      throw new HoldfastError("HF408", `The code version ${version} is gone.`, "Resume it.");
    },
  };
  const told: ToSupervisor[] = [];
  const passes = new Passes({
    ports,
    hosts,
    vault: new Vault({
      current: async () => undefined,
      values: async () => ({ version: undefined, values: {}, isReplaced: false }),
    }),
    owner: "me",
    solo: made.solo ?? false,
    tell: (message) => void told.push(message),
    log: () => {},
  });
  passes.newCode("newest");
  await store.create(run);
  const outcomes = () => told.flatMap((each) => (each.kind === "ended" ? [each.outcome] : []));
  return { passes, store, clock, told, worked, woken, outcomes };
}

describe("a ring", () => {
  test("is acknowledged before anything is done, and answered when the pass is over", async () => {
    const { passes, clock, told } = await passesWith(runOf("a"));
    passes.ring("a");
    expect(told).toEqual([{ kind: "taken", runId: "a" }]);
    await clock.pass(1);
    expect(told.at(-1)).toEqual({ kind: "ended", runId: "a", outcome: "finished" });
  });

  test("for a run at work wakes its pass, and does not begin another", async () => {
    let finish = (): void => {};
    const { passes, clock, worked, woken } = await passesWith(runOf("a"), {
      runPass: async () => {
        await new Promise<void>((done) => {
          finish = done;
        });
        return "finished";
      },
    });
    passes.ring("a");
    await clock.pass(1);
    passes.ring("a");
    expect(woken).toEqual(["a"]);
    finish();
    await clock.pass(1);
    expect(worked).toEqual(["v1"]);
  });

  test("that a pass was too late to see begins the next one", async () => {
    let passesDone = 0;
    const { passes, store, clock, worked } = await passesWith(runOf("a"), {
      runPass: async (ports) => {
        passesDone += 1;
        if (passesDone > 1) return "finished";
        // Its lease is given back; the news comes before the pass has ended for this process.
        passes.ring("a");
        await ports.store.send("a", { id: "cancel", data: "{}" }, ports.clock.now());
        return "suspended";
      },
    });
    passes.ring("a");
    await clock.pass(1);
    expect(worked).toEqual(["v1", "v1"]);
    expect((await store.read("a"))?.news).toBe(1);
  });

  test("for a run that nobody knows is answered", async () => {
    const { passes, clock, outcomes } = await passesWith(runOf("a"));
    passes.ring("b");
    await clock.pass(1);
    expect(outcomes()).toEqual(["unknown"]);
  });
});

describe("a run's code", () => {
  test("is the version that it is pinned to", async () => {
    const { passes, clock, worked } = await passesWith(runOf("a", { codeVersion: "old" }), {
      versions: ["old", "newest"],
    });
    passes.ring("a");
    await clock.pass(1);
    expect(worked).toEqual(["old"]);
  });

  test("that is gone fails the run with the way out; its parent is told", async () => {
    const parent = { runId: "p", key: "k" };
    const { passes, store, clock, worked } = await passesWith(runOf("a", { codeVersion: "gone", parent }));
    passes.ring("a");
    await clock.pass(1);
    const run = await store.read("a");
    expect(run).toMatchObject({ status: "FAILED", error: { code: "HF408" }, wakeAt: clock.now() - 1 });
    expect(run?.owner).toBeUndefined();
    expect(worked).toEqual([]);
  });

  test("that is gone is not missed where only the parent has to be told", async () => {
    const { passes, store, clock, worked } = await passesWith(runOf("a", { codeVersion: "gone" }), {
      versions: ["newest"],
    });
    await store.write("a", claim("somebody", clock.now()));
    const lease = { runId: "a", owner: "somebody", epoch: 1 };
    const counts = { activeMs: 0, attempts: 0, lastNumber: 0 };
    await store.write("a", finish(lease, "completed", clock.now(), counts, true));
    passes.ring("a");
    await clock.pass(1);
    expect(worked).toEqual(["newest"]);
  });
});

describe("a pass that breaks off", () => {
  test("leaves no lease behind, and the run rests for a while", async () => {
    const { passes, store, clock, outcomes } = await passesWith(runOf("a"), {
      runPass: async (ports) => {
        await ports.store.write("a", claim("me", ports.clock.now()));
        throw new Error("The disk is full.");
      },
    });
    passes.ring("a");
    await clock.pass(1);
    const run = await store.read("a");
    expect(run?.owner).toBeUndefined();
    expect(run).toMatchObject({ status: "QUEUED", deaths: 0 });
    expect(run?.wakeAt).toBeGreaterThan(clock.now());
    expect(outcomes()).toEqual(["failed"]);
  });

  test("keeps the news that came meanwhile", async () => {
    const { passes, store, clock } = await passesWith(runOf("a"), {
      runPass: async (ports) => {
        await ports.store.write("a", claim("me", ports.clock.now()));
        throw new Error("The disk is full.");
      },
    });
    const read = store.read;
    store.read = async (runId) => {
      const run = await read(runId);
      if (run?.owner === "me") await store.send("a", { id: "cancel", data: "{}" }, clock.now());
      return run;
    };
    passes.ring("a");
    await clock.pass(1);
    expect(await read("a")).toMatchObject({ status: "QUEUED", news: 1 });
  });

  test("tries to give the lease back until the store takes it", async () => {
    let broken = true;
    const { passes, store, clock } = await passesWith(runOf("a"), {
      runPass: async (ports) => {
        await ports.store.write("a", claim("me", ports.clock.now()));
        throw new Error("The disk is full.");
      },
    });
    const write = store.write;
    store.write = async (runId, change) => {
      if (broken && change.event === "yielded") throw new Error("The disk is full.");
      return await write(runId, change);
    };
    passes.ring("a");
    await clock.pass(3_000);
    expect((await store.read("a"))?.owner).toBe("me");
    broken = false;
    await clock.pass(1_000);
    expect((await store.read("a"))?.owner).toBeUndefined();
  });
});

describe("a suspect", () => {
  const suspect = runOf("a", { deaths: 2 });

  test("is handed back by a runner that works for everybody", async () => {
    const { passes, clock, worked, outcomes } = await passesWith(suspect);
    passes.ring("a");
    await clock.pass(1);
    expect(outcomes()).toEqual(["alone"]);
    expect(worked).toEqual([]);
  });

  test("is worked on by a runner that is there for it", async () => {
    const { passes, clock, outcomes } = await passesWith(suspect, { solo: true });
    passes.ring("a");
    await clock.pass(1);
    expect(outcomes()).toEqual(["finished"]);
  });
});

describe("told to stop", () => {
  test("begins nothing new, tells the passes, and waits for them", async () => {
    let signal: AbortSignal | undefined;
    let finish = (): void => {};
    const { passes, clock, told } = await passesWith(runOf("a"), {
      runPass: async (_ports, _runId, given) => {
        signal = given;
        await new Promise<void>((done) => {
          finish = done;
        });
        return "yielded";
      },
    });
    passes.ring("a");
    await clock.pass(1);
    let stopped = false;
    const stopping = passes.stop().then(() => {
      stopped = true;
    });
    expect(signal?.aborted).toBe(true);
    passes.ring("b");
    await clock.pass(1);
    expect(stopped).toBe(false);
    finish();
    await stopping;
    expect(told.filter((each) => "runId" in each && each.runId === "b")).toEqual([]);
  });
});
