/** Triggering: what is accepted, what it becomes, and what is refused. */
import { describe, expect, test } from "vitest";
import { decode, encode } from "../../engine/codec.ts";
import { textOf } from "../../engine/new-run.ts";
import { refusal, strangeId, type World, world } from "./world.ts";

const path = "/api/v1/tasks/order/trigger";

async function payloadOf({ ports }: World, id: string): Promise<unknown> {
  const run = await ports.store.read(id);
  return run && decode(await textOf(ports, run.payload));
}

async function triggered(w: World, body: unknown, headers?: Record<string, string>) {
  const answer = await w.send("POST", path, body, headers);
  expect(answer.status).toBe(200);
  return (await answer.json()) as { id: string; isCached: boolean; payloadChanged?: boolean };
}

describe("a trigger", () => {
  test("stores a run on the newest code, rings for it, and answers its id", async () => {
    const w = world();
    const answer = await triggered(w, { payload: { orderId: 7 } });
    expect(answer).toEqual({ id: expect.stringMatching(/^run_/), isCached: false });
    expect(await w.runs()).toMatchObject([
      { id: answer.id, task: "order", status: "QUEUED", source: "api", codeVersion: "20260101.2" },
    ]);
    expect(await payloadOf(w, answer.id)).toEqual({ orderId: 7 });
    expect(w.rings()).toEqual([answer.id]);
  });
  test("works for a task id of any characters", async () => {
    const w = world();
    const answer = await w.send("POST", `/api/v1/tasks/${encodeURIComponent(strangeId)}/trigger`, {
      payload: 1,
    });
    expect(answer.status).toBe(200);
    expect(await w.runs()).toMatchObject([{ task: strangeId }]);
  });
  test("needs no body and no payload", async () => {
    const w = world();
    for (const body of [undefined, {}, { payload: null }])
      expect((await w.send("POST", path, body)).status).toBe(200);
    expect(await Promise.all((await w.runs()).map(({ id }) => payloadOf(w, id)))).toEqual([
      null,
      undefined,
      undefined,
    ]);
  });
  test("takes values that JSON cannot carry as codec text", async () => {
    const w = world();
    const value = { at: new Date(0), big: 10n ** 20n, seen: new Set([1]), missing: undefined };
    const { id } = await triggered(w, { payload: encode(value).text, payloadType: "holdfast/codec" });
    expect(await payloadOf(w, id)).toEqual(value);
  });
  test("keeps every option that it accepts", async () => {
    const w = world();
    const before = Date.now();
    const { id } = await triggered(w, {
      payload: 1,
      options: {
        delay: "1h30m",
        ttl: "10m",
        tags: ["a", "b", "a"],
        metadata: { step: 1 },
        maxAttempts: 5,
        maxDuration: 90,
      },
    });
    const run = await w.ports.store.read(id);
    expect(run).toMatchObject({
      status: "DELAYED",
      ttlMs: 600_000,
      tags: ["a", "b"],
      maxAttempts: 5,
      maxDurationMs: 90_000,
    });
    expect(run?.delayedUntil).toBeGreaterThanOrEqual(before + 5_400_000);
    expect(run?.metadata && decode(await textOf(w.ports, run.metadata))).toEqual({ step: 1 });
    expect(w.rings()).toEqual([]);
  });
  test("takes the number of timeout.None for no maxDuration, though it is above ten years", async () => {
    const w = world();
    const { id } = await triggered(w, { options: { maxDuration: 2_147_483_647 } });
    expect((await w.ports.store.read(id))?.maxDurationMs).toBe(2_147_483_647_000);
  });
  test("delays until an ISO date, and starts at once when that has passed", async () => {
    const w = world();
    const { id } = await triggered(w, { options: { delay: "2999-01-01T00:00:00+02:00" } });
    expect((await w.ports.store.read(id))?.delayedUntil).toBe(Date.parse("2998-12-31T22:00:00Z"));
    const { id: late } = await triggered(w, { options: { delay: "2001-01-01" } });
    expect((await w.ports.store.read(late))?.status).toBe("QUEUED");
  });
});

describe("an idempotency key", () => {
  test("gives the same run again, and says when the payload has changed", async () => {
    const w = world();
    const options = { idempotencyKey: "order-7" };
    const first = await triggered(w, { payload: 1, options });
    expect(await triggered(w, { payload: 1, options })).toEqual({ id: first.id, isCached: true });
    expect(await triggered(w, { payload: 2, options })).toEqual({
      id: first.id,
      isCached: true,
      payloadChanged: true,
    });
    expect(w.logged).toMatchObject([{ level: "warn", fields: { task: "order", runId: first.id } }]);
    expect(await payloadOf(w, first.id)).toBe(1);
    expect(await w.runs()).toHaveLength(1);
  });
  test("in parts keeps the parts apart", async () => {
    const w = world();
    const ids = new Set<string>();
    for (const idempotencyKey of [["a-b", "c"], ["a", "b-c"], ["a", "b", "c"], "a", ["a"]]) {
      ids.add((await triggered(w, { options: { idempotencyKey } })).id);
    }
    expect(ids.size).toBe(4);
  });
  test("counts no longer once its time has passed", async () => {
    let shift = 0;
    const w = world({ shift: () => shift });
    const options = { idempotencyKey: "k", idempotencyKeyTTL: "1m" };
    const first = await triggered(w, { options });
    shift = 30_000;
    expect((await triggered(w, { options })).id).toBe(first.id);
    shift = 61_000;
    expect((await triggered(w, { options })).id).not.toBe(first.id);
  });
  test("of the request makes a repeated request find its own run, without being a hit", async () => {
    const w = world();
    const header = { "x-trigger-request-idempotency-key": "5f0c" };
    const first = await triggered(w, { payload: 1 }, header);
    expect(first.id).toMatch(/^run_[0-9a-z]{24}$/);
    expect(await triggered(w, { payload: 1 }, header)).toEqual({ id: first.id, isCached: false });
    expect(await w.runs()).toHaveLength(1);
    const other = await w.send("POST", "/api/v1/tasks/report/trigger", { payload: 1 }, header);
    expect(((await other.json()) as { id: string }).id).not.toBe(first.id);
  });
  test("of the request that begins with its time makes ids that do, each with chance behind it", async () => {
    const ids = ["0mi5q1x2a-00ff", "0mi5q1x2a-11ff", "0mi5q1x2-22ff"].map(async (key) => {
      const { id } = await triggered(world(), {}, { "x-trigger-request-idempotency-key": key });
      return id;
    });
    const [one = "", two = "", other = ""] = await Promise.all(ids);
    for (const id of [one, two]) expect(id).toMatch(/^run_0mi5q1x2a[0-9a-z]{15}$/);
    expect(one).not.toBe(two);
    expect(other).not.toContain("0mi5q1x2");
  });
});

describe("a trigger is refused, and nothing is stored,", () => {
  const refused = async (body: unknown, route = path, headers: Record<string, string> = {}) => {
    const w = world();
    const answer = await refusal(await w.send("POST", route, body, headers));
    expect(await w.runs()).toEqual([]);
    expect(w.rings()).toEqual([]);
    return answer;
  };
  test("for an unknown task, and the answer names those that there are", async () => {
    const answer = await refused({ payload: 1 }, "/api/v1/tasks/ordr/trigger");
    expect(answer).toMatchObject({ status: 404, code: "HF203", error: 'There is no task "ordr".' });
    expect(answer.fix).toContain('"order", "report"');
  });
  test("for options of Trigger.dev's that there are not, and the answer says what to use", async () => {
    const unsupported = {
      externalDeploymentId: "`version`",
      region: "a stack in that region",
      test: "any other run",
    };
    for (const [name, instead] of Object.entries(unsupported)) {
      const answer = await refused({ payload: 1, options: { [name]: "a" } });
      const issues = [{ path: `options.${name}`, message: expect.stringContaining(instead) }];
      expect(answer).toMatchObject({ status: 422, code: "HF207", issues });
    }
  });
  test("for a machine that there is not", async () => {
    for (const machine of ["huge", { preset: "huge" }, 8]) {
      const answer = await refused({ payload: 1, options: { machine } });
      expect(answer).toMatchObject({ status: 422, code: "HF207" });
      expect(answer.error).toContain("options.machine: Must be one of micro, small-1x");
    }
  });
  test("for unknown fields, and the answer lists each of them", async () => {
    const answer = await refused({ payload: 1, payloads: 2, options: { tag: "a", delays: "1h" } });
    expect(answer).toMatchObject({ status: 422, code: "HF207" });
    for (const name of ["payloads", "options.tag", "options.delays"]) expect(answer.error).toContain(name);
    expect(await refused('{"payload":1,"options":{"__proto__":{"tags":["a"]}}}')).toMatchObject({
      status: 422,
    });
    expect(await refused({ payload: 1 }, `${path}?test=1`)).toMatchObject({ status: 422, code: "HF207" });
  });
  test("for values of the wrong form", async () => {
    const wrong: unknown[] = [
      { tags: Array.from({ length: 11 }, (_, i) => `t${i}`) },
      { tags: [""] },
      { tags: "x".repeat(129) },
      { idempotencyKey: "" },
      { idempotencyKey: "x".repeat(2_049) },
      { idempotencyKey: 7 },
      { metadata: [1] },
      { metadata: { text: "x".repeat(262_144) } },
      { maxAttempts: 0 },
      { maxAttempts: 1.5 },
      { maxDuration: 0 },
      { ttl: -1 },
      { payloadType: "application/super+json" },
    ];
    for (const options of wrong) {
      expect([options, await refused({ options })]).toEqual([
        options,
        expect.objectContaining({ status: 422, code: "HF207" }),
      ]);
    }
    for (const body of [[], "text", 7, null, { options: [] }]) {
      expect(await refused(JSON.stringify(body))).toMatchObject({ status: 422, code: "HF207" });
    }
    expect(await refused({}, path, { "x-trigger-request-idempotency-key": "x".repeat(257) })).toMatchObject({
      status: 422,
    });
  });
  test("for what is no duration and no date", async () => {
    const wrong = [
      { delay: "soon" },
      { delay: "2026-01-01T09:00" },
      { delay: "" },
      { ttl: "5 minutes" },
      { idempotencyKeyTTL: "1y" },
    ];
    for (const options of wrong) {
      expect([options, await refused({ options })]).toEqual([
        options,
        expect.objectContaining({ status: 422, code: "HF508" }),
      ]);
    }
  });
  test("for a codec text that is none", async () => {
    for (const payload of ["x", "", "d[[1]", 'j{"a":', { a: 1 }, `d${"[".repeat(50_000)}`]) {
      expect(await refused({ payload, payloadType: "holdfast/codec" })).toMatchObject({
        status: 422,
        code: "HF207",
      });
    }
    expect(await refused({ payload: "1", payloadType: "application/xml" })).toMatchObject({
      status: 422,
      code: "HF207",
    });
  });
});

describe("a trigger that names a code version", () => {
  const kept = new Map([
    ["20250101.1", ["order", "retired"]],
    ["20250601.1", ["retired"]],
    ["20260101.2", ["order", "report"]],
  ]);
  const keeping = (): World => world({ kept: () => kept });
  const on = (version: unknown) => ({ options: { version } });

  test("starts the run on it, where it is kept with the task: one, each of a batch, a replay", async () => {
    const w = keeping();
    const { id } = await triggered(w, on("20250101.1"));
    const items = [{ task: "retired", ...on("20250601.1") }, { task: "order" }];
    await w.send("POST", "/api/v2/tasks/batch", { items });
    await w.send("POST", `/api/v1/runs/${id}/replay`, on("20260101.2"));
    const versions = (await w.runs()).map(({ task, codeVersion }) => `${task} ${codeVersion}`).sort();
    expect(versions).toEqual([
      "order 20250101.1",
      "order 20260101.2",
      "order 20260101.2",
      "retired 20250601.1",
    ]);
  });
  test("is refused with the versions that are kept with the task, and starts nothing", async () => {
    const w = keeping();
    for (const version of ["20240101.1", "20250601.1", "../secret"]) {
      const answer = await w.send("POST", path, on(version));
      expect(await refusal(answer)).toMatchObject({
        code: "HF229",
        fix: expect.stringMatching(/Kept with this task: 20260101\.2, 20250101\.1 \(/),
      });
    }
    expect((await w.send("POST", path, on(7))).status).toBe(422);
    expect(await w.runs()).toEqual([]);
  });
  test("is refused where versions are not listed, as in AWS, with the current one; one that is kept is not", async () => {
    const w = world({ kept: () => kept, unlisted: true });
    expect(await refusal(await w.send("POST", path, on("20240101.1")))).toMatchObject({
      code: "HF229",
      fix: expect.stringMatching(/The current one is 20260101\.2; .* open runs are removed\./),
    });
    await triggered(w, on("20260101.2"));
    await triggered(w, on("20250101.1"));
    expect((await w.runs()).map(({ codeVersion }) => codeVersion).sort()).toEqual([
      "20250101.1",
      "20260101.2",
    ]);
  });
});
