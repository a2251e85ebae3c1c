/** What is noted of deliveries of webhooks: how each ended, which runs it started, and nothing that its sender wrote. */
import { beforeEach, describe, expect, test } from "vitest";
import { type DeliveryNote, deliveryMessage } from "../../functions/delivery-notes.ts";
import { foundDeliveries } from "../../functions/found-deliveries.ts";
import { webhooksOf } from "../../functions/webhook-endpoints.ts";
import { transform } from "../../transform/transform.ts";
import { playedLog } from "./played-log.ts";
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

describe("where deliveries are lines of a log", () => {
  const days = 30;
  function inAws(eventsRead?: number) {
    const log = playedLog(eventsRead);
    const found = foundDeliveries("/orders/api", log.search, days, Date.now);
    const note = ({ at, ...delivery }: DeliveryNote) =>
      log.put(at, JSON.stringify({ level: "INFO", message: deliveryMessage, delivery }));
    return { log, aws: served({ deliveries: { ...found, note } }) };
  }

  test("they are listed as ever: the newest first, by address and outcome, page by page", async () => {
    const { aws, log } = inAws();
    log.put(Date.now(), "START RequestId: 7");
    log.put(Date.now(), JSON.stringify({ message: "A key is in use", keyId: "k" }));
    for (const id of ["evt_1", "evt_2"]) {
      await send(aws, "stripe", { id, type: "paid" });
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await send(aws, "stripe", { id: "evt_3", type: "paid" }, { secret: "whsec_forged" });
    await send(aws, "slack", { type: "url_verification", challenge: "x" });
    const outcomes = async (query = "") => (await list(aws, query)).map(({ outcome }) => outcome);
    expect((await outcomes()).sort()).toEqual(["accepted", "accepted", "greeting", "refused"]);
    expect(await outcomes("?endpoint=slack")).toEqual(["greeting"]);
    expect(await outcomes("?endpoint=stripe&outcome=refused")).toEqual(["refused"]);
    const first = await get(aws, "/api/v1/webhooks/deliveries?outcome=accepted&limit=1");
    const { next } = first.pagination as { next: string };
    const second = await get(aws, `/api/v1/webhooks/deliveries?outcome=accepted&limit=1&after=${next}`);
    const [newer, older] = [first, second].map(({ data }) => (data as { at: string; runs: object[] }[])[0]);
    expect(newer?.at && older?.at && newer.at > older.at).toBe(true);
    expect([newer?.runs.length, second.logGroup]).toEqual([1, "/orders/api"]);
    const { from = 0 } = log.asked[0] ?? {};
    expect(Math.abs(Date.now() - days * 86_400_000 - from)).toBeLessThan(3_600_000);
  });

  test("a search that has not come to its end says where it goes on, also with nothing found yet", async () => {
    const { aws, log } = inAws(2);
    await send(aws, "stripe", { id: "evt_1", type: "paid" });
    for (let n = 1; n <= 3; n++) log.put(Date.now() + n, `{"message":"another"}`);
    const first = await get(aws, "/api/v1/webhooks/deliveries");
    const { next } = first.pagination as { next: string };
    const second = await get(aws, `/api/v1/webhooks/deliveries?after=${next}`);
    expect([first.data, second.data, second.pagination]).toEqual([
      [],
      [expect.objectContaining({ endpoint: "stripe" })],
      {},
    ]);
  });

  test("an address with signs of CloudWatch's own finds its deliveries and no others", async () => {
    const { aws, log } = inAws();
    const note = (endpoint: string) => {
      const delivery = { outcome: "refused", endpoint, isKnown: false, runs: [], waiters: 0 };
      log.put(Date.now(), JSON.stringify({ message: deliveryMessage, delivery }));
    };
    for (const endpoint of ["a*", "ab", 'a" || 1']) note(endpoint);
    const found = async (endpoint: string) =>
      (await list(aws, `?endpoint=${encodeURIComponent(endpoint)}`)).map((each) => each.endpoint);
    expect([await found("a*"), await found('a" || 1')]).toEqual([["a*"], ['a" || 1']]);
  });

  test("a log that does not let itself be searched is named, with the query that finds them", async () => {
    const { aws, log } = inAws();
    log.state.isBusy = true;
    const query = 'endpoint=a"%20or%201%3D1&outcome=refused';
    const answer = await aws.send("GET", `/api/v1/webhooks/deliveries?${query}`);
    const { logGroup, query: found } = (await answer.clone().json()) as Record<string, string>;
    expect(await refusal(answer)).toMatchObject({ status: 501, code: "HF531" });
    expect(logGroup).toBe("/orders/api");
    expect(found).toContain(
      'filter message = "A webhook was delivered" and delivery.endpoint = "a\\" or 1=1" and delivery.outcome = "refused"',
    );
    for (const query of ["?after=x", "?outcome=lost"])
      expect((await aws.send("GET", `/api/v1/webhooks/deliveries${query}`)).status).toBe(422);
  });
});
