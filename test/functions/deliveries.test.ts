/** What is noted of deliveries of webhooks: how each ended, which runs it started, and nothing that its sender wrote. */
import { beforeEach, describe, expect, test } from "vitest";
import type { DeliveryNote } from "../../functions/delivery-notes.ts";
import { webhooksOf } from "../../functions/webhook-endpoints.ts";
import { transform } from "../../transform/transform.ts";
import { make } from "./senders.ts";
import { get, key, refusal, type World, world } from "./world.ts";

const source = `
import { task, webhook, webhooks } from "holdfast";
export const stripe = webhook({ id: "stripe", source: webhooks.stripe(), filter: "event.type == 'paid'", onEvent: async () => {} });
export const slack = webhook({ id: "slack", source: webhooks.slack(), onEvent: async () => {} });
const shared = webhooks.endpoint.define({ id: "payments", source: webhooks.stripe({ secret: "SHARED_SECRET" }) });
export const plain = task({ id: "plain", run: async () => {} });
export const own = task({ id: "own", webhookSecret: "OWN_SECRET", run: async () => {} });`;
const { tasks, endpoints, matches } = transform(source, { file: "tasks/hooks.ts" });
const secrets: Readonly<Record<string, readonly string[]>> = {
  STRIPE_WEBHOOK_SECRET: ["whsec_stripe"],
  SLACK_SIGNING_SECRET: ["8f742231b10e8888abcd99yyyzzz85a5"],
};

const served = (over: Parameters<typeof world>[0] = {}): World =>
  world({
    code: {
      version: () => "1",
      tasks: () =>
        tasks.map(({ id, webhookSecret }) => ({ id, ...(webhookSecret ? { webhookSecret } : {}) })),
      ...webhooksOf({ tasks, webhooks: { endpoints, matches } }),
    },
    secretsNamed: (setting) => secrets[setting] ?? [],
    ...over,
  });

async function send(
  w: World,
  by: string,
  event: object,
  set: { readonly secret?: string } = {},
): Promise<Response> {
  const { hook, body, headers } = await make(by, event, set);
  return w.app.request(`/hooks/${hook}`, {
    method: "POST",
    body,
    headers: { "content-type": "application/json", ...headers },
  });
}
const list = async (w: World, query = ""): Promise<readonly Record<string, unknown>[]> =>
  (await get(w, `/api/v1/webhooks/deliveries${query}`)).data as readonly Record<string, unknown>[];

let w: World;
beforeEach(() => {
  w = served();
});

describe("a delivery is noted", () => {
  test("with the run that it has started, and one that comes again with the run of the first", async () => {
    const paid = { id: "evt_1", type: "paid" };
    const { id } = (await (await send(w, "stripe", paid)).json()) as { id: string };
    await send(w, "stripe", paid);
    const run = { id, taskIdentifier: "stripe" };
    expect(await list(w)).toMatchObject([
      { endpoint: "stripe", outcome: "repeated", isKnown: true, runs: [{ ...run, isCached: true }] },
      { endpoint: "stripe", outcome: "accepted", isKnown: true, runs: [{ ...run, isCached: false }] },
    ]);
  });
  test("that no filter lets pass, and one that only asks whether somebody is there", async () => {
    await send(w, "stripe", { id: "evt_2", type: "refunded" });
    await send(w, "slack", { id: "e", type: "url_verification", challenge: "a challenge" });
    expect(await list(w)).toMatchObject([
      { endpoint: "slack", outcome: "greeting", runs: [], waiters: 0 },
      { endpoint: "stripe", outcome: "filtered", runs: [], waiters: 0 },
    ]);
  });
  test("that was refused, with the reason; and starts nothing", async () => {
    await send(w, "stripe", { id: "evt_3", type: "paid" }, { secret: "whsec_of_a_forger" });
    await w.app.request("/hooks/plain", { method: "POST", body: "{}" });
    await w.app.request("/hooks/plain", {
      method: "POST",
      body: "{ no json",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    });
    expect(await list(w)).toMatchObject([
      {
        endpoint: "plain",
        outcome: "refused",
        why: { code: "HF201", message: "The body is not valid JSON." },
      },
      { endpoint: "plain", outcome: "refused", why: { code: "HF204" } },
      {
        endpoint: "stripe",
        outcome: "refused",
        why: { code: "HF204", message: "The signature is wrong." },
      },
    ]);
    expect(await w.runs()).toEqual([]);
  });
  test("to a task's own address, and to one that nobody has: its name is cut", async () => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    await w.app.request("/hooks/plain", { method: "POST", body: "{}", headers });
    await w.app.request(`/hooks/${"x".repeat(5_000)}`, { method: "POST", body: "{}", headers });
    const [strange, plain] = await list(w);
    expect(plain).toMatchObject({ endpoint: "plain", outcome: "accepted", isKnown: true });
    expect(strange).toMatchObject({ endpoint: "x".repeat(100), isKnown: false, why: { code: "HF203" } });
  });
  test("when something inside fails, without telling what", async () => {
    const { store } = w.ports;
    store.create = () => Promise.reject(new Error("the disk of 10.0.0.7 is full"));
    expect((await send(w, "stripe", { id: "evt_4", type: "paid" })).status).toBe(500);
    expect(await list(w)).toMatchObject([{ outcome: "refused", why: { code: "HF212" } }]);
    expect(JSON.stringify(await list(w))).not.toContain("10.0.0.7");
  });
  test("without anything that its sender wrote", async () => {
    const canary = "a canary that nobody may keep";
    await send(w, "stripe", { id: canary, type: "paid", note: canary });
    await send(w, "stripe", { id: canary, type: canary }, { secret: canary });
    await w.app.request(`/hooks/plain?token=${canary}`, {
      method: "POST",
      body: canary,
      headers: { "webhook-id": canary, "webhook-signature": canary, "webhook-timestamp": canary },
    });
    const noted = JSON.stringify(await list(w));
    expect(await list(w)).toHaveLength(3);
    expect(noted).not.toContain("canary");
  });
});

test("deliveries are listed by address and outcome, a page at a time", async () => {
  for (const id of ["1", "2", "3"]) await send(w, "stripe", { id, type: "paid" });
  await send(w, "stripe", { id: "4", type: "paid" }, { secret: "another" });
  await send(w, "slack", { id: "e", type: "message" });
  expect(await list(w, "?endpoint=slack")).toHaveLength(1);
  expect(await list(w, "?endpoint=stripe&outcome=refused")).toHaveLength(1);
  const seen: number[] = [];
  let after = "";
  for (let pages = 0; pages < 4; pages++) {
    const { data, pagination } = await get(w, `/api/v1/webhooks/deliveries?endpoint=stripe&limit=2${after}`);
    seen.push(...(data as { number: number }[]).map(({ number }) => number));
    const { next } = pagination as { next?: number };
    if (next === undefined) break;
    after = `&after=${next}`;
  }
  expect(seen).toEqual([4, 3, 2, 1]);
  for (const query of ["?outcome=lost", "?limit=0", "?limit=101", "?after=x", "?task=stripe"])
    expect((await w.send("GET", `/api/v1/webhooks/deliveries${query}`)).status).toBe(422);
});

test("addresses are listed with the setting of their secret and whether it is set, never with the secret", async () => {
  const { data } = await get(w, "/api/v1/webhooks/endpoints");
  expect(data).toEqual(
    expect.arrayContaining([
      {
        id: "stripe",
        url: "http://localhost/hooks/stripe",
        provider: "stripe",
        tasks: ["stripe"],
        setting: "STRIPE_WEBHOOK_SECRET",
        hasSecret: true,
      },
      expect.objectContaining({ id: "payments", tasks: [], setting: "SHARED_SECRET", hasSecret: false }),
      expect.objectContaining({ id: "own", provider: "standard", setting: "OWN_SECRET", hasSecret: false }),
    ]),
  );
  expect(JSON.stringify(data)).not.toContain("whsec_");
  expect((data as { id: string }[]).map(({ id }) => id)).not.toContain("plain");
});

test("where deliveries are lines of a log, the answer names its group and the query that finds them", async () => {
  const notes: DeliveryNote[] = [];
  const aws = served({ deliveries: { group: "/orders/api", note: (note) => void notes.push(note) } });
  await send(aws, "stripe", { id: "evt_1", type: "paid" });
  expect(notes).toMatchObject([{ endpoint: "stripe", outcome: "accepted" }]);
  const query = 'endpoint=a"%20or%201%3D1&outcome=refused';
  const answer = await aws.send("GET", `/api/v1/webhooks/deliveries?${query}`);
  const { logGroup, query: found } = (await answer.clone().json()) as Record<string, string>;
  expect(await refusal(answer)).toMatchObject({ status: 501, code: "HF531" });
  expect(logGroup).toBe("/orders/api");
  expect(found).toContain(
    'filter message = "A webhook was delivered" and delivery.endpoint = "a\\" or 1=1" and delivery.outcome = "refused"',
  );
});
