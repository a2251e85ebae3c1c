/** What belongs to a run, in Trigger.dev's forms: its result, its trace and events, its metadata; and batches. */
import { describe, expect, test } from "vitest";
import { encode } from "../../engine/codec.ts";
import { rescheduleRun } from "../../engine/start.ts";
import { end, get, refusal, trigger, world } from "./world.ts";

describe("a run's result", () => {
  test("is not there before its end", async () => {
    const w = world();
    const id = await trigger(w);
    const { code, error } = await refusal(await w.send("GET", `/api/v1/runs/${id}/result`));
    expect([code, error]).toEqual(["HF208", `Run ${id} has no result yet: it is QUEUED.`]);
  });

  test("is its output as a text, with its type, or its error", async () => {
    const w = world();
    const ids = [await trigger(w), await trigger(w), await trigger(w)] as const;
    await end(w, ids[0], "completed", { output: { sent: true } });
    await end(w, ids[1], "completed", { output: new Map([["a", 1n]]) });
    await end(w, ids[2], "failed", { error: { name: "TypeError", message: "no", stack: "at x" } });
    const of = (id: string) => get(w, `/api/v1/runs/${id}/result`);
    const base = { taskIdentifier: "order", usage: { durationMs: 12 } };
    expect(await of(ids[0])).toEqual({
      ...{ ok: true, id: ids[0], ...base },
      ...{ output: '{"sent":true}', outputType: "application/json" },
    });
    expect(await of(ids[1])).toMatchObject({
      output: encode(new Map([["a", 1n]])).text,
      outputType: "holdfast/codec",
    });
    expect(await of(ids[2])).toEqual({
      ...{ ok: false, id: ids[2], ...base },
      error: { type: "BUILT_IN_ERROR", name: "TypeError", message: "no", stackTrace: "at x" },
    });
  });
});

describe("a run's trace", () => {
  test("is the run's span, and its events are the same spans in one list", async () => {
    const w = world();
    const id = await trigger(w);
    const place = { name: "mailer.send", at: "tasks/order.ts:7" };
    const call = { kind: "result", ok: true, sort: "unit", key: "/s1#0", gen: 0, place };
    await end(w, id, "failed", { error: { name: "E", message: "no" } }, [
      { ...call, value: { inline: "[1]" } },
    ]);
    const { trace } = await get(w, `/api/v1/runs/${id}/trace`);
    expect(trace).toMatchObject({
      traceId: id,
      rootSpan: {
        id,
        runId: id,
        data: { message: "order", isError: true, isPartial: false },
        children: [
          {
            ...{ id: "/s1#0", parentId: id, children: [] },
            data: { message: "mailer.send", isError: false, properties: { file: "tasks/order.ts", line: 7 } },
          },
        ],
      },
    });
    const { events } = await get(w, `/api/v1/runs/${id}/events`);
    expect(events).toMatchObject([
      { spanId: id, runId: id, message: "order", isError: true },
      { spanId: "/s1#0", parentId: id, message: "mailer.send", isError: false },
    ]);
  });
});

describe("a run's metadata", () => {
  const change = async (w: ReturnType<typeof world>, id: string, body: object, key?: string) =>
    (
      await w.send(
        "PUT",
        `/api/v1/runs/${id}/metadata`,
        body,
        key === undefined ? {} : { "x-trigger-request-idempotency-key": key },
      )
    ).json();

  test("can be changed before it begins, in all of Trigger.dev's ways; the same request counts once", async () => {
    const w = world();
    const id = await trigger(w, { options: { metadata: { a: 1, list: ["x"] } } });
    const operations = [
      { type: "increment", key: "a", value: 2 },
      { type: "append", key: "list", value: "y" },
      { type: "remove", key: "list", value: "x" },
      { type: "set", key: "b", value: { deep: true } },
      { type: "set", key: "c", value: 0 },
      { type: "delete", key: "c" },
    ];
    const after = { a: 3, list: ["y"], b: { deep: true } };
    expect(await change(w, id, { operations }, "once")).toEqual({ metadata: after });
    expect(await change(w, id, { operations }, "once")).toEqual({ metadata: after });
    expect(await get(w, `/api/v1/runs/${id}/metadata`)).toEqual({ metadata: after });
    expect(await change(w, id, { metadata: { z: 1 } })).toEqual({ metadata: { z: 1 } });
    expect(await get(w, `/api/v1/runs/${id}/metadata`)).toEqual({ metadata: { z: 1 } });
  });

  test("of a delayed run do not start it, even where its start is put off at the same time", async () => {
    const w = world();
    const id = await trigger(w, { options: { delay: "1h" } });
    const due = (await w.ports.store.read(id))?.delayedUntil;
    w.rings();
    await change(w, id, { metadata: { a: 1 } });
    expect(w.rings()).toEqual([]);
    expect(await w.ports.store.read(id)).toMatchObject({ status: "DELAYED", wakeAt: due, news: 1 });
    const { send } = w.ports.store;
    const later = (due ?? 0) + 3_600_000;
    w.ports.store.send = async (...given) => {
      await rescheduleRun(w.ports, id, later);
      return send(...given);
    };
    await change(w, id, { metadata: { b: 1 } });
    expect(await w.ports.store.read(id)).toMatchObject({ status: "DELAYED", wakeAt: later });
  });

  test("stay as they are once it has ended, and below 256 KB", async () => {
    const w = world();
    const id = await trigger(w);
    const put = (body: object) => w.send("PUT", `/api/v1/runs/${id}/metadata`, body);
    expect((await refusal(await put({ metadata: { a: "x".repeat(256 * 1024) } }))).code).toBe("HF512");
    expect((await refusal(await put({ operations: [{ type: "set", key: "$.a", value: 1 }] }))).code).toBe(
      "HF207",
    );
    await end(w, id, "completed", {});
    expect((await refusal(await put({ metadata: {} }))).code).toBe("HF209");
    expect((await w.ports.store.read(id))?.news).toBe(0);
  });
});

describe("a batch", () => {
  test("shows its runs and how they have ended", async () => {
    const w = world();
    const items = [{ task: "order" }, { task: "report" }];
    const { id, runs } = await (await w.send("POST", "/api/v2/tasks/batch", { items })).json();
    const ids = runs.map((run: { id: string }) => run.id);
    const before = await get(w, `/api/v1/batches/${id}`);
    expect(before).toMatchObject({ id, status: "PROCESSING", runCount: 2 });
    expect([...(before.runs as string[])].sort()).toEqual([...ids].sort());
    await end(w, ids[0], "completed", { output: 1 });
    expect((await get(w, `/api/v1/batches/${id}/results`)).items).toMatchObject([{ ok: true, id: ids[0] }]);
    await end(w, ids[1], "failed", { error: { name: "E", message: "no" } });
    expect(await get(w, `/api/v2/batches/${id}`)).toMatchObject({
      ...{ status: "PARTIAL_FAILED", processing: { errors: [] } },
    });
    expect((await refusal(await w.send("GET", "/api/v1/batches/batch_none"))).code).toBe("HF208");
  });
});
