/** Keys that may do less, or end: every route with every scope. */
import { describe, expect, test } from "vitest";
import { type KeyScope, type KnownKey, keyEntry, keyScopes, parseKey } from "../../functions/api-keys.ts";
import { hashedKeys } from "../../functions/auth.ts";
import { scopedRoutes } from "../../functions/key-scopes.ts";
import { noteUses } from "../../functions/key-uses.ts";
import { hashOfKey } from "../../functions/secret-key.ts";
import { key, refusal, trigger, type World, world } from "./world.ts";

const made = (name: string, more: Partial<KnownKey> = {}): KnownKey => ({
  hash: hashOfKey(name),
  scopes: ["admin"],
  ...more,
});

const served = (...keys: readonly KnownKey[]): World =>
  world({ keys: hashedKeys([hashOfKey(key), ...keys.map(keyEntry)]) });

/** A stream that says nothing is waited for no longer than it takes to be let in. */
const ask = (w: World, method: string, path: string, bearer: string, body?: unknown): Promise<Response> =>
  w.send(method, path, body, { authorization: `Bearer ${bearer}`, "timeout-seconds": "1" });

/** Routes of the app that need a key. */
const guarded = served()
  .app.routes.filter(({ method, path }) => method !== "ALL" && /^\/(api|realtime|metrics)/.test(path))
  .map(({ method, path }) => `${method} ${path}`)
  .filter((route) => !/\/callback\/|\/packets\/:ref|\/upload\/|\/timezones$/.test(route));

test("every route of the app that needs a key is in the table, and no other", () => {
  const listed = scopedRoutes.map(([method, path]) => `${method} ${path}`);
  expect([...new Set(guarded)].sort()).toEqual([...listed].sort());
});

/** A path of a route, about something that is there where that decides. */
const pathOf = (path: string, run: string): string =>
  path
    .replace(/(runs|streams)\/:id/, `$1/${run}`)
    .replace("/tasks/:id", "/tasks/order")
    .replace("/batches/:id/items", `/batches/batch_${"0".repeat(23)}1/items`)
    .replace(/:\w+/g, "something");

/** A body about the task "order", for routes that look there. */
function bodyAbout(path: string): object {
  if (path.includes("idempotencyKeys")) return { taskIdentifier: "order" };
  if (path === "/api/v3/batches") return { runCount: 1, taskIdentifiers: ["order"] };
  return path.includes("/v3/") ? { index: 0, task: "order" } : { items: [{ task: "order" }] };
}

describe.each(scopedRoutes)("%s %s", (method, path, scope, subject) => {
  test("takes keys with its scope or with admin, and no other; HF219 is said before the body is looked at", async () => {
    const w = served(...keyScopes.map((each) => made(each, { scopes: [each] })));
    const run = await trigger(w);
    for (const each of keyScopes) {
      const answer = await ask(w, method, pathOf(path, run), each, method === "GET" ? undefined : "{");
      const isForbidden = answer.status === 403 && (await refusal(answer)).code === "HF219";
      expect([each, isForbidden]).toEqual([each, each !== scope && each !== "admin"]);
      expect(answer.status).not.toBe(401);
    }
  });

  test("takes a key of some tasks for those alone", async () => {
    const w = served(made("mine", { tasks: ["order"] }), made("other", { tasks: ["report"] }));
    const run = await trigger(w);
    const query = subject === "list" ? "?task=order" : "";
    const body = subject === "items" ? bodyAbout(path) : method === "GET" ? undefined : {};
    const allowed = async (bearer: string) =>
      (await ask(w, method, `${pathOf(path, run)}${query}`, bearer, body)).status !== 403;
    expect([await allowed("mine"), await allowed("other")]).toEqual([subject !== "none", subject === "any"]);
  });
});

describe("a key of some tasks", () => {
  const w = served(made("mine", { tasks: ["order"], scopes: ["read", "trigger"] }));
  test.each([
    "/api/v1/runs",
    "/api/v1/runs?task=order&task=report",
    "/api/v1/runs?filter[taskIdentifier]=order,report",
    "/api/v1/runs?tag=a",
    "/api/v3/runs/run_none",
  ])("does not look at %s", async (path) => {
    expect(await refusal(await ask(w, "GET", path, "mine"))).toMatchObject({ status: 403, code: "HF219" });
  });
  test("starts no batch with another task in it, and no item of it", async () => {
    const answer = await ask(w, "POST", "/api/v2/tasks/batch", "mine", {
      items: [{ task: "order" }, { task: "report" }],
    });
    expect(await refusal(answer)).toMatchObject({ status: 403, code: "HF219" });
    expect(await w.runs()).toEqual([]);
  });
  test("is good at the webhooks of its tasks, if it may trigger", async () => {
    const hooks = served(
      made("mine", { tasks: ["order"], scopes: ["trigger"] }),
      made("reader", { scopes: ["read"] }),
    );
    const statuses = [];
    for (const [task, bearer] of [
      ["order", "mine"],
      ["report", "mine"],
      ["order", "reader"],
    ] as const)
      statuses.push((await ask(hooks, "POST", `/hooks/${task}`, bearer, {})).status);
    expect(statuses).toEqual([202, 403, 403]);
  });
});

test("a key whose time is over is refused from that moment on, and others go on: two and more are alive at once", async () => {
  let shift = 0;
  const expiresAt = Date.now() + 60_000;
  const keys = hashedKeys([hashOfKey(key), keyEntry(made("short", { expiresAt })), keyEntry(made("long"))]);
  const w = world({ keys, shift: () => shift });
  const statuses = async () =>
    Promise.all(
      [key, "short", "long"].map(async (each) => (await ask(w, "GET", "/api/v1/tasks", each)).status),
    );
  expect(await statuses()).toEqual([200, 200, 200]);
  shift = 60_001;
  expect(await statuses()).toEqual([200, 401, 200]);
  expect((await refusal(await ask(w, "GET", "/api/v1/tasks", "short"))).error).toContain("expired");
});

test("only a key that may do everything for ever signs sessions and public tokens, or signs in", async () => {
  const lesser = [
    made("reader", { scopes: ["read", "trigger", "cancel"] }),
    made("ends", { expiresAt: Date.now() + 1e9 }),
    made("some", { tasks: ["order"] }),
  ];
  expect(hashedKeys(lesser.map(keyEntry)).sign("text")).toEqual([]);
  const w = served(...lesser);
  for (const name of ["reader", "ends", "some"]) {
    const answer = await w.app.request("/session", {
      method: "POST",
      headers: { "sec-fetch-site": "same-origin" },
      body: JSON.stringify({ key: name }),
    });
    expect(await refusal(answer)).toMatchObject({ status: 403, code: "HF219" });
  }
});

describe("an entry", () => {
  test("says all of a key, without spaces, and a hash alone is a key that may do everything, as ever", () => {
    const keys: KnownKey[] = [
      { hash: hashOfKey("a"), scopes: ["admin"] },
      {
        hash: hashOfKey("b"),
        name: "the CI & more?",
        scopes: ["trigger", "read"] as KeyScope[],
        tasks: ["a b", "c&d=e?"],
        createdAt: Date.UTC(2026, 0, 1),
        expiresAt: Date.UTC(2027, 0, 1),
      },
    ];
    expect(keys.map(keyEntry).map(parseKey)).toMatchObject(keys);
    expect(keys.map(keyEntry).join("")).not.toMatch(/\s/);
    expect(keyEntry(keys[0] as KnownKey)).toBe(hashOfKey("a"));
  });
  test.each([
    "?scope=all",
    "?scope=",
    "?",
    "?scope=read&more=1",
    "?scope=read?x",
    "?scope=read&expires=soon",
    "?name=a",
  ])("that is none is refused as a whole: %s", (rest) => {
    expect(() => parseKey(`${hashOfKey("a")}${rest}`)).toThrow("HF411");
  });
});

test("a use is noted once in a while, whatever is asked meanwhile", () => {
  const noted: [string, number][] = [];
  const use = noteUses(60, (id, at) => void noted.push([id, at]));
  for (let at = 0; at < 200; at++) use(at % 2 === 0 ? "a" : "b", at);
  expect(noted.map(([id, at]) => `${id} ${at}`)).toEqual([
    "a 0",
    "b 1",
    "a 60",
    "b 61",
    "a 120",
    "b 121",
    "a 180",
    "b 181",
  ]);
});
