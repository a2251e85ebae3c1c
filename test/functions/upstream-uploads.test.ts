/** Payloads that Trigger.dev's client uploads apart from their trigger: those of 128 KB or more. */
import { describe, expect, test } from "vitest";
import { decode } from "../../engine/codec.ts";
import { textOf } from "../../engine/new-run.ts";
import { uploadTask } from "../../engine/token-task.ts";
import { auth } from "../../sdk/auth.ts";
import { configure } from "../../sdk/config.ts";
import { end, key, refusal, trigger, type World, world } from "./world.ts";

/** Each request of its client has this header. */
const upstream = { "trigger-version": "4.8.3" };
const superJson = "application/super+json";

interface Link {
  readonly presignedUrl: string;
  readonly storagePath: string;
}

async function link(w: World): Promise<Link> {
  const name = encodeURIComponent("trigger/packet_1/payload.json");
  const answer = await w.send("PUT", `/api/v2/packets/${name}`, undefined, upstream);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Link;
}

const put = (w: World, url: string, body: string, type = superJson): Promise<Response> | Response =>
  w.app.request(url, { method: "PUT", headers: { "content-type": type }, body });

const start = (w: World, storagePath: string, more: Record<string, string> = {}): Promise<Response> =>
  w.send(
    "POST",
    "/api/v1/tasks/order/trigger",
    { payload: storagePath, options: { payloadType: "application/store" } },
    { ...upstream, ...more },
  );

const uploads = async (w: World) => (await w.ports.store.list({ task: [uploadTask], limit: 10 })).runs;

const payloadsOf = async (w: World): Promise<unknown[]> =>
  Promise.all((await w.runs()).map(async ({ payload }) => decode(await textOf(w.ports, payload))));

const text = "é".repeat(100_000);
const wrapped = JSON.stringify({
  json: { text, at: "2026-01-01T00:00:00.000Z" },
  meta: { values: { at: ["Date"] } },
});
const whole = { text, at: new Date("2026-01-01") };

describe("an upload", () => {
  test("is the payload of the run that is triggered with it, dates and all, and gone then", async () => {
    const w = world();
    const { presignedUrl, storagePath } = await link(w);
    expect((await put(w, presignedUrl, wrapped)).status).toBe(200);
    expect((await uploads(w)).map(({ status }) => status)).toEqual(["COMPLETED"]);
    expect((await start(w, storagePath)).status).toBe(200);
    expect(await payloadsOf(w)).toEqual([whole]);
    expect(await uploads(w)).toEqual([]);
  });

  test("may be a text, or plain JSON", async () => {
    const w = world();
    for (const [body, type] of [
      [text, "text/plain"],
      [JSON.stringify({ text }), "application/json"],
    ] as const) {
      const { presignedUrl, storagePath } = await link(w);
      await put(w, presignedUrl, body, type);
      expect((await start(w, storagePath)).status).toBe(200);
    }
    expect(await payloadsOf(w)).toEqual([{ text }, text]);
  });

  test("whose trigger is sent again, because its answer was lost, is that run", async () => {
    const w = world();
    const { presignedUrl, storagePath } = await link(w);
    // The upload's answer was lost, too: the first value counts.
    await put(w, presignedUrl, wrapped);
    expect((await put(w, presignedUrl, "other", "text/plain")).status).toBe(200);
    const again = { "x-trigger-request-idempotency-key": "one" };
    const first = await (await start(w, storagePath, again)).json();
    expect(await (await start(w, storagePath, again)).json()).toEqual(first);
    expect(await payloadsOf(w)).toEqual([whole]);
    expect(await uploads(w)).toEqual([]);
  });

  test("is an item's of a batch, and that of one that is sent again", async () => {
    const w = world();
    const { presignedUrl, storagePath } = await link(w);
    await put(w, presignedUrl, wrapped);
    const made = await w.send("POST", "/api/v3/batches", { runCount: 2 }, upstream);
    const { id } = (await made.json()) as { id: string };
    const items = [
      { index: 0, task: "order", payload: "small", options: { payloadType: "text/plain" } },
      { index: 1, task: "order", payload: storagePath, options: { payloadType: "application/store" } },
    ];
    const lines = items.map((item) => JSON.stringify(item)).join("\n");
    const add = () => w.send("POST", `/api/v3/batches/${id}/items`, lines, upstream);
    expect(await (await add()).json()).toMatchObject({ itemsAccepted: 2, sealed: true });
    expect(await uploads(w)).toEqual([]);
    expect(await (await add()).json()).toMatchObject({ itemsDeduplicated: 2, sealed: true });
    expect(
      (await payloadsOf(w)).map((value) => (typeof value === "string" ? value : "whole")).sort(),
    ).toEqual(["small", "whole"]);
  });

  test("that came to nothing makes no run, and so does one that is named by nobody's link", async () => {
    const w = world();
    const { storagePath } = await link(w);
    for (const path of [storagePath, "waitpoint_none", "trigger/packet_1/payload.json"])
      expect(await refusal(await start(w, path))).toMatchObject({ status: 404, code: "HF208" });
    expect(await w.runs()).toEqual([]);
  });

  test("is taken by its link alone, of 3 MB at most, and for an hour", async () => {
    let ms = 0;
    const w = world({ shift: () => ms });
    const { presignedUrl, storagePath } = await link(w);
    const strange = presignedUrl.replace(/.$/, (last) => (last === "x" ? "y" : "x"));
    for (const url of [strange, presignedUrl.replace(storagePath, "waitpoint_none")])
      expect(await refusal(await put(w, url, "s", "text/plain"))).toMatchObject({
        status: 401,
        code: "HF202",
      });
    const large = await put(w, presignedUrl, "x".repeat(3 * 1024 * 1024 + 1), "text/plain");
    expect(await refusal(large)).toMatchObject({ status: 413, code: "HF206" });
    expect(await refusal(await put(w, presignedUrl, "{", "application/json"))).toMatchObject({
      code: "HF201",
    });
    expect(await refusal(await put(w, presignedUrl, "[]"))).toMatchObject({ code: "HF207" });
    ms = 3_600_001;
    expect((await put(w, presignedUrl, "late", "text/plain")).status).toBe(401);
    expect(await refusal(await start(w, storagePath))).toMatchObject({ code: "HF208" });
  });

  test("needs a key that may trigger", async () => {
    const w = world();
    const ask = (bearer: string) =>
      w.send("PUT", "/api/v2/packets/a.json", undefined, { authorization: `Bearer ${bearer}` });
    expect((await ask("no")).status).toBe(401);
    expect((await ask(key)).status).toBe(200);
  });

  test("is no token: nobody completes it, and no list has it", async () => {
    const w = world();
    const { storagePath } = await link(w);
    const completed = await w.send("POST", `/api/v1/waitpoints/tokens/${storagePath}/complete`, { data: 1 });
    expect(await refusal(completed)).toMatchObject({ code: "HF208" });
    const tokens = await (await w.send("GET", "/api/v1/waitpoints/tokens")).json();
    const runs = await (await w.send("GET", "/api/v1/runs")).json();
    expect([tokens, runs]).toMatchObject([{ data: [] }, { data: [] }]);
  });
});

test("a text that its client triggers with is that text", async () => {
  const w = world();
  const options = { payloadType: "text/plain" };
  await w.send("POST", "/api/v1/tasks/order/trigger", { payload: "hello", options }, upstream);
  expect(await payloadsOf(w)).toEqual(["hello"]);
});

test("an output above 4 MB comes to its client by a link that gives JSON", async () => {
  const w = world();
  const id = await trigger(w);
  await end(w, id, "completed", { output: { text: "x".repeat(5_000_000) } });
  const answer = await w.send("GET", `/api/v3/runs/${id}`, undefined, upstream);
  const { outputPresignedUrl } = (await answer.json()) as { outputPresignedUrl: string };
  const given = await w.app.request(outputPresignedUrl);
  expect(given.headers.get("content-type")).toContain("application/json");
  expect(((await given.json()) as { text: string }).text).toHaveLength(5_000_000);
});

describe("a page with a public token", () => {
  const from = { origin: "https://shop.example.com" };
  const ask = (w: World, token: string): Promise<Response> | Response =>
    w.app.request("/api/v2/packets/packet_1", {
      method: "PUT",
      headers: { ...from, authorization: `Bearer ${token}` },
    });

  test("that may start runs uploads a payload of 128 KB or more, and its browser is let do it", async () => {
    configure({ secretKey: key, baseURL: "http://localhost:7474" });
    const w = world();
    const token = await auth.createTriggerPublicToken("order");
    const asked = await ask(w, token);
    expect([asked.status, asked.headers.get("access-control-allow-origin")]).toEqual([200, "*"]);
    const { presignedUrl, storagePath } = (await asked.json()) as Link;
    const before = await w.app.request(presignedUrl, {
      method: "OPTIONS",
      headers: {
        ...from,
        "access-control-request-method": "PUT",
        "access-control-request-headers": "content-type",
      },
    });
    expect([before.status, before.headers.get("access-control-allow-methods")]).toEqual([
      204,
      "GET, POST, PUT",
    ]);
    const sent = await w.app.request(presignedUrl, {
      method: "PUT",
      headers: { ...from, "content-type": superJson },
      body: wrapped,
    });
    expect([sent.status, sent.headers.get("access-control-allow-origin")]).toEqual([200, "*"]);
    const started = await w.app.request("/api/v1/tasks/order/trigger", {
      method: "POST",
      headers: { ...from, ...upstream, authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ payload: storagePath, options: { payloadType: "application/store" } }),
    });
    expect(started.status).toBe(200);
    expect(await payloadsOf(w)).toEqual([whole]);
  });

  test("for one use uploads ten times at most, and one that may start nothing not at all", async () => {
    configure({ secretKey: key, baseURL: "http://localhost:7474" });
    const w = world();
    const once = await auth.createTriggerPublicToken("order");
    const answers = [];
    for (let count = 0; count < 11; count++) answers.push((await ask(w, once)).status);
    expect(answers).toEqual([...Array(10).fill(200), 403]);
    const many = await auth.createBatchTriggerPublicToken("order", { multipleUse: true });
    for (let count = 0; count < 11; count++) expect((await ask(w, many)).status).toBe(200);
    const reader = await auth.createPublicToken({ scopes: { read: { tags: "a" } } });
    expect((await ask(w, reader)).status).toBe(403);
  });
});
