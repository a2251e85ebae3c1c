/** The client against the app: what goes there comes back. */
import { describe, expect, test } from "vitest";
import { end, strangeId, world } from "../functions/world.ts";
import { clientOf } from "./client-of.ts";

describe("a trigger", () => {
  test("carries values that JSON cannot, there and back", async () => {
    const w = world();
    const { client } = clientOf(w);
    const payload = { at: new Date(5), big: 1n, seen: new Map([["a", new Set([1])]]), missing: undefined };
    const { id, isCached } = await client.trigger(strangeId, payload);
    await end(w, id, "completed", { output: [payload, Number.NaN] });
    const run = await client.retrieveRun(id);
    expect([isCached, run.payload, run.output]).toStrictEqual([false, payload, [payload, Number.NaN]]);
    expect(run).toMatchObject({
      id,
      taskIdentifier: strangeId,
      isSuccess: true,
      createdAt: expect.any(Date),
      finishedAt: expect.any(Date),
    });
    for (const name of ["payloadType", "payloadText", "outputType", "outputText"])
      expect(run).not.toHaveProperty(name);
  });
  test("sends plain payloads as plain JSON, and none at all as none", async () => {
    const w = world();
    const { client, requests } = clientOf(w);
    await client.trigger("order", { a: [1] });
    await client.trigger("order");
    expect(await Promise.all(requests.map((request) => request.json()))).toEqual([
      { payload: { a: [1] } },
      {},
    ]);
  });
  test("sends durations and dates in the server's form", async () => {
    const w = world();
    const { client } = clientOf(w);
    const delay = new Date(Date.now() + 3_600_000);
    const options = {
      delay,
      ttl: { minutes: 1.5 },
      idempotencyKey: ["a", "b"],
      idempotencyKeyTTL: "1h",
      tags: ["x"],
      metadata: { m: 1 },
      maxAttempts: 2,
      maxDuration: 60,
    };
    const { id } = await client.trigger("order", 1, options);
    const run = await client.retrieveRun(id);
    expect(run).toMatchObject({
      status: "DELAYED",
      delayedUntil: delay,
      ttl: "90s",
      tags: ["x"],
      metadata: { m: 1 },
      idempotencyKey: '["a","b"]',
    });
    expect(await client.trigger("order", 1, { idempotencyKey: ["a", "b"] })).toEqual({ id, isCached: true });
  });
  test("whose answer was lost makes no second run when it is sent again", async () => {
    const w = world();
    const { client, requests } = clientOf(w, async (_request, number) =>
      number <= 2 ? "forward, then lose the answer" : "forward",
    );
    const answer = await client.trigger("order", { n: 1 });
    expect(requests).toHaveLength(3);
    expect(answer.isCached).toBe(false);
    expect(await w.runs()).toMatchObject([{ id: answer.id }]);
    await client.trigger("order", { n: 1 });
    expect(await w.runs()).toHaveLength(2);
  });
  test("with an option that the server does not support is refused by it", async () => {
    const w = world();
    const { client } = clientOf(w);
    const failed = client.trigger("order", 1, { region: "us-east-1" } as object);
    await expect(failed).rejects.toMatchObject({ status: 422, code: "HF207" });
    expect(await w.runs()).toEqual([]);
  });
});

describe("a run", () => {
  test("with a large output is complete: its link is followed, without the key", async () => {
    const w = world({ publicUrl: "https://elsewhere.example" });
    const { client, requests } = clientOf(w);
    const { id } = await client.trigger("order");
    const output = { text: "x".repeat(5_000_000), at: new Date(1) };
    await end(w, id, "completed", { output });
    const run = await client.retrieveRun<typeof output>(id);
    expect(run.output).toStrictEqual(output);
    expect(run).not.toHaveProperty("outputPresignedUrl");
    expect(requests.at(-1)?.url).toMatch(/^http:\/\/localhost:7474\/api\/v1\/packets\//);
    expect(requests.at(-1)?.headers.get("authorization")).toBe(null);
  });
  test("can be waited for", async () => {
    const w = world();
    const { client } = clientOf(w);
    const { id } = await client.trigger("order");
    const waiting = client.retrieveRun(id, { waitSeconds: 20 });
    await end(w, id, "failed", { error: { name: "Error", message: "no" } });
    expect(await waiting).toMatchObject({ isFailed: true, error: { name: "Error", message: "no" } });
  });
  test("can be canceled, resumed, and looked into", async () => {
    const w = world();
    const { client } = clientOf(w);
    const { id } = await client.trigger("order");
    expect(await client.cancelRun(id)).toEqual({ id });
    const { id: dead } = await client.trigger("order");
    await end(w, dead, "failed", { error: { name: "Error", message: "no" } });
    expect(await client.resumeRun(dead)).toEqual({ id: dead, codeVersion: "20260101.2" });
    expect(await client.checkpoints(dead, { after: 0, limit: 5 })).toMatchObject({
      run: { id: dead, status: "QUEUED" },
      data: [],
      pagination: {},
    });
    expect((await client.tasks()).data.map((task) => task.id)).toEqual(["order", "report", strangeId]);
  });
});

describe("a list", () => {
  test("can be awaited page by page, or gone through whole", async () => {
    const w = world();
    const { client, requests } = clientOf(w);
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift((await client.trigger("order")).id);
    await client.trigger("report");
    const all: string[] = [];
    const before = requests.length;
    for await (const run of client.listRuns({ taskIdentifier: "order", limit: 2 })) all.push(run.id);
    expect([all.sort(), requests.length - before]).toEqual([ids.sort(), 3]);
    const first = await client.listRuns({
      taskIdentifier: ["order"],
      limit: 4,
      from: new Date(0),
      to: Date.now() + 1_000,
      status: ["QUEUED"],
    });
    const second = await first.getNextPage();
    expect([first.data.length, first.hasNextPage(), second.data.length, second.hasNextPage()]).toEqual([
      4,
      true,
      1,
      false,
    ]);
    await expect(second.getNextPage()).rejects.toThrow(RangeError);
    expect(first.data[0]?.createdAt).toBeInstanceOf(Date);
  });
  test("of dead letters has their errors", async () => {
    const w = world();
    const { client } = clientOf(w);
    const { id } = await client.trigger("order");
    await end(w, id, "failed", {
      error: { name: "Error", message: "no" },
      lastGood: { number: 1, name: "charge", at: "a.ts:1" },
    });
    expect((await client.deadLetters({ period: "1h" })).data).toMatchObject([
      { id, error: { message: "no" }, lastGood: { name: "charge" } },
    ]);
  });
});
