/** One run: what it shows, cancelling it, resuming it; and the list of tasks. */
import { describe, expect, test } from "vitest";
import { allStatuses, isFinished, type RunStatus } from "../../engine/run.ts";
import type { HttpDeps } from "../../functions/deps.ts";
import { flags } from "../../functions/run-view.ts";
import { end, get, refusal, trigger, type World, world } from "./world.ts";

describe("a run", () => {
  test("that is queued shows what was asked for", async () => {
    const w = world();
    const options = { idempotencyKey: "k", tags: "a", ttl: "90s", metadata: { by: "me" } };
    const id = await trigger(w, { payload: { orderId: 7 }, options });
    const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(await get(w, `/api/v3/runs/${id}`)).toEqual({
      ...{
        id,
        status: "QUEUED",
        taskIdentifier: "order",
        version: "20260101.2",
        idempotencyKey: "k",
        isTest: false,
      },
      ...{ isQueued: true, isExecuting: false, isWaiting: false, isCompleted: false },
      ...{ isSuccess: false, isFailed: false, isCancelled: false },
      ...{ createdAt: iso, updatedAt: iso, ttl: "90s", tags: ["a"], metadata: { by: "me" } },
      ...{ payload: { orderId: 7 }, payloadType: "application/json", triggerFunction: "trigger" },
      ...{ costInCents: 0, baseCostInCents: 0, durationMs: 0, depth: 0, attemptCount: 0, relatedRuns: {} },
    });
  });
  test("that has succeeded shows its output, that has failed its error and its attempts", async () => {
    const w = world();
    const [good, bad] = [await trigger(w), await trigger(w)];
    await end(w, good, "completed", { output: { sent: true } });
    await end(w, bad, "failed", {
      error: { name: "TypeError", message: "no", stack: "TypeError: no\n at x" },
    });
    expect(await get(w, `/api/v3/runs/${good}`)).toMatchObject({
      ...{
        status: "COMPLETED",
        isSuccess: true,
        isCompleted: true,
        output: { sent: true },
        outputType: "application/json",
      },
      ...{ attemptCount: 1, durationMs: 12, finishedAt: expect.any(String) },
    });
    const failed = await get(w, `/api/v3/runs/${bad}`);
    expect(failed).toMatchObject({ status: "FAILED", isFailed: true, attemptCount: 3 });
    expect(failed.error).toEqual({ name: "TypeError", message: "no", stackTrace: "TypeError: no\n at x" });
  });
  test("that was started by another names it and the root", async () => {
    const w = world();
    const root = await trigger(w);
    const head = await w.ports.store.read(root);
    if (head === undefined) throw new Error("no root");
    const child = {
      ...head,
      id: "run_child",
      task: "report",
      parent: { runId: root, key: "k" },
      root,
      depth: 1,
    };
    await w.ports.store.create(child);
    expect(await get(w, "/api/v3/runs/run_child")).toMatchObject({
      depth: 1,
      triggerFunction: "triggerAndWait",
      relatedRuns: { root: { id: root, taskIdentifier: "order" }, parent: { id: root, status: "QUEUED" } },
    });
    await w.ports.store.create({ ...child, id: "run_item", batchId: "batch_a" });
    expect(await get(w, "/api/v3/runs/run_item")).toMatchObject({ triggerFunction: "batchTriggerAndWait" });
    await w.ports.store.create({ ...head, id: "run_left", batchId: "batch_b" });
    expect(await get(w, "/api/v3/runs/run_left")).toMatchObject({ triggerFunction: "batchTrigger" });
  });
  test("that there is not is 404", async () => {
    const w = world();
    for (const [method, path] of [
      ["GET", "/api/v3/runs/run_nope"],
      ["POST", "/api/v2/runs/run_nope/cancel"],
      ["POST", "/api/v1/runs/run_nope/resume"],
      ["GET", "/api/v1/runs/run_nope/checkpoints"],
    ] as const) {
      expect(await refusal(await w.send(method, path))).toMatchObject({ status: 404, code: "HF208" });
    }
  });
  test("in any status has the flags of that status, and has ended exactly when nothing more happens", () => {
    const shown = (status: RunStatus) =>
      Object.entries(flags(status)).flatMap(([name, is]) => (is ? [name] : []));
    for (const status of allStatuses) expect(flags(status).isCompleted).toBe(isFinished(status));
    expect(shown("DELAYED")).toEqual(["isQueued"]);
    expect(shown("PENDING_VERSION")).toEqual(["isQueued"]);
    expect(shown("EXECUTING")).toEqual(["isExecuting"]);
    expect(shown("WAITING")).toEqual(["isWaiting"]);
    expect(shown("COMPLETED")).toEqual(["isCompleted", "isSuccess"]);
    expect(shown("CANCELED")).toEqual(["isCompleted", "isCancelled"]);
    for (const status of ["FAILED", "CRASHED", "SYSTEM_FAILURE", "EXPIRED", "TIMED_OUT"] as const) {
      expect(shown(status)).toEqual(["isCompleted", "isFailed"]);
    }
  });
});

describe("cancelling", () => {
  test("ends a run that has not begun, and answers its id", async () => {
    const w = world();
    const id = await trigger(w);
    const answer = await w.send("POST", `/api/v2/runs/${id}/cancel`);
    expect([answer.status, await answer.json()]).toEqual([200, { id }]);
    expect(await get(w, `/api/v3/runs/${id}`)).toMatchObject({ status: "CANCELED", isCancelled: true });
  });
  test("again, or of a run that has ended, changes nothing", async () => {
    const w = world();
    const id = await trigger(w);
    await end(w, id);
    const before = await w.ports.store.read(id);
    expect((await w.send("POST", `/api/v2/runs/${id}/cancel`, {})).status).toBe(200);
    expect(await w.ports.store.read(id)).toEqual(before);
  });
  test("with a body that says something is refused", async () => {
    const w = world();
    const id = await trigger(w);
    expect(await refusal(await w.send("POST", `/api/v2/runs/${id}/cancel`, { force: true }))).toMatchObject({
      status: 422,
      code: "HF207",
    });
    expect((await w.ports.store.read(id))?.status).toBe("QUEUED");
  });
});

describe("resuming", () => {
  async function dead(w: World, task = "order"): Promise<string> {
    const id = await trigger(w, { payload: 1 }, task);
    await end(w, id, "failed", { error: { name: "Error", message: "no" } });
    w.rings();
    return id;
  }
  test("puts a dead letter back to work on the newest code, or on its own", async () => {
    let version = "1";
    const code = { version: () => version, tasks: () => [{ id: "order" }] };
    const w = world({ code });
    const ids = [await dead(w), await dead(w), await dead(w)];
    version = "2";
    const answers = [];
    for (const [i, body] of [undefined, { code: "newest" }, { code: "same" }].entries()) {
      answers.push(await (await w.send("POST", `/api/v1/runs/${ids[i]}/resume`, body)).json());
    }
    expect(answers).toEqual(ids.map((id, i) => ({ id, codeVersion: i === 2 ? "1" : "2" })));
    expect(w.rings()).toEqual(ids);
    expect((await w.runs()).map(({ status }) => status)).toEqual(["QUEUED", "QUEUED", "QUEUED"]);
  });
  test("is refused for a run that is no dead letter", async () => {
    const w = world();
    const queued = await trigger(w);
    const done = await trigger(w);
    await end(w, done);
    for (const id of [queued, done]) {
      expect(await refusal(await w.send("POST", `/api/v1/runs/${id}/resume`))).toMatchObject({
        status: 409,
        code: "HF209",
      });
    }
  });
  test("is refused when the newest code has no such task, but goes on the run's own", async () => {
    let tasks = [{ id: "order" }];
    const w = world({ code: { version: () => "1", tasks: () => tasks } });
    const id = await dead(w);
    tasks = [];
    const path = `/api/v1/runs/${id}/resume`;
    expect(await refusal(await w.send("POST", path))).toMatchObject({ status: 409, code: "HF311" });
    expect((await w.ports.store.read(id))?.status).toBe("FAILED");
    expect((await w.send("POST", path, { code: "same" })).status).toBe(200);
  });
  test("with checkpoints to be made again or kept that the run does not have, or has in both lists, is refused", async () => {
    const w = world();
    const id = await trigger(w, { payload: 1 });
    const key = "/4k3x5w6x#0";
    const record = { kind: "result", key, gen: 0, ok: true, sort: "unit", value: { inline: "1" } };
    await end(w, id, "failed", { error: { name: "Error", message: "no" } }, [record]);
    const path = `/api/v1/runs/${id}/resume`;
    for (const body of [{ redo: ["/other#0"] }, { keep: [key, "/other#0"] }, { redo: [key], keep: [key] }]) {
      expect(await refusal(await w.send("POST", path, body))).toMatchObject({ status: 422, code: "HF322" });
    }
    expect((await w.ports.store.read(id))?.status).toBe("FAILED");
    expect((await w.send("POST", path, { redo: [key] })).status).toBe(200);
    expect((await w.ports.store.read(id))?.decided).toEqual({ redo: [key], keep: [] });
  });
  test("is planned where something looks ahead: with what was said, on the code that was said; a run that is no dead letter is not", async () => {
    const asked: unknown[] = [];
    const counts = { reused: 0, again: 0, new: 0, conflict: 0, orphan: 0, unknown: 0 };
    const planner: HttpDeps["planner"] = {
      plan: async (ask) => {
        asked.push(ask);
        return { runId: ask.runId, task: "order", from: "1", codeVersion: ask.codeVersion, rows: [], counts };
      },
    };
    const w = world({ planner });
    const id = await dead(w);
    const path = `/api/v1/runs/${id}/resume/plan`;
    expect(await (await w.send("POST", path)).json()).toMatchObject({ runId: id, counts });
    expect(asked).toEqual([{ runId: id, codeVersion: "20260101.2", decided: { redo: [], keep: [] } }]);
    expect((await w.ports.store.read(id))?.status).toBe("FAILED");
    expect((await w.send("POST", path, { redo: ["/nothing#0"] })).status).toBe(422);
    const open = `/api/v1/runs/${await trigger(w)}/resume/plan`;
    expect(await refusal(await w.send("POST", open))).toMatchObject({ status: 409, code: "HF209" });
    const blind = world();
    const answer = await blind.send("POST", `/api/v1/runs/${await dead(blind)}/resume/plan`);
    expect(await refusal(answer)).toMatchObject({ status: 409, code: "HF228" });
  });
  test("is not needed to go on from a checkpoint of a run: a fork is a run of its own, and one from nowhere is refused", async () => {
    const w = world();
    const id = await trigger(w, { payload: 1 });
    const key = "/4k3x5w6x#0";
    const record = { kind: "result", key, gen: 0, ok: true, sort: "unit", value: { inline: "1" } };
    await end(w, id, "completed", {}, [record]);
    const path = `/api/v1/runs/${id}/fork`;
    const forked = (await (await w.send("POST", path, { from: key })).json()) as { id: string };
    expect(forked).toEqual({ id: expect.stringMatching(/^run_/), codeVersion: "20260101.2", forkOf: id });
    expect(await (await w.send("GET", `/api/v3/runs/${forked.id}`)).json()).toMatchObject({
      forkOf: { id, number: 1 },
    });
    expect(await w.ports.store.read(forked.id)).toMatchObject({
      status: "QUEUED",
      forkOf: { runId: id, number: 1 },
    });
    const nowhere = await w.send("POST", path, { from: "/nothing#0" });
    expect(await refusal(nowhere)).toMatchObject({ status: 422, code: "HF322" });
  });
  test("on code that is neither same nor newest is refused", async () => {
    const w = world();
    const id = await dead(w);
    for (const body of [{ code: "20260101.1" }, { version: "2" }]) {
      expect(await refusal(await w.send("POST", `/api/v1/runs/${id}/resume`, body))).toMatchObject({
        status: 422,
        code: "HF207",
      });
    }
    expect((await w.ports.store.read(id))?.status).toBe("FAILED");
  });
});

describe("tasks", () => {
  test("are listed with the version, and the path of their webhook", async () => {
    const { version, data } = await get(world(), "/api/v1/tasks");
    expect(version).toBe("20260101.2");
    expect(data).toMatchObject([
      {
        id: "order",
        description: "Ships an order",
        payloadSchema: { type: "object", required: ["id"] },
        file: "tasks/order.ts",
        webhook: { path: "/hooks/order", secretSetting: "ORDER_SECRET" },
      },
      { id: "report" },
      { webhook: { path: "/hooks/orders%2Fship%20it%3F%20100%25%20%C3%A9%231%20..%252F" } },
    ]);
  });
});
