/** Tokens for browsers: what they open, and that they open nothing else. */
import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { hashOfKey } from "../../functions/secret-key.ts";
import { auth } from "../../sdk/auth.ts";
import { configure } from "../../sdk/config.ts";
import type { PublicTokenScopes } from "../../sdk/public-token.ts";
import { tasks } from "../../sdk/tasks.ts";
import { clientOf } from "../sdk/client-of.ts";
import { end, key, trigger, type World, world } from "./world.ts";

beforeEach(() => configure({ secretKey: key, baseURL: "http://localhost:7474" }));
afterEach(() => void vi.useRealTimers());

const as = (w: World, token: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  w.app.request(path, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const make = (scopes: PublicTokenScopes, expirationTime?: string) =>
  auth.createPublicToken(expirationTime === undefined ? { scopes } : { scopes, expirationTime });
const status = async (answer: Response | Promise<Response>): Promise<number> => (await answer).status;

describe("a public token", () => {
  test("lets look at runs by their ids, tags and tasks, and at no others", async () => {
    const w = world();
    const [one, two] = [
      await trigger(w, { options: { tags: "user_1" } }),
      await trigger(w, { options: { tags: "user_2" } }),
    ];
    const look = async (token: string, id: string) => status(as(w, token, `/api/v3/runs/${id}`));
    for (const scopes of [{ read: { runs: one } }, { read: { tags: ["user_1"] } }] as const) {
      const token = await make(scopes);
      expect([await look(token, one ?? ""), await look(token, two ?? "")]).toEqual([200, 403]);
      expect(await look(token, "run_none")).toBe(403);
      expect(await look(token, "%E0%A4%A")).toBe(403);
    }
    const byTask = await make({ read: { tasks: ["order"] } });
    expect([
      await look(byTask, one ?? ""),
      await look(await make({ read: { tasks: "other" } }), one ?? ""),
    ]).toEqual([200, 403]);
    expect(await look(await make({ read: { runs: true } }), two ?? "")).toBe(200);
  });

  test("lets look at the runs of its batch, and at no others", async () => {
    const w = world();
    const items = [{ task: "order" }];
    const made = async () =>
      (await (await w.send("POST", "/api/v2/tasks/batch", { items })).json()) as {
        id: string;
        runs: { id: string }[];
      };
    const [one, two] = [await made(), await made()];
    const token = await make({ read: { batch: one.id } });
    const look = (path: string) => status(as(w, token, path));
    expect([
      await look(`/api/v3/runs/${one.runs[0]?.id}`),
      await look(`/api/v3/runs/${two.runs[0]?.id}`),
      await look(`/api/v1/runs?batch=${one.id}`),
      await look(`/api/v1/runs?batch=${one.id}&batch=${two.id}`),
      await look("/api/v1/runs"),
    ]).toEqual([200, 403, 200, 403, 403]);
  });

  test("that starts a run is given one that lets look at it, and at nothing else", async () => {
    const w = world();
    const token = await auth.createTriggerPublicToken("order");
    const answer = await as(w, token, "/api/v1/tasks/order/trigger", { payload: 1 });
    const { id, publicAccessToken } = (await answer.json()) as Record<string, string>;
    const other = await trigger(w);
    const look = (run: string | undefined) => status(as(w, publicAccessToken ?? "", `/api/v3/runs/${run}`));
    expect([await look(id), await look(other)]).toEqual([200, 403]);
    expect(await (await w.send("POST", "/api/v1/tasks/order/trigger", {})).json()).not.toHaveProperty(
      "publicAccessToken",
    );
  });

  test("lists only what is narrowed down to its own tags or tasks", async () => {
    const w = world();
    const token = await make({ read: { tags: ["a", "b"] } });
    const list = (query: string) => status(as(w, token, `/api/v1/runs${query}`));
    expect(
      await Promise.all(["?tag=a", "?tag=a&tag=b", "?tag=a&tag=c", "?tag=c", "", "?task=order"].map(list)),
    ).toEqual([200, 200, 403, 403, 403, 403]);
  });

  test("starts the tasks that it names", async () => {
    const w = world();
    const token = await auth.createTriggerPublicToken("order");
    expect(await status(as(w, token, "/api/v1/tasks/order/trigger", { payload: 1 }))).toBe(200);
    expect(await status(as(w, token, "/api/v1/tasks/report/trigger", {}))).toBe(403);
    expect(await w.runs()).toHaveLength(1);
  });

  test("completes the tokens that it names", async () => {
    const w = world();
    const ids = await Promise.all(
      [1, 2].map(
        async () =>
          ((await (await w.send("POST", "/api/v1/waitpoints/tokens", {})).json()) as { id: string }).id,
      ),
    );
    const token = await make({ write: { waitpoints: ids[0] as string } });
    const complete = (id: string) =>
      status(as(w, token, `/api/v1/waitpoints/tokens/${id}/complete`, { data: 1 }));
    expect([await complete(ids[0] ?? ""), await complete(ids[1] ?? "")]).toEqual([200, 403]);
  });

  test("sends to the input streams of the runs that it names, also from a page of another site", async () => {
    const w = world();
    const [one = "", two = ""] = [await trigger(w), await trigger(w)];
    const token = await make({ write: { inputStreams: one } });
    const origin = { origin: "https://shop.example" };
    const send = (id: string) => as(w, token, `/realtime/v1/streams/${id}/input/in`, { data: 1 }, origin);
    expect([await status(send(one)), await status(send(two))]).toEqual([200, 403]);
    expect((await send(one)).headers.get("access-control-allow-origin")).toBe("*");
    expect([await w.ports.store.inbox(one), await w.ports.store.inbox(two)]).toMatchObject([[{}, {}], []]);
  });

  test("opens nothing else, whatever its scopes", async () => {
    const w = world();
    const id = await trigger(w);
    await end(w, id, "failed");
    const token = await make({
      read: { runs: true, tags: true, tasks: true },
      write: { waitpoints: true, inputStreams: true },
      trigger: { tasks: true },
    });
    const gets = [
      "/api/v1/tasks",
      `/api/v1/runs/${id}/checkpoints`,
      `/api/v1/runs/${id}/logs`,
      "/api/v1/dead-letters",
      "/api/v1/schedules",
      "/metrics",
      "/api/v1/waitpoints/tokens",
      "/api/v1/runs",
    ];
    const posts = [
      `/api/v2/runs/${id}/cancel`,
      `/api/v1/runs/${id}/resume`,
      `/api/v1/runs/${id}/replay`,
      "/api/v2/tasks/batch",
      "/api/v1/waitpoints/tokens",
    ];
    expect(await Promise.all(gets.map((path) => status(as(w, token, path))))).toEqual(gets.map(() => 403));
    expect(await Promise.all(posts.map((path) => status(as(w, token, path, {}))))).toEqual(
      posts.map(() => 403),
    );
    expect(await w.runs()).toHaveLength(1);
  });

  test("is over after its time: a quarter of an hour unless told otherwise", async () => {
    let shift = 0;
    const w = world({ shift: () => shift });
    const id = await trigger(w);
    const look = async (token: string) => status(as(w, token, `/api/v3/runs/${id}`));
    const [short, long] = [await make({ read: { runs: id } }), await make({ read: { runs: id } }, "2h")];
    shift = 14 * 60_000;
    expect([await look(short), await look(long)]).toEqual([200, 200]);
    shift = 16 * 60_000;
    expect([await look(short), await look(long)]).toEqual([403, 200]);
  });

  test("that is changed in any place, or signed by another key, lets nothing be done", async () => {
    const w = world();
    const id = await trigger(w);
    const good = await make({ read: { runs: "run_other" } });
    const [claims = "", signature = ""] = good.slice(7).split(".");
    const more = Buffer.from(
      JSON.stringify({ scopes: { read: { runs: true } }, exp: 9_999_999_999 }),
    ).toString("base64url");
    const mac = createHmac("sha256", Buffer.from(hashOfKey("another key"), "hex"))
      .update(`holdfast: public ${more}`)
      .digest("base64url");
    const bad = [
      `hf_pub_${more}.${signature}`,
      `hf_pub_${more}.${mac}`,
      `hf_pub_${claims}.`,
      `hf_pub_${claims}`,
      `hf_pub_.${signature}`,
      `${good}.x`,
      `${good}A`,
      "hf_pub_",
    ];
    for (const token of bad)
      expect([token, await status(as(w, token, `/api/v3/runs/${id}`))]).toEqual([token, 401]);
  });
});

test("pages of other sites may call with such a token, and with nothing else", async () => {
  const w = world();
  const id = await trigger(w);
  const origin = { origin: "https://shop.example" };
  const token = await make({ read: { runs: id } });
  const answer = await as(w, token, `/api/v3/runs/${id}`, undefined, origin);
  expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([200, "*"]);
  const withKey = await as(w, key, `/api/v3/runs/${id}`, undefined, origin);
  expect(withKey.headers.get("access-control-allow-origin")).toBeNull();
  const asked = await w.app.request(`/api/v3/runs/${id}`, {
    method: "OPTIONS",
    headers: { ...origin, "access-control-request-headers": "authorization" },
  });
  expect([asked.status, asked.headers.get("access-control-allow-headers")]).toEqual([
    204,
    expect.stringContaining("authorization"),
  ]);
  expect(asked.headers.get("access-control-allow-credentials")).toBeNull();
});

test.each([
  ["no scopes", {}],
  ["a scope that there is not", { read: { waitpoints: "a" } }],
  ["a kind that there is not", { admin: { all: true } }],
  ["an empty id", { read: { runs: "" } }],
])("a token with %s is not made", async (_name, scopes) => {
  await expect(auth.createPublicToken({ scopes } as never)).rejects.toMatchObject({ code: "HF519" });
});

test("a token for longer than 30 days, or for a time that has passed, is not made", async () => {
  const scopes = { read: { runs: "a" } };
  for (const expirationTime of ["31d", new Date(0), 5])
    await expect(auth.createPublicToken({ scopes, expirationTime })).rejects.toMatchObject({ code: "HF519" });
});

test("the handle of a run that was triggered has a token that lets a browser look at that run", async () => {
  const w = world();
  vi.stubGlobal("fetch", clientOf(w).fetch);
  try {
    const { id, publicAccessToken = "" } = await tasks.trigger("order", { orderId: 7 });
    expect(await status(as(w, publicAccessToken, `/api/v3/runs/${id}`))).toBe(200);
    expect(await status(as(w, publicAccessToken, "/api/v3/runs/run_other"))).toBe(403);
  } finally {
    vi.unstubAllGlobals();
  }
});
