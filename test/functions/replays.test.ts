/** Runs done over, runs put to another time, and looking at one as it changes. */
import { describe, expect, test, vi } from "vitest";
import { decode } from "../../engine/codec.ts";
import { textOf } from "../../engine/new-run.ts";
import { batch } from "../../sdk/batches.ts";
import { configure } from "../../sdk/config.ts";
import { runs } from "../../sdk/runs.ts";
import { clientOf } from "../sdk/client-of.ts";
import { end, key, trigger, type World, world } from "./world.ts";

const payloadOf = async (w: World, id: string): Promise<unknown> => {
  const run = await w.ports.store.read(id);
  return run && decode(await textOf(w.ports, run.payload));
};

describe("a replay", () => {
  test("is a new run with the same payload, tags and metadata, on the newest code", async () => {
    const w = world();
    const { client } = clientOf(w);
    const payload = { at: new Date(5), orderId: 7n };
    const { id } = await client.trigger("order", payload, {
      tags: "a",
      metadata: { m: 1 },
      idempotencyKey: "k",
    });
    await end(w, id, "completed", { output: 1 });
    const again = await client.replayRun(id);
    expect(again.id).not.toBe(id);
    expect(await payloadOf(w, again.id)).toEqual(payload);
    const run = await w.ports.store.read(again.id);
    expect(run).toMatchObject({ status: "QUEUED", task: "order", tags: ["a"], replayOf: id });
    expect(run?.idempotencyKey).toBeUndefined();
    expect((await client.retrieveRun(again.id)).metadata).toEqual({ m: 1 });
    expect(w.rings()).toContain(again.id);
  });

  test("takes another payload and other options where they are given", async () => {
    const w = world();
    const { client } = clientOf(w);
    const { id } = await client.trigger("order", 1, { tags: "a" });
    const again = await client.replayRun(id, {
      payload: new Map([[1, 2]]),
      options: { tags: ["b"], delay: "1h" },
    });
    expect(await payloadOf(w, again.id)).toEqual(new Map([[1, 2]]));
    expect(await w.ports.store.read(again.id)).toMatchObject({ status: "DELAYED", tags: ["b"] });
  });

  test("of an unknown run, or with an option that there is not, starts nothing", async () => {
    const w = world();
    const id = await trigger(w);
    expect((await w.send("POST", "/api/v1/runs/run_none/replay", {})).status).toBe(404);
    expect((await w.send("POST", `/api/v1/runs/${id}/replay`, { options: { nope: 1 } })).status).toBe(422);
    expect(await w.runs()).toHaveLength(1);
  });
});

describe("a reschedule", () => {
  test("puts a delayed run to another time", async () => {
    const w = world();
    const { client } = clientOf(w);
    const { id } = await client.trigger("order", 1, { delay: "1h" });
    const at = new Date(Date.now() + 7_200_000);
    expect(await client.rescheduleRun(id, at)).toMatchObject({ id, status: "DELAYED", delayedUntil: at });
    expect(await w.ports.store.nextWake()).toBe(at.getTime());
  });

  test("of a run that has begun or ended is refused, as is a time that is none", async () => {
    const w = world();
    const id = await trigger(w);
    const path = `/api/v1/runs/${id}/reschedule`;
    expect((await w.send("POST", path, { delay: "1h" })).status).toBe(409);
    expect((await w.send("POST", path, { delay: "soon" })).status).toBe(422);
    expect((await w.send("POST", path, {})).status).toBe(422);
    expect((await w.send("POST", "/api/v1/runs/run_none/reschedule", { delay: "1h" })).status).toBe(404);
  });
});

test("runs.subscribeToRun gives a run each time that it has changed, up to its end", async () => {
  const w = world();
  const { fetch } = clientOf(w);
  vi.stubGlobal("fetch", fetch);
  configure({ secretKey: key, baseURL: "http://localhost:7474" });
  try {
    const id = await trigger(w);
    const seen: string[] = [];
    for await (const run of runs.subscribeToRun(id)) {
      seen.push(run.status);
      if (!run.isCompleted) await end(w, id, "completed", { output: 1 });
    }
    expect(seen).toEqual(["QUEUED", "COMPLETED"]);
    for await (const run of runs.subscribeToRun(id, { skipColumns: ["payload", "output", "runTags"] }))
      expect(["payload", "output", "tags", "status"].filter((name) => name in run)).toEqual(["status"]);
    const unknown = runs.subscribeToRun(id, { skipColumns: ["tags" as never] });
    await expect(unknown[Symbol.asyncIterator]().next()).rejects.toThrow('HF510 There is no column "tags"');
  } finally {
    vi.unstubAllGlobals();
  }
});

test("runs.subscribeToBatch and subscribeToRunsWithTag give each run of theirs when it has changed; batch.retrieve how they are", async () => {
  const w = world();
  const { fetch } = clientOf(w);
  vi.stubGlobal("fetch", fetch);
  configure({ secretKey: key, baseURL: "http://localhost:7474" });
  try {
    const other = await trigger(w);
    const { batchId, runs: made } = await batch.trigger([
      { id: "order", payload: 1, options: { tags: "a" } },
      { id: "report" },
    ]);
    const ids = made.map(({ id }) => id);
    expect(await batch.retrieve(batchId)).toMatchObject({ status: "PROCESSING", runCount: 2 });
    const seen: string[] = [];
    for await (const run of runs.subscribeToBatch(batchId)) {
      seen.push(`${ids.indexOf(run.id)} ${run.status}`);
      if (!run.isCompleted) await end(w, run.id, run.id === ids[0] ? "completed" : "failed", {});
    }
    expect(seen.sort()).toEqual(["0 COMPLETED", "0 QUEUED", "1 FAILED", "1 QUEUED"]);
    expect((await batch.retrieve(batchId)).status).toBe("PARTIAL_FAILED");
    await expect(batch.retrieve("batch_none")).rejects.toThrow("HF208");
    const ending = new AbortController();
    for await (const run of runs.subscribeToRunsWithTag("a", {}, { signal: ending.signal })) {
      expect([run.id, run.id === other]).toEqual([ids[0], false]);
      ending.abort();
    }
  } finally {
    vi.unstubAllGlobals();
  }
});
