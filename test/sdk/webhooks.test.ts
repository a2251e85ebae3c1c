/** `webhooks` outside of runs: waiters at a server, and alerts of Trigger.dev's. */
import { createHmac } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { letIn } from "../../functions/auth.ts";
import { configure } from "../../sdk/config.ts";
import { WebhookError } from "../../sdk/webhook-error.ts";
import { webhooks } from "../../sdk/webhooks.ts";
import { world } from "../functions/world.ts";

const endpoint = webhooks.endpoint.define({ id: "shop", source: webhooks.stripe<{ order: number }>() });

beforeEach(() => {
  const listing = { id: "shop", provider: "stripe", options: {}, tasks: [] };
  const w = world({
    code: { version: () => "1", tasks: () => [], webhook: (id) => (id === "shop" ? listing : undefined) },
  });
  configure({
    transport: {
      address: "orders-api",
      request: async ({ path, signal: _, ...init }) =>
        w.app.fetch(new Request(`http://localhost:7474${path}`, init), { [letIn]: true }),
    },
  });
});

describe("waiters outside of runs", () => {
  test("are made at the server and canceled there", async () => {
    const match = { "event.order": 7 };
    const waiter = await webhooks.waiter.create(endpoint, { match, timeout: { hours: 1 }, tags: "order" });
    expect(waiter).toEqual({
      id: expect.stringMatching(/^waitpoint_/),
      expiresAt: expect.any(Date),
      isCached: false,
    });
    expect(await webhooks.waiter.cancel(waiter)).toEqual({ cancelled: true });
    const own = await webhooks.waiter.create(endpoint);
    expect(own.url).toBe(`http://localhost:7474/hooks/shop/${own.id}`);
    expect(await webhooks.waiter.cancel(own.id)).toEqual({ cancelled: true });
  });

  test("of an endpoint that is not deployed are a NotFoundError, and waiting is for runs", async () => {
    const strange = webhooks.endpoint.define({ id: "nobody", source: webhooks.stripe() });
    await expect(webhooks.waiter.create(strange)).rejects.toThrow(/HF235/);
    await expect(webhooks.waiter.cancel("waitpoint_none")).rejects.toThrow(/HF208/);
    expect(() => webhooks.waiter.wait("waitpoint_none")).toThrow(/HF501/);
  });
});

describe("an alert of Trigger.dev's", () => {
  const alert = {
    ...{ id: "alert_1", created: "2026-03-01T00:00:00.000Z", webhookVersion: "v1" },
    ...{ type: "alert.run.failed", object: { run: { id: "run_1" } } },
  };
  const body = JSON.stringify(alert);
  const sign = (text: string, secret = "hush") => createHmac("sha256", secret).update(text).digest("hex");
  const request = (text: string, signature?: string) =>
    new Request("https://shop.example.com/alerts", {
      ...{ method: "POST", body: text },
      headers: signature === undefined ? {} : { [webhooks.SIGNATURE_HEADER_NAME]: signature },
    });
  const wanted = { ...alert, created: new Date(alert.created) };

  test("is given as it was sent, by a request or by its parts", async () => {
    expect(await webhooks.constructEvent(request(body, sign(body)), "hush")).toEqual(wanted);
    const parts = { payload: Buffer.from(body), header: Buffer.from(sign(body)) };
    expect(await webhooks.constructEvent(parts, "hush")).toEqual(wanted);
    expect(await webhooks.constructEvent({ payload: body, header: sign(body) }, "hush")).toEqual(wanted);
  });

  test.each([
    ["no signature", request(body), "hush"],
    ["another secret's", request(body, sign(body, "other")), "hush"],
    ["that of another body", request(body, sign(`${body} `)), "hush"],
    ["half of it", request(body, sign(body).slice(0, 32)), "hush"],
    ["no hex", request(body, "zz"), "hush"],
    ["several", { payload: body, header: [sign(body)] }, "hush"],
    ["no secret", request(body, sign(body, "x")), ""],
    ["a signed body that is no JSON", request("no", sign("no")), "hush"],
    ["a signed body that is no alert", request('{"id":1}', sign('{"id":1}')), "hush"],
    ["a signed null", request("null", sign("null")), "hush"],
  ])("with %s is refused", async (_, given, secret) => {
    await expect(webhooks.constructEvent(given, secret)).rejects.toThrow(WebhookError);
  });
});

test("an endpoint's metadata are refused by name: endpoint.metadata would be empty", () => {
  const source = webhooks.stripe();
  expect(webhooks.endpoint.define({ id: "described", description: "for people", source })).toEqual({
    id: "described",
    source: "stripe",
  });
  const given = { id: "noted", source, metadata: { team: 1 } };
  expect(() => webhooks.endpoint.define(given)).toThrow(
    'HF506 The endpoint "noted" has metadata, which is not supported.',
  );
});
