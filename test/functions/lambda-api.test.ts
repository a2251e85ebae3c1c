/** The api on events of API Gateway: bytes, headers and cookies both ways, keys out of the secret, rings before the answer. */

import { gunzipSync } from "node:zlib";
import { Webhook } from "standardwebhooks";
import Stripe from "stripe";
import { describe, expect, test } from "vitest";
import { decode } from "../../engine/codec.ts";
import { endUnclaimed } from "../../engine/head-write.ts";
import { textOf } from "../../engine/new-run.ts";
import { type HttpEvent, toRequest, toResult } from "../../functions/http.ts";
import { hashOfKey } from "../../functions/secret-key.ts";
import { event, json, key, secretOf, served, withKey } from "./lambda-served.ts";

const project = secretOf("of the project");
const own = secretOf("of the task");

function delivery(task: string, secret: string, bytes: Buffer, asBase64: boolean): HttpEvent {
  const at = new Date();
  return event("POST", `/hooks/${task}`, {
    headers: {
      "content-type": "application/json",
      "webhook-id": "msg_1",
      "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)),
      "webhook-signature": new Webhook(secret).sign("msg_1", at, bytes.toString("utf8")),
    },
    body: bytes.toString(asBase64 ? "base64" : "utf8"),
    isBase64Encoded: asBase64,
  });
}

describe("a request", () => {
  test("has the method, URL, headers, cookies and bytes of its event", async () => {
    const request = toRequest(
      event("PUT", "/a/b c/é?#%2F%", {
        rawQueryString: "x=1&y=%20",
        headers: { "x-two": "a,b", host: "x" },
        cookies: ["a=1", "b=2"],
        body: Buffer.from([0, 255, 128]).toString("base64"),
        isBase64Encoded: true,
      }),
    );
    expect(request.method).toBe("PUT");
    expect(request.url).toBe(
      "https://abc.execute-api.eu-west-1.amazonaws.com/a/b%20c/%C3%A9%3F%23%2F%25?x=1&y=%20",
    );
    expect([request.headers.get("x-two"), request.headers.get("cookie")]).toEqual(["a,b", "a=1; b=2"]);
    expect([...new Uint8Array(await request.arrayBuffer())]).toEqual([0, 255, 128]);
  });

  test.each(["GET", "HEAD"])("of method %s has no body, whatever came with it", (method) => {
    expect(toRequest(event(method, "/", { body: "x" })).body).toBeNull();
  });
});

describe("a response", () => {
  test("of text stays text; several cookies stay several", async () => {
    const headers = new Headers({ "content-type": "application/problem+json; charset=utf-8" });
    headers.append("set-cookie", "a=1; Path=/");
    headers.append("set-cookie", "b=2");
    expect(await toResult(new Response('{"é":1}', { status: 418, headers }))).toEqual({
      statusCode: 418,
      headers: { "content-type": "application/problem+json; charset=utf-8" },
      cookies: ["a=1; Path=/", "b=2"],
      body: '{"é":1}',
      isBase64Encoded: false,
    });
  });

  test.each([
    ["image/png", {}],
    ["application/octet-stream", {}],
    ["text/plain", { "content-encoding": "gzip" }],
    ["", {}],
  ])("of type %j %j goes as base64", async (type, more) => {
    const bytes = Uint8Array.from([0, 1, 254, 255]);
    const response = new Response(bytes, { headers: { "content-type": type, ...more } });
    expect(await toResult(response)).toMatchObject({ body: "AAH+/w==", isBase64Encoded: true });
  });

  test("without a body has none", async () => {
    expect(await toResult(new Response(null, { status: 204 }))).toEqual({
      statusCode: 204,
      headers: {},
      isBase64Encoded: false,
    });
  });
});

describe("a webhook", () => {
  const bytes = Buffer.from('{"order": 7, "who": "Zoë"}\n');

  test.each([false, true])(
    "whose body came as base64 %j is verified over the bytes that were sent",
    async (as) => {
      const { handle, w, ports } = served({ HOLDFAST_WEBHOOK_SECRET: project });
      const answer = await handle(delivery("order", project, bytes, as));
      expect(answer.statusCode).toBe(202);
      const run = await w.run(String(json(answer).id));
      expect(decode(await textOf(ports, run.payload))).toEqual({ order: 7, who: "Zoë" });
      expect(run.codeVersion).toBe("7.abcd");
    },
  );

  test.each([true, false])(
    "of Stripe, as base64 %j, is verified as Stripe signs, with either of two secrets",
    async (as) => {
      for (const secret of ["whsec_new", "whsec_old"]) {
        const { handle, w } = served({
          STRIPE_WEBHOOK_SECRET: "whsec_new",
          STRIPE_WEBHOOK_SECRET_PREVIOUS: "whsec_old",
        });
        const payload = JSON.stringify({ id: "evt_1", who: "Zoë" });
        const header = (signer: string) => ({
          "content-type": "application/json",
          "stripe-signature": Stripe.webhooks.generateTestHeaderString({ payload, secret: signer }),
        });
        const sent = (signer: string) =>
          event("POST", "/hooks/billed", {
            headers: header(signer),
            body: Buffer.from(payload).toString(as ? "base64" : "utf8"),
            isBase64Encoded: as,
          });
        expect(json(await handle(sent("whsec_forged")))).toMatchObject({ code: "HF204" });
        const answer = await handle(sent(secret));
        expect([answer.statusCode, (await w.run(String(json(answer).id))).idempotencyKey]).toEqual([
          202,
          "evt_1",
        ]);
      }
    },
  );

  test("with one changed byte is refused, and starts nothing", async () => {
    const { handle, w } = served({ HOLDFAST_WEBHOOK_SECRET: project });
    const changed = {
      ...delivery("order", project, bytes, true),
      body: Buffer.from(`${bytes}x`).toString("base64"),
    };
    expect(json(await handle(changed))).toMatchObject({ code: "HF204" });
    expect((await w.store.list({ limit: 10 })).runs).toEqual([]);
  });

  test("for a task with a secret of its own takes that one alone, even where it is missing", async () => {
    const both = served({ HOLDFAST_WEBHOOK_SECRET: project, PAID_SECRET: own });
    expect((await both.handle(delivery("paid", own, bytes, false))).statusCode).toBe(202);
    expect(json(await both.handle(delivery("paid", project, bytes, false)))).toMatchObject({ code: "HF204" });
    const missing = served({ HOLDFAST_WEBHOOK_SECRET: project });
    expect(json(await missing.handle(delivery("paid", project, bytes, false)))).toMatchObject({
      code: "HF204",
    });
  });
});

describe("a caller", () => {
  const trigger = event("POST", "/api/v1/tasks/order/trigger", {
    headers: { ...withKey, "content-type": "application/json" },
    body: '{"payload":{}}',
  });

  test("with the key starts a run, and its ring is sent before the answer", async () => {
    const { handle, w, flushed } = served({ HOLDFAST_KEY_HASHES: hashOfKey(key) });
    const answer = await handle(trigger);
    expect(answer.statusCode).toBe(200);
    expect(w.bell.take()).toEqual([{ runId: json(answer).id, inMs: 0 }]);
    expect(flushed()).toBe(1);
  });

  test("is let in by the key of the secret's current version alone", async () => {
    const { handle, current } = served({ HOLDFAST_KEY_HASHES: hashOfKey(key) });
    expect((await handle(trigger)).statusCode).toBe(200);
    Object.assign(current, { version: "v2", values: { HOLDFAST_KEY_HASHES: hashOfKey("another") } });
    expect(json(await handle(trigger))).toMatchObject({ code: "HF202" });
  });

  test("is not let in where the secret holds no key", async () => {
    const { handle } = served({});
    for (const authorization of ["Bearer ", "Bearer x", ""]) {
      const answer = await handle({ ...trigger, headers: { ...trigger.headers, authorization } });
      expect(json(answer)).toMatchObject({ code: "HF202" });
    }
  });

  test("gets 503 while the secret cannot be read, and nothing of why", async () => {
    const { handle, w, current } = served({ HOLDFAST_KEY_HASHES: hashOfKey(key) });
    Object.defineProperty(current, "version", {
      get() {
        throw new Error("AccessDenied for arn:aws:secret");
      },
    });
    const answer = await handle(trigger);
    expect(answer.statusCode).toBe(503);
    expect(answer.body).not.toContain("arn:");
    expect(w.lines).toMatchObject([
      { level: "ERROR", error: { message: "AccessDenied for arn:aws:secret" } },
    ]);
  });

  test("gets a link to the bucket where the answer would be larger than Lambda's: quotes weigh four bytes there", async () => {
    const { handle, ports } = served({ HOLDFAST_KEY_HASHES: hashOfKey(key) });
    const payload = '"'.repeat(1_450_000);
    const headers = { ...withKey, "content-type": "application/json" };
    const body = JSON.stringify({ payload });
    const { id } = json(await handle(event("POST", "/api/v1/tasks/order/trigger", { headers, body })));
    const answer = await handle(event("GET", `/api/v3/runs/${id}`, { headers: withKey }));
    expect(answer.statusCode).toBe(200);
    expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(6_000_000);
    const [, ref = ""] = /^https:\/\/bucket\/(\w+)$/.exec(String(json(answer).payloadPresignedUrl)) ?? [];
    expect(decode(await ports.spill.get(ref))).toBe(payload);
    const unsigned = await handle(event("GET", `/api/v1/packets/${ref}`, { headers: withKey }));
    expect([unsigned.statusCode, json(unsigned)]).toMatchObject([401, { code: "HF202" }]);
  });

  test("gives Trigger.dev's client, which knows no codec text, a link of its own: JSON, packed, and taken by each process with these keys", async () => {
    const values = { HOLDFAST_KEY_HASHES: hashOfKey(key) };
    const { handle } = served(values);
    const payload = '"'.repeat(1_450_000);
    const body = JSON.stringify({ payload });
    const asJson = { ...withKey, "content-type": "application/json" };
    const { id } = json(
      await handle(event("POST", "/api/v1/tasks/order/trigger", { headers: asJson, body })),
    );
    const headers = { ...withKey, "trigger-version": "4.8.3" };
    const url = new URL(
      String(json(await handle(event("GET", `/api/v3/runs/${id}`, { headers }))).payloadPresignedUrl),
    );
    const follow = { rawQueryString: url.search.slice(1), headers: { "accept-encoding": "gzip" } };
    const answer = await handle(event("GET", url.pathname, follow));
    expect([answer.statusCode, answer.headers]).toMatchObject([200, { "content-type": "application/json" }]);
    expect(JSON.parse(gunzipSync(Buffer.from(answer.body ?? "", "base64")).toString())).toBe(payload);
    // Another process has no such value, and knows the link all the same; one with other keys does not.
    const codeOf = async (given: Record<string, string>) =>
      json(await served(given).handle(event("GET", url.pathname, follow))).code;
    expect(await codeOf(values)).toBe("HF305");
    expect(await codeOf({ HOLDFAST_KEY_HASHES: hashOfKey(`${key}x`) })).toBe("HF202");
    expect(await codeOf({})).toBe("HF202");
  });

  test("is told to ask for less where the answer is larger than what Lambda can give all the same", async () => {
    const { handle, w } = served({ HOLDFAST_KEY_HASHES: hashOfKey(key) });
    for (let n = 0; n < 7; n++) {
      const id = await w.start();
      const error = { name: "Error", message: "x".repeat(1_000_000) };
      await w.store.write(id, endUnclaimed("crashed", Date.now(), error, false));
    }
    const answer = await handle(event("GET", "/api/v1/dead-letters", { headers: withKey }));
    expect([answer.statusCode, json(answer)]).toMatchObject([413, { code: "HF302" }]);
  });
});
