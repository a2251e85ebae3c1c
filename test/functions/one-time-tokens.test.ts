/** Tokens that start one run, or one batch, and then nothing; and tokens that the server makes for who has no key to sign with. */
import { beforeEach, describe, expect, expectTypeOf, test } from "vitest";
import { keyEntry } from "../../functions/api-keys.ts";
import { hashedKeys, letIn } from "../../functions/auth.ts";
import { hashOfKey } from "../../functions/secret-key.ts";
import { auth } from "../../sdk/auth.ts";
import { configure } from "../../sdk/config.ts";
import { key, trigger, type World, world } from "./world.ts";

const baseURL = "http://localhost:7474";
beforeEach(() => configure({ secretKey: key, baseURL }));

const requestKey = "x-trigger-request-idempotency-key";
const as = (w: World, token: string, path: string, body: unknown, request?: string) =>
  w.app.request(path, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      ...(request === undefined ? {} : { [requestKey]: request }),
    },
    body: JSON.stringify(body),
  });
const order = "/api/v1/tasks/order/trigger";
const batch = "/api/v2/tasks/batch";
const codes = async (answers: readonly (Response | Promise<Response>)[]) =>
  (await Promise.all(answers)).map(({ status }) => status);
/** Takes a way to the project that needs no key, as a task in AWS has. */
const keyless = (w: World) =>
  configure({
    transport: {
      address: "own",
      request: async ({ method, path, headers, body }) =>
        w.app.fetch(
          new Request(`https://own.invalid${path}`, {
            method,
            headers,
            ...(body === undefined ? {} : { body }),
          }),
          { [letIn]: true },
        ),
    },
  });

describe("a token for triggers", () => {
  test("starts one run: the second request is refused, and says why", async () => {
    const w = world();
    const token = await auth.createTriggerPublicToken("order");
    expect(await codes([as(w, token, order, { payload: 1 })])).toEqual([200]);
    const again = await as(w, token, order, { payload: 2 });
    expect(again.status).toBe(403);
    expect(await again.json()).toMatchObject({ code: "HF216", error: expect.stringContaining("used") });
    expect(await w.runs()).toHaveLength(1);
  });

  test("starts one run of a hundred requests at once", async () => {
    const w = world();
    const token = await auth.createTriggerPublicToken("order");
    const answers = await codes(
      Array.from({ length: 100 }, (_, n) => as(w, token, order, { payload: n }, n % 2 ? `r${n}` : undefined)),
    );
    expect(answers.filter((code) => code === 200)).toHaveLength(1);
    expect(await w.runs()).toHaveLength(1);
  });

  test("answers the same request, sent again because its answer was lost; and no other with that request's key", async () => {
    const w = world();
    const token = await auth.createTriggerPublicToken(["order", "report"]);
    const [one, two] = [
      await as(w, token, order, { payload: 1 }, "mine"),
      await as(w, token, order, { payload: 1 }, "mine"),
    ];
    expect(await two.json()).toMatchObject({ id: ((await one.json()) as { id: string }).id });
    expect(
      await codes([
        as(w, token, order, { payload: 2 }, "mine"),
        as(w, token, "/api/v1/tasks/report/trigger", { payload: 1 }, "mine"),
      ]),
    ).toEqual([403, 403]);
    expect(await w.runs()).toHaveLength(1);
  });

  test("is not used up by a request that starts nothing", async () => {
    const w = world();
    const token = await auth.createTriggerPublicToken(["order", "none"]);
    expect(
      await codes([
        as(w, token, order, { payload: 1, options: { ttl: "soon" } }),
        as(w, token, "/api/v1/tasks/none/trigger", {}),
        as(w, token, "/api/v1/tasks/report/trigger", {}),
      ]),
    ).toEqual([422, 404, 403]);
    expect(await codes([as(w, token, order, { payload: 1 })])).toEqual([200]);
  });

  test("two of them are two, though they were made of the same words in one moment", async () => {
    const w = world();
    const made = await Promise.all([1, 2].map(() => auth.createTriggerPublicToken("order")));
    expect(await codes(made.map((token) => as(w, token, order, {})))).toEqual([200, 200]);
  });

  test("starts many with multipleUse, and so does one of createPublicToken", async () => {
    const w = world();
    const many = await auth.createTriggerPublicToken("order", { multipleUse: true });
    const scoped = await auth.createPublicToken({ scopes: { trigger: { tasks: "order" } } });
    for (const token of [many, many, scoped, scoped])
      expect(await codes([as(w, token, order, {})])).toEqual([200]);
    expectTypeOf(auth.createTriggerPublicToken)
      .parameter(1)
      .extract<object>()
      .toHaveProperty("multipleUse")
      .toEqualTypeOf<boolean | undefined>();
  });

  test("that was used is not shown among the tokens that runs wait for, and nobody completes it", async () => {
    const w = world();
    await as(w, await auth.createTriggerPublicToken("order"), order, {});
    expect(await (await w.send("GET", "/api/v1/waitpoints/tokens")).json()).toMatchObject({ data: [] });
    const used = [...w.ports.store.contents().runs.keys()].find((id) => id.startsWith("waitpoint_"));
    expect((await w.send("POST", `/api/v1/waitpoints/tokens/${used}/complete`, {})).status).toBe(404);
    expect((await w.send("GET", `/api/v1/waitpoints/tokens/${used}`)).status).toBe(404);
  });
});

describe("a token for batches", () => {
  const items = [{ task: "order" }, { task: "order" }];

  test("starts one batch", async () => {
    const w = world();
    const token = await auth.createBatchTriggerPublicToken("order");
    const answers = await codes([1, 2, 3].map(() => as(w, token, batch, { items })));
    expect(answers.sort()).toEqual([200, 403, 403]);
    expect(await w.runs()).toHaveLength(2);
  });

  test("starts no batch that comes in several requests: before anything is started", async () => {
    const w = world();
    const token = await auth.createBatchTriggerPublicToken("order");
    for (const part of [
      { items, hasMore: true },
      { items, offset: 2 },
    ])
      expect(await (await as(w, token, batch, part, "one")).json()).toMatchObject({
        code: "HF216",
        fix: expect.stringContaining("multipleUse"),
      });
    expect(await w.runs()).toHaveLength(0);
    const many = await auth.createBatchTriggerPublicToken("order", { multipleUse: true });
    expect(await codes([as(w, many, batch, { items, hasMore: true }, "one")])).toEqual([200]);
    expect(await codes([as(w, many, batch, { items, offset: 2 }, "one")])).toEqual([200]);
    expect(await w.runs()).toHaveLength(4);
  });
});

describe("who has no key to sign with, and another way to the project", () => {
  test("has the server sign: its tokens let do what their scopes say, and nothing else", async () => {
    const w = world();
    const [one, two] = [await trigger(w), await trigger(w)];
    keyless(w);
    const token = await auth.createPublicToken({
      scopes: { read: { runs: [one as string, "run_a:b"] } },
      expirationTime: "1h",
    });
    const look = async (id: string | undefined) =>
      (await w.app.request(`/api/v3/runs/${id}`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect([await look(one), await look(two), await look("run_a:b")]).toEqual([200, 403, 404]);
    const all = await auth.createPublicToken({ scopes: { trigger: { tasks: true } } });
    expect(await codes([as(w, all, order, {}), as(w, all, "/api/v1/tasks/report/trigger", {})])).toEqual([
      200, 200,
    ]);
  });

  test("gets tokens that are used once, also for batches", async () => {
    const w = world();
    keyless(w);
    const one = await auth.createTriggerPublicToken("order");
    expect((await codes([as(w, one, order, {}), as(w, one, order, {})])).sort()).toEqual([200, 403]);
    const many = await auth.createBatchTriggerPublicToken("order", { multipleUse: true });
    const items = [{ task: "order" }];
    expect(await codes([as(w, many, batch, { items }), as(w, many, batch, { items })])).toEqual([200, 200]);
  });

  test("is refused scopes and times that are not valid, in words", async () => {
    const w = world();
    keyless(w);
    await expect(auth.createPublicToken({ scopes: {} })).rejects.toMatchObject({ code: "HF519" });
    await expect(
      auth.createPublicToken({ scopes: { read: { runs: "r" } }, expirationTime: "31d" }),
    ).rejects.toMatchObject({ code: "HF519" });
  });
});

describe("POST /api/v1/auth/public-tokens", () => {
  const path = "/api/v1/auth/public-tokens";

  test("takes Trigger.dev's words", async () => {
    const w = world();
    const soon = Math.floor(Date.now() / 1_000) + 600;
    for (const expirationTime of [undefined, "1h", soon]) {
      const body = { scopes: ["trigger:tasks:order", "read:tags"], expirationTime, oneTimeUse: false };
      const { token } = (await (await w.send("POST", path, body)).json()) as { token: string };
      expect(await codes([as(w, token, order, {}), as(w, token, order, {})])).toEqual([200, 200]);
    }
  });

  test("refuses what it cannot sign", async () => {
    const w = world();
    const bodies = [
      { scopes: [] },
      { scopes: ["read"] },
      { scopes: ["admin:everything"] },
      { scopes: ["read:runs:"] },
      { scopes: ["read:runs:r"], oneTimeUse: true },
      { scopes: ["read:runs:r"], expirationTime: 1 },
      { scopes: ["read:runs:r"], realtime: { skipColumns: "payload" } },
    ];
    for (const body of bodies) expect([body, (await w.send("POST", path, body)).status]).toEqual([body, 422]);
  });

  test("is for keys that may do everything for ever, and for no public token", async () => {
    const scoped = "hf_scoped_0123456789abcdef";
    const hash = hashOfKey(scoped);
    const entries = [
      keyEntry({ hash, scopes: ["trigger", "read"] }),
      keyEntry({ hash, scopes: ["admin"], tasks: ["order"] }),
      keyEntry({ hash, scopes: ["admin"], expiresAt: Date.now() + 3_600_000 }),
    ];
    for (const entry of entries) {
      const w = world({ keys: hashedKeys([hashOfKey(key), entry]) });
      expect(await codes([as(w, scoped, path, { scopes: ["read:runs"] })])).toEqual([403]);
    }
    const token = await auth.createPublicToken({
      scopes: { read: { runs: true }, trigger: { tasks: true }, batchTrigger: { tasks: true } },
    });
    expect(await codes([as(world(), token, path, { scopes: ["read:runs"] })])).toEqual([403]);
  });
});
