/** What the codec promises of responses and results that can be recorded only in part. */
import { EventEmitter } from "node:events";
import { Agent } from "node:http";
import { Socket } from "node:net";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { decode, encode, prepare } from "../../engine/codec.ts";

async function copy<T>(value: T, at?: string): Promise<T> {
  await prepare(value);
  return decode(encode(value).text, at) as T;
}

describe("responses", () => {
  const made = () =>
    new Response(JSON.stringify({ id: 7 }), {
      status: 201,
      statusText: "Made",
      headers: [
        ["content-type", "application/json"],
        ["set-cookie", "a=1"],
        ["set-cookie", "b=2"],
      ],
    });

  test("status, headers and body come back, and the body reads as from a fresh response", async () => {
    const back = await copy(made());
    expect(back).toBeInstanceOf(Response);
    expect([back.status, back.statusText, back.ok, back.type, back.redirected, back.url]).toEqual([
      201,
      "Made",
      true,
      "default",
      false,
      "",
    ]);
    expect(back.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(back.bodyUsed).toBe(false);
    const second = back.clone();
    expect(await back.json()).toEqual({ id: 7 });
    expect(back.bodyUsed).toBe(true);
    expect(await second.text()).toBe('{"id":7}');
    await expect(back.text()).rejects.toThrow(TypeError);
    expect(() => back.clone()).toThrow(TypeError);
  });

  test("the response itself is not used up", async () => {
    const response = made();
    await prepare(response);
    expect(response.bodyUsed).toBe(false);
    expect(await response.json()).toEqual({ id: 7 });
  });

  test("url, redirected, type and an odd status come back, also on a clone", async () => {
    const fetched = made();
    for (const [key, value] of Object.entries({
      url: "https://a.example/x",
      redirected: true,
      type: "basic",
    }))
      Object.defineProperty(fetched, key, { value });
    const back = (await copy(fetched)).clone();
    expect([back.url, back.redirected, back.type]).toEqual(["https://a.example/x", true, "basic"]);
    const failed = await copy(Response.error());
    expect([failed.status, failed.ok, failed.type]).toEqual([0, false, "error"]);
  });

  test("a copy can be recorded again at once, whatever was read of it", async () => {
    const { text } = encode(await copy(made()));
    const back = decode(text) as Response;
    await back.text();
    expect(encode(back).text).toBe(text);
  });

  test("no body, an empty body and a binary body stay what they are", async () => {
    expect((await copy(new Response(null, { status: 204 }))).body).toBeNull();
    expect(await (await copy(new Response(""))).text()).toBe("");
    const bytes = new Uint8Array([0, 255, 128, 13, 10]);
    expect(new Uint8Array(await (await copy(new Response(bytes))).arrayBuffer())).toEqual(bytes);
    expect(await (await copy(new Response("\ufeffbom"))).arrayBuffer()).toHaveProperty("byteLength", 6);
  });

  test("a response whose body had been read comes back with its body read", async () => {
    const used = made();
    await used.text();
    const back = await copy(used);
    expect([back.status, back.bodyUsed]).toEqual([201, true]);
    await expect(back.json()).rejects.toThrow(TypeError);
  });

  test("a body above 8 MB is refused with HF302", async () => {
    const large = new Response(new Uint8Array(8 * 1024 * 1024 + 1));
    await expect(prepare(large)).rejects.toThrow(/HF302.*larger than 8 MB/);
    await expect(prepare(new Blob([new Uint8Array(8 * 1024 * 1024 + 1)]))).rejects.toThrow(/HF302/);
  });

  test("a response inside a value is found; one that nobody prepared is refused with its path", async () => {
    const value = { pages: [new Map([["first", made()]])] };
    expect(() => encode(value)).toThrow(/HF301 "pages\[0\]\.get\(first\)".*has not been read/);
    expect(await (await copy(value)).pages[0]?.get("first")?.json()).toEqual({ id: 7 });
  });

  test("a response on an error that nobody prepared keeps its status and loses its body", async () => {
    const error = Object.assign(new Error("500"), { response: made() });
    const { text, lost } = encode(error);
    expect(lost).toEqual(["response.body"]);
    expect((decode(text) as typeof error).response.status).toBe(201);
  });

  test("requests, blobs, files and forms come back with their bodies", async () => {
    const request = new Request("https://a.example/x", {
      method: "POST",
      body: "hello",
      headers: { a: "b" },
    });
    const back = await copy(request);
    expect([back.url, back.method, back.headers.get("a"), await back.text()]).toEqual([
      "https://a.example/x",
      "POST",
      "b",
      "hello",
    ]);
    const file = await copy(new File(["content"], "a.txt", { type: "text/plain", lastModified: 5 }));
    expect([file.name, file.type, file.lastModified, await file.text()]).toEqual([
      "a.txt",
      "text/plain",
      5,
      "content",
    ]);
    const form = new FormData();
    form.append("name", "value");
    form.append("file", new File(["x"], "x.bin"));
    const again = await copy(form);
    expect(again.get("name")).toBe("value");
    expect(await (again.get("file") as File).text()).toBe("x");
  });

  test("there is nothing to prepare in data", () => {
    const circle: Record<string, unknown> = { at: new Date(), list: [1, { a: "b" }] };
    circle.self = circle;
    for (const value of [undefined, 1, "x", { a: [1] }, circle, new Error("x"), new Map([[1, 2]])])
      expect(prepare(value)).toBeUndefined();
  });
});

describe("results that can be recorded in part", () => {
  const socket = new Socket();
  const agent = new Agent();
  const response = () => ({
    status: 200,
    data: { id: "ch_1" },
    config: { url: "/charges", transform: [(x: unknown) => x], agent, env: { Blob } },
    request: Object.assign(new EventEmitter(), { socket }),
  });

  test("keep their data and list what they lost", async () => {
    const { text, lost } = encode(response());
    expect([...lost].sort()).toEqual(["config.agent", "config.env.Blob", "config.transform[0]", "request"]);
    const back = decode(text) as ReturnType<typeof response>;
    expect([back.status, back.data.id, back.config.url]).toEqual([200, "ch_1", "/charges"]);
  });

  test("fail with HF303 when a lost part is touched, and not when it is passed on or printed", async () => {
    const back = await copy(response(), "axios.post at a.ts:3");
    expect(() => back.request.emit("x")).toThrow(
      /HF303 "request" of the recorded value of axios\.post at a\.ts:3 is a EventEmitter/,
    );
    expect(() => back.config.transform[0]?.(1)).toThrow(/HF303 "config\.transform\[0\]"/);
    expect(() => `${back.config.agent as unknown as string}`).toThrow(/HF303/);
    expect(() => Object.assign(back.request, { a: 1 })).toThrow(/HF303/);
    expect(() => inspect(back, { showProxy: true, depth: 9 }) + JSON.stringify(back)).not.toThrow();
    expect(await back.request).toBe(back.request);
  });

  test("a copy is recorded with the same text, its lost parts named once", async () => {
    const { text } = encode(response());
    const again = encode(decode(text));
    expect(again.text).toBe(text);
    expect(again.lost).toEqual([]);
  });

  test("private promises and caches of an instance are lost, not a reason to fail", () => {
    class Query {
      readonly rows = [1];
      readonly pending = Promise.resolve();
      readonly cache = new WeakMap();
    }
    expect([...encode(new Query()).lost]).toEqual(["pending", "cache"]);
  });

  test("a client inside a result is a lost part, and its settings are not recorded", () => {
    class Pool {
      readonly password = "secret";
      readonly connect = () => undefined;
      end(): void {}
    }
    const { text, lost } = encode({ rows: [1], pool: new Pool() });
    expect(lost).toEqual(["pool"]);
    expect(text).not.toContain("secret");
  });
});
