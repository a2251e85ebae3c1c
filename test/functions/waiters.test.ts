/** Waiters that callers outside of runs make: found by the deliveries that match, wherever no task's source names the paths. */
import { createHmac } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { decode } from "../../engine/codec.ts";
import { textOf } from "../../engine/new-run.ts";
import { createToken } from "../../engine/tokens.ts";
import { createWaiter } from "../../engine/waiters.ts";
import { webhooksOf } from "../../functions/webhook-endpoints.ts";
import { transform } from "../../transform/transform.ts";
import { refusal, type World, world } from "./world.ts";

const verifier = {
  ...{ scheme: "hmac", algorithm: "sha256", encoding: "hex", signatureHeader: "x-mac", signingString: "raw" },
  idempotencyField: { from: "body", name: "id" },
};
const { tasks, endpoints, matches, problems } = transform(
  `import { task, webhook, webhooks } from "holdfast";
   const source = webhooks.custom(${JSON.stringify(verifier)}, { secret: "S" });
   const shop = webhooks.endpoint.define({ id: "shop", source: webhooks.custom(${JSON.stringify(verifier)}, { secret: "S" }) });
   const mail = webhooks.endpoint.define({ id: "mail", source: webhooks.custom(${JSON.stringify(verifier)}, { secret: "S" }) });
   export const paid = webhook({ id: "paid", endpoint: shop, onEvent: async () => {} });
   export const own = webhook({ id: "own", source: webhooks.stripe(), onEvent: async () => {} });
   export const waits = task({ id: "waits", run: async () => {
     await webhooks.waiter.create(shop, { match: { "event.order": 7 } });
     await webhooks.waiter.create(shop, { match: { "event.invoice": 3 }, filter: "event.type == 'paid'" });
     await webhooks.waiter.create(shop, { timeout: "1h" });
     await webhooks.waiter.create(shop);
   } });`,
  { file: "tasks/shop.ts" },
);

let w: World;
let late: number;
beforeEach(() => {
  late = 0;
  w = world({
    code: {
      version: () => "1",
      tasks: () => tasks.map(({ id }) => ({ id })),
      ...webhooksOf({ tasks, webhooks: { endpoints, matches } }),
    },
    secretsNamed: () => ["hush"],
    shift: () => late,
  });
});

interface Made {
  readonly id: string;
  readonly url?: string;
  readonly expiresAt: string;
  readonly isCached: boolean;
}
const ask = (body: object, endpoint = "shop", headers = {}): Promise<Response> =>
  w.send("POST", `/api/v1/webhooks/endpoints/${endpoint}/waiters`, body, headers);
const make = async (...request: Parameters<typeof ask>): Promise<Made> => {
  const answer = await ask(...request);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Made;
};
const cancel = (id: string): Promise<Response> => w.send("POST", `/api/v1/webhooks/waiters/${id}/cancel`, {});

async function deliver(event: object, path = "/hooks/shop", secret = "hush"): Promise<Response> {
  const body = JSON.stringify(event);
  const headers = {
    "content-type": "application/json",
    "x-mac": createHmac("sha256", secret).update(body).digest("hex"),
  };
  return w.app.request(path, { method: "POST", body, headers });
}

async function state(id: string): Promise<unknown> {
  const head = await w.ports.store.read(id);
  if (head?.output === undefined) return head?.status;
  return [head.status, decode(await textOf(w.ports, head.output))];
}
const deliveryOf = (event: object, id = expect.any(String)) => [
  "COMPLETED",
  expect.objectContaining({
    event,
    deliveryId: id,
    endpoint: { id: "shop", declaredId: "shop", metadata: {} },
  }),
];

test("the build takes a waiter without a match", () => {
  expect(problems).toEqual([]);
  expect(matches).toEqual([["event.order"], ["event.invoice"], ["event.invoice", "filter"]]);
});

describe("a waiter with a match", () => {
  test("is ended by the delivery that has its values, at paths that no task's source names; others stay", async () => {
    const mine = await make({ match: { "event.cart": "c1", "header.x-shop": "berlin" }, timeout: "1h" });
    const other = await make({ match: { "event.cart": "c2" } });
    const elsewhere = await make({ match: { "event.cart": "c1" } }, "mail");
    expect(mine).toMatchObject({ isCached: false });
    expect(mine).not.toHaveProperty("url");
    expect(Date.parse(mine.expiresAt) - Date.now()).toBeGreaterThan(3_500_000);
    await deliver({ id: "d1", cart: "c1" });
    expect([await state(mine.id), await state(other.id)]).toEqual(["DELAYED", "DELAYED"]);
    const body = JSON.stringify({ id: "d2", cart: "c1" });
    const headers = {
      ...{ "content-type": "application/json", "x-shop": "berlin" },
      "x-mac": createHmac("sha256", "hush").update(body).digest("hex"),
    };
    const answer = await w.app.request("/hooks/shop", { method: "POST", body, headers });
    expect(await answer.json()).toMatchObject({ waiters: 1 });
    expect(await state(mine.id)).toEqual(deliveryOf({ id: "d2", cart: "c1" }, "d2"));
    expect([await state(other.id), await state(elsewhere.id)]).toEqual(["DELAYED", "DELAYED"]);
  });

  test("is shared by all that have the same match, and by the tasks' own", async () => {
    const first = await make({ match: { "event.order": 7 } });
    late = 5;
    expect(await make({ match: { "event.order": 7 } })).toMatchObject({ id: first.id, isCached: true });
    expect(await (await deliver({ id: "d", order: 7 })).json()).toMatchObject({ waiters: 1 });
  });

  test("with a key that is known is the first one that was made with it", async () => {
    const first = await make({ match: { "event.cart": 1 }, idempotencyKey: "k" });
    late = 5;
    const again = await make({ match: { "event.cart": 2 }, idempotencyKey: "k" });
    expect(again).toMatchObject({ id: first.id, isCached: true });
  });

  test("may name 25 sets of paths at an endpoint; one more is refused, those that are known are not", async () => {
    const set = (n: number) => ({ match: { [`event.p${n}`]: 1 } });
    for (let n = 0; n < 25; n++) await make(set(n));
    expect(await refusal(await ask(set(25)))).toMatchObject({ status: 422, code: "HF207" });
    await make({ match: { "event.p24": 2 } });
    await make(set(25), "mail");
    expect(await (await deliver({ id: "d", p0: 1, p24: 1, p25: 1 })).json()).toMatchObject({ waiters: 2 });
  });

  test("made at once with others of new sets, none of them is lost", async () => {
    const ids = await Promise.all([1, 2, 3].map((n) => make({ match: { [`event.q${n}`]: 1 } })));
    expect(await (await deliver({ id: "d", q1: 1, q2: 1, q3: 1 })).json()).toMatchObject({ waiters: 3 });
    for (const { id } of ids) expect(await state(id)).toEqual(deliveryOf({ id: "d", q1: 1, q2: 1, q3: 1 }));
  });

  test("leaves nothing in lists of runs and tokens but itself", async () => {
    const { id } = await make({ match: { "event.cart": 1 }, tags: ["cart"] });
    expect(await w.runs()).toEqual([]);
    const listed = (await (await w.send("GET", "/api/v1/waitpoints/tokens")).json()) as { data: object[] };
    expect(listed.data).toMatchObject([{ id, tags: ["webhook:shop", "cart"], status: "WAITING" }]);
  });
});

describe("a waiter with a filter", () => {
  const large = { match: { "event.cart": 1 }, filter: "event.amount > 10 && header.x-shop == null" };

  test("is ended by the first delivery that has its values and passes", async () => {
    const { id } = await make(large);
    expect(await (await deliver({ id: "d1", cart: 1, amount: 10 })).json()).toMatchObject({ waiters: 0 });
    expect(await (await deliver({ id: "d2", cart: 2, amount: 11 })).json()).toMatchObject({ waiters: 0 });
    expect(await state(id)).toBe("DELAYED");
    expect(await (await deliver({ id: "d3", cart: 1, amount: 11 })).json()).toMatchObject({ waiters: 1 });
    expect(await state(id)).toEqual(deliveryOf({ id: "d3", cart: 1, amount: 11 }, "d3"));
  });

  test("is one with others of the same match and filter; beside other filters, and beside one without, it has its own", async () => {
    const first = await make(large);
    late = 5;
    expect(await make({ ...large, timeout: "2h" })).toMatchObject({ id: first.id, isCached: true });
    const small = await make({ ...large, filter: "event.amount <= 10" });
    const any = await make({ match: large.match });
    expect(new Set([first.id, small.id, any.id]).size).toBe(3);
    await deliver({ id: "d", cart: 1, amount: 3 });
    expect(await state(first.id)).toBe("DELAYED");
    for (const { id } of [small, any])
      expect(await state(id)).toEqual(deliveryOf({ id: "d", cart: 1, amount: 3 }, "d"));
  });

  test("may be one of ten with the same match; made at once, none is lost; an eleventh filter is refused", async () => {
    const nth = (n: number) => ({ match: { "event.cart": 1 }, filter: `event.n == ${n}` });
    const made = await Promise.all(Array.from({ length: 10 }, (_, n) => make(nth(n))));
    expect(new Set(made.map(({ id }) => id)).size).toBe(10);
    expect(await refusal(await ask(nth(10)))).toMatchObject({ status: 422, code: "HF510" });
    await deliver({ id: "d", cart: 1, n: 9 });
    const open = await Promise.all(made.map(async ({ id }) => (await state(id)) === "DELAYED"));
    expect(open).toEqual([...Array.from({ length: 9 }, () => true), false]);
  });

  test("and an address of its own lets pass there what the filter does", async () => {
    const { id, url = "" } = await make({ filter: "event.type in ['paid', 'failed']" });
    const { pathname } = new URL(url);
    expect(await (await deliver({ id: "d1", type: "open" }, pathname)).json()).toEqual({
      runs: [],
      waiters: 0,
    });
    expect(await state(id)).toBe("DELAYED");
    await deliver({ id: "d2", type: "paid" }, pathname);
    expect(await state(id)).toEqual(deliveryOf({ id: "d2", type: "paid" }, "d2"));
  });

  test("of a task's own is found by what the build has read in its source", async () => {
    const filter = { op: "==", path: ["event", "type"], value: "paid" };
    const ids = { id: "waitpoint_y", endpoint: "shop", codeVersion: "1" };
    const head = await createWaiter(w.ports, { ...ids, match: { "event.invoice": 3 }, filter });
    await deliver({ id: "d1", invoice: 3, type: "open" });
    expect(await state(head.id)).toBe("DELAYED");
    await deliver({ id: "d2", invoice: 3, type: "paid" });
    expect(await state(head.id)).toEqual(deliveryOf({ id: "d2", invoice: 3, type: "paid" }, "d2"));
  });
});

describe("a waiter without a match", () => {
  test("has an address of its own: a signed delivery there ends it alone, and starts no run", async () => {
    const [mine, other] = [await make({ timeout: "2h" }), await make({})];
    expect(mine.url).toBe(`http://localhost/hooks/shop/${mine.id}`);
    const answer = await deliver({ id: "d" }, `/hooks/shop/${mine.id}`);
    expect([answer.status, await answer.json()]).toEqual([200, { runs: [], waiters: 1 }]);
    expect([await state(mine.id), await state(other.id)]).toEqual([deliveryOf({ id: "d" }, "d"), "DELAYED"]);
    expect(await w.runs()).toEqual([]);
  });

  test("is ended by nobody who does not sign, and not at another endpoint", async () => {
    const { id } = await make({});
    const token = await createToken(w.ports, { codeVersion: "1" });
    const said = async (path: string, secret?: string) => {
      const { status, code } = await refusal(await deliver({ id: "d" }, path, secret));
      return [status, code];
    };
    expect(await said(`/hooks/shop/${id}`, "wrong")).toEqual([401, "HF204"]);
    expect(await said(`/hooks/nobody/${id}`)).toEqual([401, "HF204"]);
    expect(await said(`/hooks/mail/${id}`)).toEqual([404, "HF208"]);
    expect(await said(`/hooks/shop/${token.head.id}`)).toEqual([404, "HF208"]);
    expect(await said("/hooks/shop/waitpoint_none")).toEqual([404, "HF208"]);
    expect(await state(id)).toBe("DELAYED");
  });

  test("is made once by a request that is sent again", async () => {
    const again = { "x-trigger-request-idempotency-key": "r1" };
    expect((await make({}, "shop", again)).id).toBe((await make({}, "shop", again)).id);
    expect((await make({})).id).not.toBe((await make({})).id);
  });
});

describe("cancel", () => {
  test("ends a waiter that is open; a delivery that comes then ends nothing", async () => {
    const { id } = await make({ match: { "event.cart": 1 } });
    expect(await (await cancel(id)).json()).toEqual({ cancelled: true });
    expect(await (await cancel(id)).json()).toEqual({ cancelled: true });
    await deliver({ id: "d", cart: 1 });
    expect(await w.ports.store.read(id)).toMatchObject({
      status: "EXPIRED",
      error: { name: "WebhookWaiterCancelledError" },
    });
  });

  test("behind a delivery is too late, and tells which; so it is behind the time-out", async () => {
    const { id } = await make({ match: { "event.cart": 1 } });
    await deliver({ id: "d9", cart: 1 });
    expect(await (await cancel(id)).json()).toEqual({
      cancelled: false,
      reason: "too_late",
      deliveryId: "d9",
    });
    expect(await state(id)).toEqual(deliveryOf({ id: "d9", cart: 1 }, "d9"));
  });

  test("of what is no waiter is refused", async () => {
    const token = await createToken(w.ports, { codeVersion: "1" });
    for (const id of [token.head.id, "waitpoint_none"])
      expect(await refusal(await cancel(id))).toMatchObject({ status: 404, code: "HF208" });
    expect(await state(token.head.id)).toBe("DELAYED");
  });
});

describe("refused", () => {
  test.each([
    ["an endpoint that there is not", "nobody", {}, [404, "HF235"]],
    ["a task's own address", "own", {}, [404, "HF235"]],
    [
      "six paths",
      "shop",
      { match: Object.fromEntries([1, 2, 3, 4, 5, 6].map((n) => [`event.p${n}`, n])) },
      [422, "HF510"],
    ],
    ["no path", "shop", { match: {} }, [422, "HF510"]],
    ["a path of nothing", "shop", { match: { cart: 1 } }, [422, "HF510"]],
    ["an object to match", "shop", { match: { "event.cart": {} } }, [422, "HF207"]],
    ["more than 90 days", "shop", { timeout: "91d" }, [422, "HF510"]],
    ["a filter that is none", "shop", { filter: "event.a" }, [422, "HF510"]],
    ["a filter that is no text", "shop", { filter: 1 }, [422, "HF207"]],
    ["a filter of 4,097 characters", "shop", { filter: `event.a == '${"x".repeat(4085)}'` }, [422, "HF510"]],
    ["11 tags", "shop", { tags: Array.from({ length: 11 }, (_, n) => `t${n}`) }, [422, "HF207"]],
  ] as const)("%s", async (_, endpoint, body, wanted) => {
    const { status, code } = await refusal(await ask(body, endpoint));
    expect([status, code]).toEqual(wanted);
    expect((await w.ports.store.list({ task: ["holdfast/token"], limit: 10 })).runs).toEqual([]);
  });
});

test("a waiter of 5 paths and 90 days is taken", async () => {
  const match = Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`event.p${n}`, n]));
  await make({ match, timeout: "90d" });
  const head = await createWaiter(w.ports, { id: "waitpoint_x", endpoint: "shop", match, codeVersion: "1" });
  expect(head.tags).toEqual(["webhook:shop"]);
});
