/** Webhooks: who may deliver, what a delivery becomes, and that a refused one leaves nothing behind. */
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { decode } from "../../engine/codec.ts";
import { textOf } from "../../engine/new-run.ts";
import { bodyBytesMax } from "../../functions/body.ts";
import { key, refusal, strangeId, type World, webhookSecret, world } from "./world.ts";

interface Delivery {
  readonly task?: string;
  readonly id?: string;
  readonly at?: number;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** What the signature is made from, where it differs. */
  readonly signed?: {
    readonly id?: string;
    readonly at?: number;
    readonly body?: string;
    readonly secret?: string;
  };
  readonly headers?: Readonly<Record<string, string>>;
}

const json = { "content-type": "application/json" };

async function deliver(w: World, delivery: Delivery): Promise<Response> {
  const {
    task = "order",
    id = "msg_1",
    at = Date.now(),
    body = '{"orderId":7}',
    signed = {},
    headers = json,
  } = delivery;
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  const hook = new Webhook(signed.secret ?? webhookSecret);
  const signature = hook.sign(signed.id ?? id, new Date(signed.at ?? at), signed.body ?? text);
  return w.app.request(`/hooks/${encodeURIComponent(task)}`, {
    method: "POST",
    body,
    headers: {
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at / 1_000)),
      "webhook-signature": signature,
      ...headers,
    },
  });
}

async function payloads(w: World): Promise<unknown[]> {
  return Promise.all((await w.runs()).map(async (run) => decode(await textOf(w.ports, run.payload))));
}

describe("a delivery", () => {
  test("that is signed starts a run with its JSON as payload", async () => {
    const w = world();
    const answer = await deliver(w, {});
    const { id } = (await answer.json()) as { id: string };
    expect([answer.status, await w.runs()]).toMatchObject([
      202,
      [{ id, task: "order", source: "webhook", idempotencyKey: "msg_1" }],
    ]);
    expect(await payloads(w)).toEqual([{ orderId: 7 }]);
    expect(w.rings()).toEqual([id]);
  });
  test("that comes again finds the run of the first", async () => {
    const w = world();
    const first = (await (await deliver(w, {})).json()) as { id: string };
    const again = await deliver(w, { at: Date.now() + 1_000 });
    expect([again.status, await again.json()]).toEqual([202, { id: first.id, isCached: true }]);
    expect(await w.runs()).toHaveLength(1);
    await deliver(w, { id: "msg_2" });
    expect(await w.runs()).toHaveLength(2);
  });
  test("that does not say it is JSON keeps its text as payload", async () => {
    const w = world();
    await deliver(w, { id: "1", headers: { "content-type": "text/plain" }, body: '{"a":1} é' });
    await deliver(w, { id: "2", headers: {}, body: "a=1&b=2" });
    await deliver(w, {
      id: "3",
      headers: { "content-type": "application/vnd.github+json; charset=utf-8" },
      body: "[1]",
    });
    expect((await payloads(w)).sort()).toEqual([[1], "a=1&b=2", '{"a":1} é'].sort());
  });
  test("may carry several signatures, of which one is good, while a secret is changed over", async () => {
    const old = `whsec_${Buffer.from("the secret before this one, long").toString("base64")}`;
    const secrets = ["not a secret", webhookSecret, old];
    const w = world({ webhookSecret: () => secrets });
    expect((await deliver(w, { id: "1", signed: { secret: old } })).status).toBe(202);
    expect((await deliver(w, { id: "2" })).status).toBe(202);
    const sign = new Webhook(webhookSecret).sign("3", new Date(), "{}");
    const headers = { ...json, "webhook-signature": `v1a,zzzz v1,AAAA ${sign}` };
    expect((await deliver(w, { id: "3", body: "{}", headers })).status).toBe(202);
    expect(w.logged).toMatchObject([{ level: "error" }, { level: "error" }, { level: "error" }]);
    expect(JSON.stringify(w.logged)).not.toContain("not a secret");
  });
  test("may come with the key instead of a signature, to any task", async () => {
    const w = world();
    const send = (headers: Record<string, string>) =>
      w.app.request(`/hooks/${encodeURIComponent(strangeId)}`, {
        method: "POST",
        body: "1",
        headers: { ...json, authorization: `Bearer ${key}`, ...headers },
      });
    const given: Record<string, string>[] = [{}, {}, { "webhook-id": "a" }, { "webhook-id": "a" }];
    const ids = await Promise.all(
      given.map(async (headers) => {
        return ((await (await send(headers)).json()) as { id: string }).id;
      }),
    );
    expect(new Set(ids).size).toBe(3);
    expect(await w.runs()).toHaveLength(3);
  });
});

describe("a delivery is refused, and nothing is stored,", () => {
  const refused = async (delivery: Delivery, over: Parameters<typeof world>[0] = {}) => {
    const w = world(over);
    const answer = await refusal(await deliver(w, delivery));
    expect(await w.runs()).toEqual([]);
    expect(w.rings()).toEqual([]);
    return answer;
  };
  const minutes = 60_000;
  test("when its signature is forged: another secret, body, id or time", async () => {
    const other = `whsec_${Buffer.from("somebody else's secret, 32 bytes").toString("base64")}`;
    const forged = [
      { secret: other },
      { body: '{"orderId":8}' },
      { id: "msg_2" },
      { at: Date.now() - 2_000 },
    ];
    for (const signed of forged)
      expect(await refused({ signed })).toMatchObject({ status: 401, code: "HF204" });
  });
  test("when its headers are missing or malformed", async () => {
    const w = world();
    const good = await refusalOfHeaders(w, {});
    expect(good).toBe(202);
    const wrong: Record<string, string | undefined>[] = [
      { "webhook-id": undefined },
      { "webhook-id": "x".repeat(257) },
      { "webhook-timestamp": undefined },
      { "webhook-timestamp": `${Math.floor(Date.now() / 1_000)}abc` },
      { "webhook-timestamp": "-1" },
      { "webhook-signature": undefined },
      { "webhook-signature": "" },
      { "webhook-signature": "v1," },
      { "webhook-signature": "v1" },
      { "webhook-signature": "v2,AAAA" },
    ];
    for (const headers of wrong)
      expect([headers, await refusalOfHeaders(world(), headers)]).toEqual([headers, "HF204"]);
  });
  test("when it is older or newer than 5 minutes, though its signature is good", async () => {
    expect(await refused({ at: Date.now() - 5.1 * minutes })).toMatchObject({
      status: 401,
      code: "HF205",
      error: expect.stringContaining("old"),
    });
    expect(await refused({ at: Date.now() + 5.1 * minutes })).toMatchObject({
      status: 401,
      code: "HF205",
      error: expect.stringContaining("ahead"),
    });
    const w = world();
    expect((await deliver(w, { at: Date.now() - 4.9 * minutes })).status).toBe(202);
  });
  test("when the task has no secret, and the answer says what to do", async () => {
    const answer = await refused({ task: "report" });
    expect(answer).toMatchObject({ status: 401, code: "HF204" });
    expect(answer.fix).toContain("whsec_");
    expect(answer.fix).toContain("Authorization");
    for (const secrets of [[], [""], ["whsec_"]]) {
      expect(await refused({}, { webhookSecret: () => secrets })).toMatchObject({
        status: 401,
        code: "HF204",
      });
    }
  });
  test("for an unknown task, without telling strangers which tasks there are", async () => {
    const unknown = await refused({ task: "no-such-task" });
    expect(unknown).toEqual(await refused({ task: "report" }));
    expect(await refused({ task: "no-such-task" }, { webhookSecret: () => [webhookSecret] })).toMatchObject({
      status: 404,
      code: "HF203",
    });
  });
  test("with a wrong key, whatever its signature", async () => {
    const headers = { ...json, authorization: "Bearer wrong" };
    expect(await refused({ headers })).toMatchObject({ status: 401, code: "HF202" });
  });
  test("when it says that it is JSON and is not", async () => {
    for (const body of ["{", "", "orderId=7"])
      expect(await refused({ body })).toMatchObject({ status: 400, code: "HF201" });
  });
  test("when it is binary", async () => {
    const w = world();
    const headers = { authorization: `Bearer ${key}`, "content-type": "image/png" };
    const answer = await w.app.request("/hooks/order", {
      method: "POST",
      body: new Uint8Array([0x89, 0x50, 0xff]),
      headers,
    });
    expect(await refusal(answer)).toMatchObject({ status: 422, code: "HF207" });
    const signed = await deliver(w, { body: new Uint8Array([0x22, 0xff, 0x22]) });
    expect(await refusal(signed)).toMatchObject({ status: 401, code: "HF204" });
    expect(await w.runs()).toEqual([]);
  });
  test("when it is larger than 3 MB", async () => {
    const headers = { "content-type": "text/plain" };
    expect(await refused({ headers, body: "x".repeat(bodyBytesMax + 1) })).toMatchObject({
      status: 413,
      code: "HF206",
    });
    expect((await deliver(world(), { headers, body: "x".repeat(bodyBytesMax) })).status).toBe(202);
  });
  test("when its query says something that has no effect", async () => {
    const w = world();
    const headers = { authorization: `Bearer ${key}` };
    const answer = await w.app.request("/hooks/order?delay=1h", { method: "POST", body: "1", headers });
    expect(await refusal(answer)).toMatchObject({ status: 422, code: "HF207" });
    expect(await w.runs()).toEqual([]);
  });
});

/** Sends a good delivery with some headers changed or left out; gives the code, or 202. */
async function refusalOfHeaders(
  w: World,
  changes: Readonly<Record<string, string | undefined>>,
): Promise<unknown> {
  const at = new Date();
  const headers = {
    ...json,
    "webhook-id": "msg_1",
    "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)),
    "webhook-signature": new Webhook(webhookSecret).sign("msg_1", at, "{}"),
    ...changes,
  };
  const given = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as [string, string]],
  );
  const answer = await w.app.request("/hooks/order", { method: "POST", body: "{}", headers: given });
  if (answer.status === 202) return 202;
  expect(await w.runs()).toEqual([]);
  return (await refusal(answer)).code;
}
