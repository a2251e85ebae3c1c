/** How many requests are taken, and what who asks too much is told. */
import { describe, expect, test } from "vitest";
import { hashedKeys } from "../../functions/auth.ts";
import { hashOfKey } from "../../functions/secret-key.ts";
import { rateLimits } from "../../local/rate-limits.ts";
import { key, refusal, type World, world } from "./world.ts";

const limited = (perKey: number, refused: number): World =>
  world({
    keys: hashedKeys([hashOfKey(key), hashOfKey("another")]),
    limits: rateLimits({ perKey, refused }),
  });

const ask = (w: World, bearer: string, headers: Record<string, string> = {}): Promise<Response> =>
  w.send("GET", "/api/v1/tasks", undefined, { authorization: `Bearer ${bearer}`, ...headers });

const statuses = async (count: number, one: () => Promise<Response>): Promise<number[]> => {
  const found = [];
  for (let n = 0; n < count; n++) found.push((await one()).status);
  return found;
};

describe("a key", () => {
  test("that asks more often than it may is told when to ask again; other keys go on", async () => {
    const w = limited(3, 100);
    expect(await statuses(4, () => ask(w, key))).toEqual([200, 200, 200, 429]);
    const answer = await ask(w, key);
    const seconds = Number(answer.headers.get("retry-after"));
    expect(seconds > 0 && seconds <= 60).toBe(true);
    expect(await refusal(answer)).toMatchObject({ status: 429, code: "HF220" });
    expect((await ask(w, "another")).status).toBe(200);
  });
  test("that asks too often starts nothing", async () => {
    const w = limited(1, 100);
    await w.send("POST", "/api/v1/tasks/order/trigger", {});
    expect((await w.send("POST", "/api/v1/tasks/order/trigger", {})).status).toBe(429);
    expect((await w.send("POST", "/hooks/order", {})).status).toBe(429);
    expect(await w.runs()).toHaveLength(1);
  });
  test("may ask any number of times where the limit is 0", async () => {
    expect(new Set(await statuses(200, () => ask(limited(0, 1), key)))).toEqual(new Set([200]));
  });
});

describe("an address", () => {
  const from = (address: string) => ({ "x-forwarded-for": `1.1.1.1, ${address}` });
  test("whose requests are refused again and again is told to wait, by the address that the proxy has seen", async () => {
    const w = limited(100, 3);
    const wrong = () => ask(w, "wrong", from("2.2.2.2"));
    expect(await statuses(4, wrong)).toEqual([401, 401, 401, 429]);
    expect((await wrong()).headers.get("retry-after")).toMatch(/^\d+$/);
    expect((await ask(w, "wrong", from("3.3.3.3"))).status).toBe(401);
  });
  test("goes on with a good key, and forged webhooks count like wrong keys", async () => {
    const w = limited(100, 2);
    const forged = () =>
      Promise.resolve(
        w.app.request("/hooks/order", { method: "POST", body: "{}", headers: from("2.2.2.2") }),
      );
    expect(await statuses(3, forged)).toEqual([401, 401, 429]);
    expect((await ask(w, key, from("2.2.2.2"))).status).toBe(200);
  });
});
