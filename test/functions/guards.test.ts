/** Who is let in, and what is answered to all others. */
import { readFile } from "node:fs/promises";
import { describe, expect, test, vi } from "vitest";
import { HoldfastError } from "../../engine/errors.ts";
import { hashedKeys, secretKeys } from "../../functions/auth.ts";
import { bodyBytesMax } from "../../functions/body.ts";
import { hashesIn, hashOfKey, newSecretKey } from "../../functions/secret-key.ts";
import { key, refusal, type World, world } from "./world.ts";

/** Every route that the app has, with something in place of its parameters. */
function routes({ app }: World): { method: string; path: string }[] {
  const all = app.routes.filter(({ path }) => path.startsWith("/api/") && !path.includes("*"));
  return all.map(({ method, path }) => ({
    method: method === "ALL" ? "PUT" : method,
    path: path.replace(/:\w+/g, "run_1"),
  }));
}

describe("keys", () => {
  test("no route under /api but the names of time zones answers without a key, or with a wrong one", async () => {
    const w = world();
    const isOpen = ({ method, path }: { method: string; path: string }): boolean =>
      method === "GET" && path === "/api/v1/timezones";
    const found = routes(w).filter((route) => !isOpen(route));
    expect(found.filter(({ method }) => method !== "PUT").length).toBeGreaterThanOrEqual(9);
    for (const { method, path } of found) {
      const wrong: Record<string, string>[] = [
        {},
        { authorization: `Bearer ${key}x` },
        { authorization: `Basic ${key}` },
      ];
      for (const headers of wrong) {
        const answer = await w.app.request(path, { method, headers });
        expect([method, path, await refusal(answer)]).toEqual([
          method,
          path,
          expect.objectContaining({ status: 401, code: "HF202" }),
        ]);
        expect(answer.headers.get("www-authenticate")).toBe("Bearer");
      }
    }
    expect(await w.runs()).toEqual([]);
  });
  test("a request without a key is refused before its body, its query or its route is looked at", async () => {
    const w = world();
    const body = { pull: vi.fn() };
    const requests = [
      new Request("http://localhost/api/v1/tasks/order/trigger", {
        method: "POST",
        body: new ReadableStream(body, { highWaterMark: 0 }),
        duplex: "half",
      } as RequestInit),
      new Request("http://localhost/api/v1/no-such-route"),
      new Request("http://localhost/api/v1/runs?nonsense=1"),
      new Request("http://localhost/api/v1/tasks/no-such-task/trigger", { method: "POST" }),
    ];
    for (const request of requests) expect((await refusal(await w.app.request(request))).status).toBe(401);
    expect(body.pull).not.toHaveBeenCalled();
  });
  test("any key of several is let in, and no keys let nobody in", () => {
    const keys = secretKeys(["first", "second", ""]);
    expect(["first", "second", "", "third", "First"].map((each) => keys.find(each) !== undefined)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(secretKeys([]).find("")).toBeUndefined();
  });
});

describe("keys of which only hashes are known", () => {
  const keys = hashedKeys([hashOfKey("first"), hashOfKey("second")]);
  test("are let in, and the hash itself is no key", () => {
    const given = ["first", "second", "third", hashOfKey("first")];
    expect(given.map((each) => keys.find(each) !== undefined)).toEqual([true, true, false, false]);
  });
  test("sign as the keys themselves do: a session lasts as long as the key that began it", () => {
    expect(keys.sign("text")).toEqual(secretKeys(["first", "second"]).sign("text"));
    expect(hashedKeys([hashOfKey("second")]).sign("text")).not.toContainEqual(keys.sign("text")[0]);
  });
  test("stand in a list in which nothing else does: a key that was put there is refused, and not shown", () => {
    const both = `${hashOfKey("a")}  ${hashOfKey("b")}\n`;
    expect(hashesIn({ HOLDFAST_KEY_HASHES: both })).toEqual([hashOfKey("a"), hashOfKey("b")]);
    expect([hashesIn({}), hashesIn({ HOLDFAST_KEY_HASHES: "" })]).toEqual([[], []]);
    for (const wrong of ["hf_live_1234", `${hashOfKey("a")} x`, hashOfKey("a").toUpperCase()])
      expect(() => hashesIn({ HOLDFAST_KEY_HASHES: wrong })).toThrow(/^HF411 (?!.*hf_live_1234)/);
  });
  test("are made of 32 random bytes, and say where they belong", () => {
    const made = Array.from({ length: 100 }, () => newSecretKey("live"));
    expect(new Set(made).size).toBe(100);
    expect(made.every((each) => /^hf_live_[0-9A-Za-z]{43}$/.test(each))).toBe(true);
  });
});

describe("hosts", () => {
  const allowedHosts = ["localhost", "127.0.0.1", "[::1]", "tasks.example.com:8080"];
  const w = world({ allowedHosts });
  const asking = (host: string) =>
    w.app.request("/api/v1/tasks", { headers: { host, authorization: `Bearer ${key}` } });
  test("a request under a foreign Host is refused, even with the key", async () => {
    for (const host of [
      "evil.example",
      "localhost.evil.example",
      "tasks.example.com",
      "tasks.example.com:1",
      "",
    ]) {
      expect(await refusal(await asking(host))).toMatchObject({ status: 403, code: "HF210" });
    }
  });
  test("an allowed Host is served at any port, or at the one that it names", async () => {
    for (const host of [
      "localhost",
      "LOCALHOST:7474",
      "127.0.0.1:1",
      "[::1]:7474",
      "tasks.example.com:8080",
    ]) {
      expect((await asking(host)).status).toBe(200);
    }
  });
});

describe("routes", () => {
  test("healthz answers without a key", async () => {
    const answer = await world().app.request("/healthz");
    expect([answer.status, await answer.json()]).toEqual([200, { ok: true }]);
  });
  test("an unknown route is 404, and a known one with another method is 405 and names its methods", async () => {
    const w = world();
    expect(await refusal(await w.send("GET", "/api/v1/nothing"))).toMatchObject({
      status: 404,
      code: "HF211",
    });
    const answer = await w.send("DELETE", "/api/v1/runs");
    expect(await refusal(answer)).toMatchObject({ status: 405, code: "HF211" });
    expect(answer.headers.get("allow")).toBe("GET");
    expect((await refusal(await w.app.request("/hooks/order", { method: "PUT" }))).status).toBe(405);
  });
  test("each have their place in docs/http-api.md, with a curl example", async () => {
    const page = await readFile(new URL("../../docs/http-api.md", import.meta.url), "utf8");
    const sections = page.split(/^### /m).slice(1);
    const { app } = world();
    const known = app.routes
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method} ${path}`);
    expect(sections.map((section) => /^`(.*)`\n/.exec(section)?.[1]).sort()).toEqual(known.sort());
    for (const section of sections) expect(section).toMatch(/```sh\n[^`]*curl /);
  });
  test("every answer forbids sniffing, framing and keeping, and allows no other origin", async () => {
    const w = world();
    const answers = [
      await w.app.request("/healthz"),
      await w.send("GET", "/api/v1/runs", undefined, { origin: "https://evil.example" }),
      await w.app.request("/api/v1/runs"),
      await w.send("GET", "/nothing"),
      await w.app.request("/api/v1/runs", { method: "OPTIONS", headers: { origin: "https://evil.example" } }),
    ];
    for (const { headers } of answers) {
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
      expect(headers.get("cache-control")).toBe("no-store");
      expect([...headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
  });
});

describe("failures", () => {
  test("an unexpected error tells the caller an id and nothing else, and the log all of it", async () => {
    const w = world();
    const broken = {
      ...w.ports,
      store: { ...w.ports.store, list: async () => Promise.reject(new Error("disk at /secret/path")) },
    };
    const b = world({ ports: broken });
    const answer = await b.send("GET", "/api/v1/runs");
    const body = (await answer.json()) as { id: string };
    expect([answer.status, body]).toEqual([
      500,
      {
        error: expect.any(String),
        code: "HF212",
        fix: expect.stringContaining(body.id),
        id: expect.stringMatching(/^err_/),
      },
    ]);
    expect(JSON.stringify(body)).not.toContain("secret");
    expect(b.logged).toMatchObject([
      { level: "error", fields: { id: body.id, method: "GET", route: "/api/v1/runs" } },
    ]);
    expect(JSON.stringify(b.logged)).toContain("disk at /secret/path");
    expect(JSON.stringify(b.logged)).not.toContain(key);
  });
});

test("an error of Holdfast's own that callers have no part in tells them as little", async () => {
  const error = new HoldfastError("HF401", "The folder /secret/path is in use.", "Stop process 7.");
  const { ports } = world();
  const w = world({ ports: { ...ports, store: { ...ports.store, list: () => Promise.reject(error) } } });
  const answer = await refusal(await w.send("GET", "/api/v1/runs"));
  expect(answer).toMatchObject({ status: 500, code: "HF212" });
  expect(JSON.stringify(answer)).not.toContain("secret");
});

describe("bodies", () => {
  const path = "/api/v1/tasks/order/trigger";
  const authorization = `Bearer ${key}`;
  const sized = (bytes: number): string =>
    JSON.stringify({ payload: "x".repeat(bytes - '{"payload":""}'.length) });
  test("a body of 3 MB starts a run, one byte more does not", async () => {
    const w = world();
    const over = sized(bodyBytesMax + 1);
    expect(await refusal(await w.send("POST", path, over))).toMatchObject({ status: 413, code: "HF206" });
    expect(await w.runs()).toEqual([]);
    expect((await w.send("POST", path, sized(bodyBytesMax))).status).toBe(200);
  });
  test("a body that is declared too large is refused without being read", async () => {
    const pull = vi.fn();
    const headers = { authorization, "content-length": String(bodyBytesMax + 1) };
    const body = new ReadableStream({ pull }, { highWaterMark: 0 });
    const init = { method: "POST", body, duplex: "half", headers } as RequestInit;
    expect(await refusal(await world().app.request(path, init))).toMatchObject({
      status: 413,
      code: "HF206",
    });
    expect(pull).not.toHaveBeenCalled();
  });
  test("an endless body without a length is refused while it streams", async () => {
    const w = world();
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536).fill(32));
      },
    });
    const init = { method: "POST", body, duplex: "half", headers: { authorization } } as RequestInit;
    expect(await refusal(await w.app.request(path, init))).toMatchObject({ status: 413, code: "HF206" });
    expect(sent).toBeLessThan(bodyBytesMax + 10 * 65_536);
    expect(await w.runs()).toEqual([]);
  });
  test("a body that is not JSON, or not UTF-8, is refused without being quoted", async () => {
    const w = world();
    const bodies = ['{"payload":', "secret-word", new Uint8Array([0x22, 0xff, 0x22]), '{"payload":1}x'];
    for (const body of bodies) {
      const answer = await refusal(
        await w.app.request(path, { method: "POST", body, headers: { authorization } }),
      );
      expect(answer).toMatchObject({ status: 400, code: "HF201" });
      expect(JSON.stringify(answer)).not.toContain("secret-word");
    }
    expect(await w.runs()).toEqual([]);
  });
  test("a body that is nested too deeply to be handled is refused, not a failure of the server", async () => {
    const w = world();
    for (const levels of [1_001, 100_000]) {
      const body = `{"payload":${"[".repeat(levels)}${"]".repeat(levels)}}`;
      expect(await refusal(await w.send("POST", path, body))).toMatchObject({ status: 422, code: "HF207" });
    }
    expect(await w.runs()).toEqual([]);
    const fine = `{"payload":${"[".repeat(500)}"${"[".repeat(5_000)}"${"]".repeat(500)}}`;
    expect((await w.send("POST", path, fine)).status).toBe(200);
  });
});
