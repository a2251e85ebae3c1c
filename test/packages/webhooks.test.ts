/**
 * Slack's and Shopify's own packages beside Holdfast's check: Shopify's signs for tests; Slack's signs nothing and checks, so the
 * two have to say the same of every delivery.
 */
import { createHmac } from "node:crypto";
import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { webhooksOf } from "../../functions/webhook-endpoints.ts";
import { transform } from "../../transform/transform.ts";
import { world } from "../functions/world.ts";

const load = createRequire(import.meta.url);
const { verifySlackRequest } = load("@slack/bolt") as {
  verifySlackRequest(request: {
    signingSecret: string;
    body: string;
    headers: { "x-slack-signature": string; "x-slack-request-timestamp": number };
  }): void;
};
const { getHmac } = load("@shopify/shopify-api/test-helpers") as {
  getHmac(body: string, apiSecretKey: string): string;
};

const { tasks, endpoints, matches } = transform(
  `import { webhook, webhooks } from "holdfast";
   export const slack = webhook({ id: "slack", source: webhooks.slack(), onEvent: async () => {} });
   export const shopify = webhook({ id: "shopify", source: webhooks.shopify(), onEvent: async () => {} });`,
  { file: "tasks/hooks.ts" },
);

async function statusOf(
  hook: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<number> {
  const w = world({
    code: {
      version: () => "1",
      tasks: () => tasks.map(({ id }) => ({ id })),
      ...webhooksOf({ tasks, webhooks: { endpoints, matches } }),
    },
    secretsNamed: () => ["hush"],
  });
  const type = { "content-type": "application/json" };
  const answer = await w.app.request(`/hooks/${hook}`, {
    method: "POST",
    body,
    headers: { ...type, ...headers },
  });
  expect((await w.runs()).length).toBe(answer.status === 202 ? 1 : 0);
  return answer.status;
}

const body = JSON.stringify({ event_id: "Ev1", text: "Grüße, 🙂" }, undefined, 2);

describe("Shopify's own package", () => {
  test("signs a delivery that is let in; under another secret, or over another body, it is not", async () => {
    const sent = (hmac: string) => ({ "x-shopify-hmac-sha256": hmac, "x-shopify-webhook-id": "w1" });
    expect(await statusOf("shopify", body, sent(getHmac(body, "hush")))).toBe(202);
    expect(await statusOf("shopify", body, sent(getHmac(body, "other")))).toBe(401);
    expect(await statusOf("shopify", body, sent(getHmac(`${body} `, "hush")))).toBe(401);
  });
});

describe("Slack's own package", () => {
  const now = Math.floor(Date.now() / 1_000);
  const signature = (at: number, secret = "hush", version = "v0", text = body) =>
    `${version}=${createHmac("sha256", secret).update(`${version}:${at}:${text}`).digest("hex")}`;

  test.each([
    ["signed now", now, signature(now), true],
    ["signed four minutes ago", now - 240, signature(now - 240), true],
    ["signed six minutes ago", now - 360, signature(now - 360), false],
    ["signed with another secret", now, signature(now, "other"), false],
    ["with the time of another signature", now - 1, signature(now), false],
    ["of another version", now, signature(now, "hush", "v1"), false],
    ["of another body", now, signature(now, "hush", "v0", "{}"), false],
    ["without a version", now, signature(now).slice(3), false],
  ])("says the same as Holdfast of a delivery %s", async (_, at, signed, isGood) => {
    const check = () =>
      verifySlackRequest({
        signingSecret: "hush",
        body,
        headers: { "x-slack-signature": signed, "x-slack-request-timestamp": at },
      });
    if (isGood) check();
    else expect(check).toThrow();
    const headers = { "x-slack-signature": signed, "x-slack-request-timestamp": String(at) };
    expect(await statusOf("slack", body, headers)).toBe(isGood ? 202 : 401);
  });
});
