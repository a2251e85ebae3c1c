/** Webhooks of providers: signed by the providers' own libraries, verified over the bytes, and what they come to. */
import { describe, expect, test } from "vitest";
import { decode } from "../../engine/codec.ts";
import { textOf } from "../../engine/new-run.ts";
import { isFinished } from "../../engine/run.ts";
import { createToken, waiterIdOf } from "../../engine/tokens.ts";
import { bodyBytesMax } from "../../functions/body.ts";
import { webhooksOf } from "../../functions/webhook-endpoints.ts";
import { transform } from "../../transform/transform.ts";
import { make, names, type Sent, seconds, timed, whsec } from "./senders.ts";
import { key, refusal, type World, world } from "./world.ts";

const source = `
import { task, webhook, webhooks, webhookSources } from "holdfast";
const shared = webhooks.endpoint.define({ id: "payments", source: webhooks.stripe({ secret: "SHARED_SECRET" }) });
export const stripe = webhook({ id: "stripe", source: webhooks.stripe(), onEvent: async () => {} });
export const github = task({ id: "github", webhook: { source: webhooks.github(), filter: "header.x-github-event == 'push'" }, run: async () => {} });
export const slack = webhook({ id: "slack", source: webhooks.slack(), onEvent: async () => {} });
export const shopify = webhook({ id: "shopify", source: webhookSources.shopify(), onEvent: async () => {} });
export const svix = webhook({ id: "svix", source: webhooks.svix({ toleranceSeconds: 60 }), onEvent: async () => {} });
export const paid = webhook({ id: "paid", endpoint: shared, filter: "event.type == 'paid' && event.data.amount > 10", onEvent: async () => {} });
export const all = webhook({ id: "all", endpoint: "payments", onEvent: async () => {} });
export const charge = task({ id: "charge", run: async () => { await webhooks.waiter.create(shared, { match: { "event.data.order": 7 } }); } });
export const own = webhook({
  id: "own",
  source: webhooks.custom({
    scheme: "hmac", algorithm: "sha512", encoding: "base64", signatureHeader: "x-mac",
    signature: { fieldSeparator: "=", field: "mac" },
    timestamp: { source: { from: "header", name: "x-sent" }, unit: "milliseconds", toleranceSeconds: 10 },
    signingString: { template: "{sender}|{timestamp}|{body}", vars: { sender: { from: "header", name: "x-sender" } } },
    idempotencyField: { from: "body", name: "meta.id" },
  }, { secret: "OWN_SECRET" }),
  onEvent: async () => {},
});`;

const { tasks, endpoints, matches, problems } = transform(source, { file: "tasks/hooks.ts" });

const secrets: Record<string, readonly string[]> = {
  STRIPE_WEBHOOK_SECRET: ["whsec_stripe", "whsec_stripe_before"],
  SHARED_SECRET: ["whsec_shared"],
  GITHUB_WEBHOOK_SECRET: ["It's a Secret to Everybody"],
  SLACK_SIGNING_SECRET: ["8f742231b10e8888abcd99yyyzzz85a5"],
  SHOPIFY_WEBHOOK_SECRET: ["hush"],
  SVIX_WEBHOOK_SECRET: [whsec("svix")],
  OWN_SECRET: ["own"],
};

const served = (over: Parameters<typeof world>[0] = {}): World =>
  world({
    code: {
      version: () => "1",
      tasks: () => tasks.map(({ id }) => ({ id })),
      ...webhooksOf({ tasks, webhooks: { endpoints, matches } }),
    },
    secretsNamed: (setting) => secrets[setting] ?? [],
    ...over,
  });

const post = (w: World, { hook, body, headers }: Sent): Promise<Response> =>
  Promise.resolve(
    w.app.request(`/hooks/${hook}`, {
      method: "POST",
      body,
      headers: { "content-type": "application/json", ...headers },
    }),
  );

async function payloads(w: World): Promise<unknown[]> {
  return Promise.all((await w.runs()).map(async (run) => decode(await textOf(w.ports, run.payload))));
}

test("the build reads sources, endpoints, filters and what waiters match without running anything", () => {
  expect(problems).toEqual([]);
  expect(endpoints.map(({ id, provider }) => `${id}: ${provider}`).sort()).toEqual([
    "github: github",
    "own: custom",
    "payments: stripe",
    "shopify: shopify",
    "slack: slack",
    "stripe: stripe",
    "svix: svix",
  ]);
  expect(matches).toEqual([["event.data.order"]]);
});

describe.each(names)("%s", (name) => {
  test("a signed delivery starts one run, whose key is the provider's event id; a second answers with that run", async () => {
    const w = served();
    const first = (await (await post(w, await make(name, { id: "evt_1" }))).json()) as { id: string };
    const again = await post(w, await make(name, { id: "evt_1" }, { at: seconds() - 2 }));
    expect([again.status, await again.json()]).toMatchObject([202, { id: first.id, isCached: true }]);
    expect(await w.runs()).toMatchObject([
      { id: first.id, task: name, idempotencyKey: "evt_1", source: "webhook" },
    ]);
    const [payload] = await payloads(w);
    expect(name === "github" ? { event: payload } : payload).toMatchObject({ event: { id: "evt_1" } });
  });

  test("a wrong secret, a changed body, no signature, no secret and too much are refused, and nothing is stored", async () => {
    const w = served();
    const good = await make(name, { id: "evt_1" });
    const bare = Object.fromEntries(
      Object.entries(good.headers).filter(([header]) => !/sig|hmac|mac/.test(header)),
    );
    const refusals = [
      await refusal(await post(w, await make(name, { id: "evt_1" }, { secret: whsec("forged") }))),
      await refusal(await post(w, { ...good, body: `${good.body} ` })),
      await refusal(await post(w, { ...good, headers: bare })),
      await refusal(await post(served({ secretsNamed: () => [] }), good)),
      await refusal(await post(served({ secretsNamed: () => [""] }), good)),
      await refusal(await post(w, { ...good, body: "x".repeat(bodyBytesMax + 1) })),
    ];
    expect(refusals.map(({ status, code }) => `${status} ${code}`)).toEqual([
      ...Array<string>(5).fill("401 HF204"),
      "413 HF206",
    ]);
    expect([await w.runs(), w.rings()]).toEqual([[], []]);
  });
});

test.each(timed)(
  "%s: a timestamp that is too old or too new is refused, and one that is changed",
  async (name) => {
    const w = served();
    const times = [seconds() - 302, seconds() + 302];
    for (const at of times) {
      const answer = await refusal(await post(w, await make(name, { id: "evt_1" }, { at })));
      expect([answer.status, answer.code]).toEqual([401, "HF205"]);
    }
    expect(await w.runs()).toEqual([]);
  },
);

test("the tolerance of a source counts instead of the provider's", async () => {
  const w = served();
  const old = await refusal(await post(w, await make("svix", { id: "1" }, { at: seconds() - 70 })));
  expect(old.code).toBe("HF205");
  expect((await post(w, await make("stripe", { id: "1" }, { at: seconds() - 70 }))).status).toBe(202);
});

test("two secrets count while one takes the place of the other", async () => {
  const w = served();
  expect((await post(w, await make("stripe", { id: "1" }, { secret: "whsec_stripe_before" }))).status).toBe(
    202,
  );
  expect((await post(w, await make("stripe", { id: "2" }))).status).toBe(202);
});

test("Slack's own example of a signature is right, and a form is read by its field", async () => {
  const body =
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
  const headers = {
    "content-type": "application/x-www-form-urlencoded",
    "x-slack-request-timestamp": "1531420618",
    "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
  };
  const w = served({ shift: () => 1_531_420_618_000 - Date.now() } as Parameters<typeof world>[0]);
  expect((await post(w, { hook: "slack", body, headers })).status).toBe(202);
  expect(await payloads(w)).toMatchObject([
    { event: { command: "/webhook-collect", user_name: "roadrunner" } },
  ]);
});

test("Slack's url_verification and GitHub's ping are answered, signed ones only, and start nothing", async () => {
  const w = served();
  const asked = await make("slack", { type: "url_verification", challenge: "3eZbrw1a", id: "1" });
  const ping = await make("github", { id: "1", zen: "Keep it logically awesome." });
  const pinged = { ...ping, headers: { ...ping.headers, "x-github-event": "ping" } };
  expect(await (await post(w, asked)).json()).toEqual({ challenge: "3eZbrw1a" });
  expect(await (await post(w, pinged)).json()).toEqual({ ok: true });
  const forged = await make("slack", { type: "url_verification", challenge: "x", id: "1" }, { secret: "no" });
  expect((await post(w, forged)).status).toBe(401);
  expect(await w.runs()).toEqual([]);
});

describe("an endpoint that several webhooks share", () => {
  const sent = async (event: object): Promise<Sent> => ({
    ...(await make("stripe", event, { secret: "whsec_shared" })),
    hook: "payments",
  });
  test("starts those whose filter lets the delivery pass, and stores nothing for the others", async () => {
    const w = served();
    await post(w, await sent({ id: "1", type: "paid", data: { amount: 10 } }));
    expect((await w.runs()).map(({ task }) => task)).toEqual(["all"]);
    const answer = await post(w, await sent({ id: "2", type: "paid", data: { amount: 11 } }));
    expect(await answer.json()).toMatchObject({
      runs: [{ taskIdentifier: "paid" }, { taskIdentifier: "all" }],
    });
  });
  test("ends the waiter that matches, and no other", async () => {
    const w = served();
    const [mine, other] = [7, 8].map((order) => waiterIdOf("payments", { "event.data.order": order }));
    for (const id of [mine, other]) await createToken(w.ports, { id: id ?? "", codeVersion: "1" });
    const answer = await post(w, await sent({ id: "evt", data: { order: 7 } }));
    expect(await answer.json()).toMatchObject({ waiters: 1 });
    const [ended, open] = [await w.ports.store.read(mine ?? ""), await w.ports.store.read(other ?? "")];
    expect([ended?.status, open && isFinished(open.status)]).toEqual(["COMPLETED", false]);
    const output = decode(await textOf(w.ports, ended?.output ?? { inline: "" }));
    expect(output).toMatchObject({
      deliveryId: "evt",
      event: { data: { order: 7 } },
      endpoint: { id: "payments" },
    });
  });
});

test("a delivery that no filter lets pass is answered, and nothing is stored", async () => {
  const w = served();
  const push = await make("github", { id: "1" });
  const answer = await post(w, { ...push, headers: { ...push.headers, "x-github-event": "issues" } });
  expect([answer.status, await answer.json()]).toEqual([200, { filtered: true, waiters: 0 }]);
  expect(await w.runs()).toEqual([]);
});

test("runs get headers without credentials and signatures", async () => {
  const w = served();
  const sent = await make("stripe", { id: "1" });
  const headers = { ...sent.headers, cookie: "a=b", "x-api-key": "k", "x-request-id": "r" };
  await post(w, { ...sent, headers });
  expect(await payloads(w)).toEqual([
    {
      event: { id: "1" },
      headers: { "content-type": "application/json", "x-request-id": "r" },
      endpoint: { id: "stripe", declaredId: "stripe", metadata: {} },
    },
  ]);
});

test("a webhook id that there is not is refused as a task without a secret is, and with the key it is not found", async () => {
  const w = served();
  const sent = { ...(await make("stripe", { id: "1" })), hook: "nobody" };
  expect(await refusal(await post(w, sent))).toMatchObject({ status: 401, code: "HF204" });
  const withKey = { ...sent, headers: { authorization: `Bearer ${key}` } };
  expect(await refusal(await post(w, withKey))).toMatchObject({ status: 404, code: "HF203" });
});

test("a source whose options are not valid lets nobody in", async () => {
  const listing = { id: "bad", tasks: [], provider: "custom", options: { secret: "OWN_SECRET" } };
  const signsNothing = {
    ...listing,
    options: {
      secret: "OWN_SECRET",
      verifier: {
        scheme: "hmac",
        algorithm: "sha256",
        encoding: "hex",
        signatureHeader: "x",
        signingString: { template: "{id}" },
      },
    },
  };
  for (const webhook of [listing, signsNothing, { ...listing, provider: "constructor" }]) {
    const w = world({ code: { version: () => "1", tasks: () => [], webhook: () => webhook } });
    const answer = await refusal(await post(w, { hook: "bad", body: "{}", headers: { x: "1" } }));
    expect([answer.status, answer.code]).toEqual([500, "HF212"]);
    expect(w.logged[0]?.fields.error).toContain("HF406");
  }
});
