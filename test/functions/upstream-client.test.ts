/** What Trigger.dev's own client sends and reads, where it differs from ours: the forms of its wire. */
import { describe, expect, test } from "vitest";
import { decode } from "../../engine/codec.ts";
import { textOf } from "../../engine/new-run.ts";
import { hashedKeys } from "../../functions/auth.ts";
import { keyRing } from "../../functions/key-ring.ts";
import { hashOfKey, newTriggerDevKey } from "../../functions/secret-key.ts";
import { end, get, key, refusal, trigger, type World, world } from "./world.ts";

/** Each request of its client has this header. */
const upstream = { "trigger-version": "4.8.3" };

interface Batch {
  readonly id: string;
  readonly runCount: number;
  readonly isCached: boolean;
}

const newBatch = async (w: World, body: object): Promise<Batch> => {
  const answer = await w.send("POST", "/api/v3/batches", body, upstream);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Batch;
};

const line = (index: number, more: object = {}): object => ({
  index,
  task: "order",
  payload: index,
  ...more,
});
const lines = (items: readonly object[]): string => items.map((item) => `${JSON.stringify(item)}\n`).join("");
const add = (w: World, id: string, items: readonly object[], bearer = key): Promise<Response> =>
  w.send("POST", `/api/v3/batches/${id}/items`, lines(items), { authorization: `Bearer ${bearer}` });

describe("a batch of two requests", () => {
  test("starts nothing with the first, and all of its runs with the second, each in its place", async () => {
    const w = world();
    const { id, isCached } = await newBatch(w, { runCount: 2, taskIdentifiers: ["order", "report"] });
    expect([isCached, (await w.runs()).length]).toEqual([false, 0]);
    const answer = await add(w, id, [
      line(0),
      line(1, { task: "report", options: { tags: "t", delay: "1h" } }),
    ]);
    expect(await answer.json()).toEqual({ id, itemsAccepted: 2, itemsDeduplicated: 0, sealed: true });
    const stored = (await w.runs()).map(({ task, status, batchId }) => [task, status, batchId]).sort();
    expect(stored).toEqual([
      ["order", "QUEUED", id],
      ["report", "DELAYED", id],
    ]);
    expect(await get(w, `/api/v2/batches/${id}`)).toMatchObject({ id, runCount: 2 });
  });

  test("that is sent again finds its runs, and one that came in part says what is missing", async () => {
    const w = world();
    const { id } = await newBatch(w, { runCount: 3 });
    const half = await add(w, id, [line(0), line(2)]);
    expect(await half.json()).toMatchObject({ sealed: false, enqueuedCount: 2, expectedCount: 3 });
    const whole = await add(w, id, [line(0), line(1), line(2)]);
    expect(await whole.json()).toEqual({ id, itemsAccepted: 1, itemsDeduplicated: 2, sealed: true });
    expect(await w.runs()).toHaveLength(3);
    // The last part of one that comes in parts seals it.
    const other = await newBatch(w, { runCount: 2 });
    await add(w, other.id, [line(0)]);
    expect(await (await add(w, other.id, [line(1)])).json()).toMatchObject({ sealed: true });
  });

  test("with the same idempotency key is the same batch, cached once all of its runs are there, which are looked for by their ids", async () => {
    const w = world();
    w.ports.store.list = async () => {
      throw new Error("A list goes through every run that there is.");
    };
    const asked = { runCount: 2, idempotencyKey: "import-7", taskIdentifiers: ["report", "order"] };
    const first = await newBatch(w, asked);
    expect(await newBatch(w, asked)).toEqual({ ...first, isCached: false });
    await add(w, first.id, [line(0), line(1, { task: "report" })]);
    expect(await newBatch(w, asked)).toEqual({ ...first, isCached: true });
    expect(await newBatch(w, { ...asked, taskIdentifiers: undefined })).toEqual({
      ...first,
      isCached: false,
    });
    expect((await newBatch(w, { ...asked, idempotencyKey: "import-8" })).id).not.toBe(first.id);
  });

  test("has lines of 3 MB together, or of what the server says; more starts nothing, and is told to come in several calls", async () => {
    const items = Array.from({ length: 40 }, (_, at) => line(at, { payload: "x".repeat(100_000) }));
    const small = world();
    const { id } = await newBatch(small, { runCount: 40 });
    expect(await refusal(await add(small, id, items))).toMatchObject({
      status: 413,
      code: "HF206",
      fix: expect.stringContaining("in several calls"),
    });
    expect(await small.runs()).toEqual([]);
    const large = world({ batchBytesMax: 32 * 1024 * 1024 });
    const other = await newBatch(large, { runCount: 40 });
    expect(await (await add(large, other.id, items)).json()).toMatchObject({
      itemsAccepted: 40,
      sealed: true,
    });
  });

  test("starts nothing where one line is wrong", async () => {
    const w = world();
    const { id } = await newBatch(w, { runCount: 2 });
    const wrong = [
      [line(0), line(1, { task: "none" })],
      [line(0), line(0)],
      [line(0), line(2)],
      [line(0), line(1, { options: { surprise: 1 } })],
    ];
    const codes: string[] = [];
    for (const items of wrong) codes.push((await refusal(await add(w, id, items))).code);
    expect(codes).toEqual(["HF203", "HF207", "HF207", "HF207"]);
    const torn = await w.send("POST", `/api/v3/batches/${id}/items`, `${lines([line(0)])}{"index":1,`);
    expect((await refusal(torn)).code).toBe("HF201");
    expect(await w.runs()).toHaveLength(0);
    for (const none of ["batch_1", `batch_${"0".repeat(24)}`, `batch_${"z".repeat(24)}`])
      expect((await refusal(await add(w, none, [line(0)]))).code).toBe("HF208");
    for (const body of [{ runCount: 0 }, { runCount: 1_001 }, { runCount: 1, parentRunId: "run_1" }])
      expect((await refusal(await w.send("POST", "/api/v3/batches", body))).code).toBe("HF207");
  });

  test("of a token for one use is started once, and sent again it is the same use", async () => {
    const w = world();
    const asked = { scopes: ["batchTrigger:tasks:order"], oneTimeUse: true };
    const { token } = (await (await w.send("POST", "/api/v1/auth/public-tokens", asked)).json()) as {
      token: string;
    };
    const { id } = await newBatch(w, { runCount: 1 });
    const other = await newBatch(w, { runCount: 1 });
    expect((await refusal(await add(w, id, [line(0, { task: "report" })], token))).code).toBe("HF219");
    expect((await add(w, id, [line(0)], token)).status).toBe(200);
    expect((await add(w, id, [line(0)], token)).status).toBe(200);
    expect((await refusal(await add(w, other.id, [line(0)], token))).code).toBe("HF216");
    expect(await w.runs()).toHaveLength(1);
  });
});

test("payloads hold dates, maps, bigints and what else its client wraps; what is wrapped wrongly is refused", async () => {
  const w = world();
  const send = (payload: string) =>
    w.send("POST", "/api/v1/tasks/order/trigger", {
      payload,
      options: { payloadType: "application/super+json" },
    });
  const json = { at: "2026-01-31T09:00:00.000Z", sizes: [["a", 1]], big: "9007199254740993", none: null };
  const meta = { values: { at: ["Date"], sizes: ["map"], big: ["bigint"], none: ["undefined"] } };
  const answer = (await (await send(JSON.stringify({ json, meta }))).json()) as { id: string };
  const run = await w.ports.store.read(answer.id);
  expect(run && decode(await textOf(w.ports, run.payload))).toEqual({
    at: new Date("2026-01-31T09:00:00.000Z"),
    sizes: new Map([["a", 1]]),
    big: 9007199254740993n,
    none: undefined,
  });
  for (const strange of [{ values: { "__proto__.x": ["Date"] } }, { values: { big: ["custom", "none"] } }, 1])
    expect((await refusal(await send(JSON.stringify({ json, meta: strange })))).code).toBe("HF207");
});

describe("public tokens", () => {
  const tokenOf = (answer: Response): string => answer.headers.get("x-trigger-jwt") ?? "";
  const status = async (w: World, path: string, bearer: string): Promise<number> =>
    (await w.send("GET", path, undefined, { authorization: `Bearer ${bearer}` })).status;

  test("of a handle come from the server, and show its run or batch alone", async () => {
    const w = world();
    const one = await w.send("POST", "/api/v1/tasks/order/trigger", {}, upstream);
    const { id } = (await one.json()) as { id: string };
    const other = await trigger(w);
    expect(await status(w, `/api/v3/runs/${id}`, tokenOf(one))).toBe(200);
    expect(await status(w, `/realtime/v1/runs/${id}`, tokenOf(one))).toBe(200);
    expect(await status(w, `/realtime/v1/runs/${other}`, tokenOf(one))).toBe(403);
    const batch = await w.send("POST", "/api/v3/batches", { runCount: 1 }, upstream);
    const { id: batchId } = (await batch.json()) as Batch;
    expect(await status(w, `/realtime/v1/batches/${batchId}`, tokenOf(batch))).toBe(200);
    expect(await status(w, "/realtime/v1/batches/batch_1", tokenOf(batch))).toBe(403);
    const token = await w.send("POST", "/api/v1/waitpoints/tokens", {}, upstream);
    const { id: tokenId } = (await token.json()) as { id: string };
    const bearer = { authorization: `Bearer ${tokenOf(token)}` };
    expect((await w.send("POST", `/api/v1/waitpoints/tokens/${tokenId}/complete`, {}, bearer)).status).toBe(
      200,
    );
  });

  test("are given to its client alone, and not to a key that may not read", async () => {
    const entry = `${hashOfKey("starts")}?scope=trigger`;
    const w = world({ keys: hashedKeys([hashOfKey(key), entry]) });
    const path = "/api/v1/tasks/order/trigger";
    expect(tokenOf(await w.send("POST", path, {}))).toBe("");
    const asked = { ...upstream, authorization: "Bearer starts" };
    expect(tokenOf(await w.send("POST", path, {}, asked))).toBe("");
  });

  test("that the client would sign itself are refused with what to do; keys of its own form ask the server", async () => {
    const w = world();
    const { code, fix } = await refusal(await w.send("POST", "/api/v1/auth/jwt/claims", undefined, upstream));
    expect([code, fix]).toEqual(["HF519", expect.stringContaining("holdfast keys create --trigger-dev")]);
    // As its client tells such keys from others.
    expect(newTriggerDevKey("dev")).toMatch(/^tr_dev_sk_[0-9a-zA-Z]{24}$/);
    expect(newTriggerDevKey("live")).toMatch(/^tr_prod_sk_[0-9a-zA-Z]{24}$/);
    const place = { kind: "live" as const, change: async () => {}, uses: () => ({}) };
    const made = await keyRing(place).create({ scopes: ["admin"], isForTriggerDev: true }, 0);
    expect(made.key).toMatch(/^tr_prod_sk_/);
  });
});

test("time zones are told without a key", async () => {
  const answer = await world().app.request("/api/v1/timezones");
  expect(await answer.json()).toMatchObject({ timezones: expect.arrayContaining(["UTC", "Europe/Vienna"]) });
});

test("a version comes under the name that its client sends, and is refused where two are named", async () => {
  const w = world();
  const send = (options: object) => w.send("POST", "/api/v1/tasks/order/trigger", { payload: 1, options });
  // What the world runs on.
  const version = "20260101.2";
  expect((await send({ lockToVersion: version })).status).toBe(200);
  expect(await refusal(await send({ lockToVersion: "nope" }))).toMatchObject({ status: 422, code: "HF229" });
  expect(await refusal(await send({ lockToVersion: "nope", version }))).toMatchObject({
    status: 422,
    issues: [{ path: "options.lockToVersion" }],
  });
  expect(await w.runs()).toHaveLength(1);
});

test("a ttl of 0 is none: the run waits for its start without an end, and shows no ttl", async () => {
  const w = world();
  const { id } = (await (
    await w.send("POST", "/api/v1/tasks/order/trigger", { payload: 1, options: { ttl: 0 } })
  ).json()) as { id: string };
  const [run] = await w.runs();
  expect(run?.ttlMs).toBeGreaterThan(60 * 365 * 86_400_000);
  expect(await get(w, `/api/v3/runs/${id}`)).not.toHaveProperty("ttl");
});

test("a listed run says of which environment it is", async () => {
  const w = world();
  await trigger(w);
  expect(await get(w, "/api/v1/runs")).toMatchObject({ data: [{ env: { id: "prod", name: "prod" } }] });
});

test("a span is told alone, with the one around it", async () => {
  const w = world();
  const id = await trigger(w);
  await end(w, id, "completed", {}, [
    { kind: "result", ok: true, sort: "unit", key: "/u#0", gen: 0, value: { inline: "[1]" } },
  ]);
  const { trace } = (await get(w, `/api/v1/runs/${id}/trace`)) as {
    trace: { rootSpan: { children: { id: string; data: { message: string } }[] } };
  };
  const [child] = trace.rootSpan.children;
  const span = await get(w, `/api/v1/runs/${id}/spans/${encodeURIComponent(child?.id ?? "")}`);
  expect(span).toMatchObject({ spanId: child?.id, parentId: id, runId: id, message: child?.data.message });
  expect(await get(w, `/api/v1/runs/${id}/spans/${id}`)).toMatchObject({ spanId: id, parentId: null });
  expect((await refusal(await w.send("GET", `/api/v1/runs/${id}/spans/none`))).code).toBe("HF208");
});
