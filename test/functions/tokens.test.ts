/** The routes of tokens: make, look at, list, complete; and what is open to all. */
import { describe, expect, test } from "vitest";
import { tokenRung } from "../../engine/token-ends.ts";
import { world } from "./world.ts";

const base = "/api/v1/waitpoints/tokens";

interface Made {
  readonly id: string;
  readonly url: string;
  readonly isCached: boolean;
  readonly publicAccessToken: string;
}

type W = ReturnType<typeof world>;
const make = async (w: W, body: unknown = {}, headers: Record<string, string> = {}): Promise<Made> =>
  (await (await w.send("POST", base, body, headers)).json()) as Made;
const look = async (w: W, id: string): Promise<Record<string, unknown>> =>
  (await (await w.send("GET", `${base}/${id}`)).json()) as Record<string, unknown>;
const post = (w: W, path: string, body: string, headers: Record<string, string> = {}): Promise<Response> =>
  Promise.resolve(
    w.app.request(path, {
      method: "POST",
      body,
      headers: { "content-type": "application/json", ...headers },
    }),
  );

describe("a token", () => {
  test("is made, looked at and completed with the key", async () => {
    const w = world();
    const { id, isCached, url } = await make(w, { timeout: "1h", tags: ["a", "b"] });
    expect([id.startsWith("waitpoint_"), isCached, url.includes(`${base}/${id}/callback/`)]).toEqual([
      true,
      false,
      true,
    ]);
    expect(await look(w, id)).toMatchObject({ id, url, status: "WAITING", tags: ["a", "b"] });
    const done = await w.send("POST", `${base}/${id}/complete`, { data: { by: "ada" } });
    expect([done.status, await done.json()]).toEqual([200, { success: true }]);
    expect(await look(w, id)).toMatchObject({ status: "COMPLETED", output: { by: "ada" } });
  });

  test("that has ended stays as it is when it is completed again", async () => {
    const w = world();
    const { id } = await make(w);
    await w.send("POST", `${base}/${id}/complete`, { data: 1 });
    expect((await w.send("POST", `${base}/${id}/complete`, { data: 2 })).status).toBe(200);
    expect(await look(w, id)).toMatchObject({ output: 1 });
  });

  test("with the same idempotency key, or of the same request, is the same token with the same address", async () => {
    const w = world();
    const first = await make(w, { idempotencyKey: "k" });
    expect(await make(w, { idempotencyKey: "k" })).toEqual({ ...first, isCached: true });
    const headers = { "x-trigger-request-idempotency-key": "r1" };
    const made = await make(w, {}, headers);
    expect(await make(w, {}, headers)).toEqual(made);
  });

  test("is completed at its own address without a key, with whatever JSON or text comes", async () => {
    const w = world();
    const { id, url } = await make(w);
    expect((await post(w, new URL(url).pathname, '{"ok":1}')).status).toBe(200);
    expect(await look(w, id)).toMatchObject({ status: "COMPLETED", output: { ok: 1 } });
  });

  test("is completed by a bearer of its own, which opens nothing else", async () => {
    const w = world();
    const one = await make(w);
    const other = await make(w);
    const authorization = `Bearer ${one.publicAccessToken}`;
    expect((await post(w, `${base}/${other.id}/complete`, "{}", { authorization })).status).toBe(401);
    expect((await w.app.request(`${base}/${one.id}`, { headers: { authorization } })).status).toBe(401);
    expect((await w.app.request("/api/v1/runs", { headers: { authorization } })).status).toBe(401);
    expect((await post(w, `${base}/${one.id}/complete`, '{"data":3}', { authorization })).status).toBe(200);
    expect(await look(w, one.id)).toMatchObject({ output: 3 });
    expect(await look(w, other.id)).toMatchObject({ status: "WAITING" });
  });
});

describe("is refused, and changes nothing:", () => {
  test("a wrong address, of a token that there is or not", async () => {
    const w = world();
    const { id, url } = await make(w);
    const { pathname } = new URL(url);
    const wrong = [
      `${pathname.slice(0, -1)}é`,
      `${pathname}x`,
      `${base}/waitpoint_none/callback/${"0".repeat(48)}`,
      `${base}/run_1/callback/x`,
    ];
    for (const path of wrong) expect((await post(w, encodeURI(path), "1")).status).toBe(401);
    expect(await look(w, id)).toMatchObject({ status: "WAITING" });
  });

  test("a request without a key", async () => {
    const w = world();
    const { id } = await make(w);
    for (const path of [base, `${base}/${id}/complete`]) expect((await post(w, path, "{}")).status).toBe(401);
    expect((await w.app.request(`${base}/${id}`)).status).toBe(401);
  });

  test.each([
    ["an unknown field", { nope: 1 }],
    ["a time-out that is none", { timeout: "soon" }],
    ["too many tags", { tags: Array.from({ length: 11 }, (_, n) => `t${n}`) }],
  ])("%s", async (_name, body) => {
    const w = world();
    expect((await w.send("POST", base, body)).status).toBe(422);
    expect((await w.ports.store.list({ limit: 9, task: ["holdfast/token"] })).runs).toEqual([]);
  });

  test("an unknown token", async () => {
    const w = world();
    expect((await w.send("GET", `${base}/waitpoint_none`)).status).toBe(404);
    expect((await w.send("POST", `${base}/waitpoint_none/complete`, {})).status).toBe(404);
  });

  test("a token where a run is asked for: its address would be shown", async () => {
    const w = world();
    const { id } = await make(w);
    expect((await w.send("GET", `/api/v3/runs/${id}`)).status).toBe(404);
    expect((await w.send("POST", `/api/v2/runs/${id}/cancel`, {})).status).toBe(404);
    const runs = (await (await w.send("GET", "/api/v1/runs")).json()) as { data: unknown[] };
    expect(runs.data).toEqual([]);
  });
});

test("tokens are listed newest first, by status and tag, in pages", async () => {
  const w = world();
  const made = [await make(w, { tags: "a" }), await make(w, { tags: "b" }), await make(w, { tags: "b" })];
  await w.send("POST", `${base}/${made[1]?.id}/complete`, {});
  const list = async (query: string) =>
    (await (await w.send("GET", `${base}?${query}`)).json()) as {
      data: { id: string }[];
      pagination: { next?: string };
    };
  const ids = async (query: string) => (await list(query)).data.map(({ id }) => id);
  expect((await ids("")).sort()).toEqual(made.map(({ id }) => id).sort());
  expect(await ids("status=COMPLETED")).toEqual([made[1]?.id]);
  expect((await ids("status=WAITING&tag=b")).sort()).toEqual([made[2]?.id]);
  const first = await list("limit=2");
  expect([...first.data, ...(await list(`after=${first.pagination.next}`)).data]).toHaveLength(3);
});

test("tokens are found by their idempotency key, which is compared as a whole, commas and all", async () => {
  const w = world();
  const { id } = await make(w, { idempotencyKey: "order,7" });
  await make(w, { idempotencyKey: "order" });
  await make(w);
  const found = async (key: string): Promise<string[]> => {
    const answer = await w.send("GET", `${base}?filter[idempotencyKey]=${encodeURIComponent(key)}`);
    return ((await answer.json()) as { data: { id: string }[] }).data.map((token) => token.id);
  };
  expect([await found("order,7"), await found("7")]).toEqual([[id], []]);
});

test("Trigger.dev's client is given output and error of a token as text, in one place", async () => {
  const clock = { late: 0 };
  const w = world({ shift: () => clock.late });
  const [done, late, open] = [await make(w), await make(w, { timeout: "1s" }), await make(w)];
  await w.send("POST", `${base}/${done.id}/complete`, { data: { by: "ada" } });
  clock.late = 2_000;
  await tokenRung(w.ports, late.id);
  const shown = async ({ id }: Made) =>
    (await w.send("GET", `${base}/${id}`, undefined, { "trigger-version": "4.8.3" })).json();
  expect(await shown(done)).toMatchObject({ output: '{"by":"ada"}', outputType: "application/json" });
  expect(await shown(late)).toMatchObject({
    status: "TIMED_OUT",
    output: expect.stringContaining("WaitpointTimeoutError"),
    outputIsError: true,
  });
  expect(await shown(open)).not.toHaveProperty("output");
});
