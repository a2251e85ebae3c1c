/** What the codec promises of responses, class instances and results that can be recorded only in part. */
import assert from "node:assert";
import { EventEmitter } from "node:events";
import { readdir, stat } from "node:fs/promises";
import { Agent } from "node:http";
import { Socket } from "node:net";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { decode, encode, prepare, registerCodec } from "../../engine/codec.ts";

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

class Order {
  readonly id = "o1";
  readonly lines = [{ price: 5 }, { price: 7 }];
  get total(): number {
    return this.lines.reduce((sum, { price }) => sum + price, 0);
  }
  cancel(): string {
    return `canceled ${this.id}`;
  }
  toJSON(): string {
    return this.id;
  }
  *[Symbol.iterator](): Generator<unknown> {
    yield* this.lines;
  }
}

describe("instances of classes that are not known", () => {
  test("keep their data fields and their class's name", async () => {
    const back = await copy(new Order());
    expect([back.id, back.lines[1]?.price]).toEqual(["o1", 7]);
    expect(back.constructor.name).toBe("Order");
    expect(inspect(back)).toMatch(/^Order \{/);
  });

  test("fail with HF303 when a lost member is used: class, member, await and fix are named", async () => {
    const back = await copy(new Order(), "shop.order at tasks/order.ts:14");
    expect(() => back.cancel()).toThrow(
      /HF303 Order\.cancel is a method.*shop\.order at tasks\/order\.ts:14.*registerCodec/,
    );
    expect(() => [...back]).toThrow(/HF303 Order\.\[Symbol\.iterator\]/);
  });

  test("keep what their accessors give, and share it with their fields", async () => {
    class Result {
      steps = [{ text: "hello", calls: [{ name: "look" }] }];
      get text(): string {
        return this.steps[0]?.text ?? "";
      }
      get last(): object {
        return this.steps[0] ?? {};
      }
      get rest(): Result {
        return new Result();
      }
    }
    class Longer extends Result {
      get length(): number {
        return this.text.length;
      }
    }
    const back = await copy(new Longer());
    expect([back.text, back.length, back.rest.steps.length]).toEqual(["hello", 5, 1]);
    expect(back.last).toBe(back.steps[0]);
    expect(() => back.rest.text).toThrow(/HF303 Result\.text is a computed property/);
    expect(Object.keys(back)).toEqual(["steps"]);
    expect(encode(back).text).toBe(encode(new Longer()).text);
  });

  test("fail where an accessor threw, or gave a promise or a function", async () => {
    class Stream {
      get broken(): string {
        throw new Error("not yet");
      }
      get later(): Promise<string> {
        return Promise.reject(new Error("never"));
      }
      get send(): () => void {
        return () => {};
      }
      get size(): number {
        return 3;
      }
    }
    const back = await copy(new Stream());
    expect(back.size).toBe(3);
    for (const key of ["broken", "later", "send"] as const)
      expect(() => back[key]).toThrow(`HF303 Stream.${key} is a computed property`);
  });

  test("can be printed, put into JSON, awaited, spread and compared", async () => {
    const back = await copy(new Order());
    expect(JSON.stringify(back)).toBe('{"id":"o1","lines":[{"price":5},{"price":7}]}');
    expect(await Promise.resolve(back)).toBe(back);
    expect({ ...back }).toEqual({ id: "o1", lines: [{ price: 5 }, { price: 7 }] });
    expect(() => inspect(back, { getters: true, showHidden: true })).not.toThrow();
    assert.deepStrictEqual(back, await copy(new Order()));
  });

  test("are recorded with the same text again", async () => {
    expect(encode(await copy(new Order())).text).toBe(encode(new Order()).text);
  });

  test("arrays of a driver's own class stay arrays with their fields", async () => {
    class Result extends Array<unknown> {
      command = "SELECT";
      count = 2;
      describe(): string {
        return this.command;
      }
    }
    const back = await copy(Result.from([{ id: 1 }, { id: 2 }]) as Result);
    expect(Array.isArray(back)).toBe(true);
    expect(back.map((row) => (row as { id: number }).id)).toEqual([1, 2]);
    expect([back.length, back.command, back.count]).toEqual([2, "SELECT", 2]);
    expect(() => back.describe()).toThrow(/HF303 Result\.describe/);
  });

  test("what file calls give comes back with its methods", async () => {
    const stats = await copy(await stat(import.meta.filename));
    expect([stats.isFile(), stats.isDirectory(), stats.mtime instanceof Date]).toEqual([true, false, true]);
    const entries = await copy(await readdir(join(import.meta.dirname, ".."), { withFileTypes: true }));
    const engine = entries.find(({ name }) => name === "engine");
    expect([engine?.isDirectory(), engine?.isFile()]).toEqual([true, false]);
    expect(engine?.parentPath).toBe(join(import.meta.dirname, ".."));
  });

  test("a registered codec brings them back whole, subclasses as the registered class", async () => {
    class Money {
      readonly #cents: bigint;
      constructor(cents: bigint) {
        this.#cents = cents;
      }
      get cents(): bigint {
        return this.#cents;
      }
    }
    registerCodec(Money, "money", {
      toJSON: (money) => money.cents,
      fromJSON: (cents: bigint) => new Money(cents),
    });
    const back = await copy({ price: new Money(5n), at: new Date(0) });
    expect(back.price).toBeInstanceOf(Money);
    expect(back.price.cents).toBe(5n);
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
