/** Providers that sign with a shared secret and are known by name: each delivery signed as the provider's documentation says. */
import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { webhooksOf } from "../../functions/webhook-endpoints.ts";
import { transform } from "../../transform/transform.ts";
import { seconds, whsec } from "./senders.ts";
import { refusal, type World, world } from "./world.ts";

const post = (
  w: World,
  { body, headers }: { readonly body: string; readonly headers: Readonly<Record<string, string>> },
): Promise<Response> =>
  Promise.resolve(
    w.app.request("/hooks/hook", {
      method: "POST",
      body,
      headers: { "content-type": "application/json", ...headers },
    }),
  );

/** What each provider's documentation says of its signature: the header, and how it is made of time and body. */
const hash = (algorithm: string, secret: string, text: string, encoding: "hex" | "base64" = "hex") =>
  createHmac(algorithm, secret).update(text).digest(encoding);
const stamped =
  (header: string, field = "v1", factor = 1) =>
  (body: string, secret: string) => {
    const at = seconds() * factor;
    return { [header]: `t=${at}, ${field}=${hash("sha256", secret, `${at}.${body}`)}` };
  };
const standard = (body: string, secret: string, id: string) => ({
  "webhook-id": id,
  "webhook-timestamp": String(seconds()),
  "webhook-signature": new Webhook(secret).sign(id, new Date(seconds() * 1_000), body),
});
const documented: Readonly<
  Record<string, (body: string, secret: string, id: string) => Readonly<Record<string, string>>>
> = {
  autumn: standard,
  firecrawl: (body, secret) => ({ "x-firecrawl-signature": `sha256=${hash("sha256", secret, body)}` }),
  gitlab: standard,
  granola: standard,
  infisical: (body, secret) => ({
    "x-infisical-signature": `t=${seconds()};${hash("sha256", secret, body)}`,
  }),
  langfuse: stamped("x-langfuse-signature"),
  metronome: (body, secret) => {
    const date = new Date().toUTCString();
    return { "metronome-webhook-signature": hash("sha256", secret, `${date}\n${body}`), date };
  },
  plain: (body, secret) => ({ "plain-request-signature": hash("sha256", secret, body) }),
  retell: (body, secret) => {
    const at = Date.now();
    return { "x-retell-signature": `v=${at},d=${hash("sha256", secret, `${body}${at}`)}` };
  },
  square: (body, secret) => ({
    "x-square-hmacsha256-signature": hash("sha256", secret, `http://localhost/hooks/hook${body}`, "base64"),
  }),
  supabase: (_, secret) => ({ authorization: `Bearer ${secret}` }),
  vapi: (body, secret) => ({ "x-vapi-signature": hash("sha256", secret, body) }),
  whatsapp: (body, secret) => ({ "x-hub-signature-256": `sha256=${hash("sha256", secret, body)}` }),
  attio: (body, secret, id) => ({ "attio-signature": hash("sha256", secret, body), "idempotency-key": id }),
  brex: standard,
  calCom: (body, secret) => ({ "x-cal-signature-256": hash("sha256", secret, body) }),
  calendly: stamped("calendly-webhook-signature"),
  composio: standard,
  docusign: (body, secret) => ({ "x-docusign-signature-1": hash("sha256", secret, body, "base64") }),
  elevenlabs: stamped("elevenlabs-signature", "v0"),
  hookdeck: (body, secret, id) => ({
    "x-hookdeck-signature": hash("sha256", "the one before", body, "base64"),
    "x-hookdeck-signature-2": hash("sha256", secret, body, "base64"),
    "x-hookdeck-eventid": id,
  }),
  intercom: (body, secret) => ({ "x-hub-signature": `sha1=${hash("sha1", secret, body)}` }),
  jira: (body, secret, id) => ({
    "x-hub-signature": `sha256=${hash("sha256", secret, body)}`,
    "x-atlassian-webhook-identifier": id,
  }),
  linear: (body, secret, id) => ({ "linear-signature": hash("sha256", secret, body), "linear-delivery": id }),
  loops: standard,
  mux: stamped("mux-signature"),
  notion: (body, secret) => ({ "x-notion-signature": `sha256=${hash("sha256", secret, body)}` }),
  openai: standard,
  pagerduty: (body, secret, id) => ({
    "x-pagerduty-signature": `v1=${hash("sha256", "the one before", body)},v1=${hash("sha256", secret, body)}`,
    "x-webhook-id": id,
  }),
  planetscale: (body, secret) => ({ "x-planetscale-signature": hash("sha256", secret, body) }),
  recallai: standard,
  replicate: standard,
  sentry: (body, secret) => ({ "sentry-hook-signature": hash("sha256", secret, body) }),
  tailscale: stamped("tailscale-webhook-signature"),
  typeform: (body, secret) => ({ "typeform-signature": `sha256=${hash("sha256", secret, body, "base64")}` }),
  vercel: (body, secret) => ({ "x-vercel-signature": hash("sha1", secret, body) }),
  workos: stamped("workos-signature", "v1", 1_000),
  zendesk: (body, secret, id) => {
    const at = new Date().toISOString();
    return {
      "x-zendesk-webhook-signature": hash("sha256", secret, `${at}${body}`, "base64"),
      "x-zendesk-webhook-signature-timestamp": at,
      "x-zendesk-webhook-invocation-id": id,
    };
  },
};

/** A project with one webhook of this provider. */
const servedBy = (provider: string, secret: string): World => {
  const code = `import { webhook, webhooks } from "holdfast";
    export const hook = webhook({ id: "hook", source: webhooks.${provider}(), onEvent: async () => {} });`;
  const made = transform(code, { file: "tasks/hook.ts" });
  return world({
    code: {
      version: () => "1",
      tasks: () => made.tasks.map(({ id }) => ({ id })),
      ...webhooksOf({ tasks: made.tasks, webhooks: { endpoints: made.endpoints, matches: made.matches } }),
    },
    secretsNamed: (setting) =>
      setting === `${provider.replace("C", "_C").toUpperCase()}_WEBHOOK_SECRET` ? [secret] : [],
  });
};

/** Where the provider names an event, a second delivery of it starts nothing. */
const unnamed = [
  ...["calCom", "calendly", "docusign", "elevenlabs", "infisical", "planetscale", "retell", "sentry"],
  ...["supabase", "tailscale", "vapi", "whatsapp"],
];
/** Who signs nothing takes any body. */
const unsigned = ["supabase"];

test.each(Object.keys(documented))(
  "%s: a delivery that is signed as its documentation says starts a run, a changed one none",
  async (provider) => {
    const secret = whsec(provider);
    const event = {
      ...{ id: "evt_1", event_id: "evt_1", webhookId: "evt_1", webhookTimestamp: Date.now() },
      webhookMetadata: { webhookDeliveryAttemptTimestamp: new Date().toISOString() },
    };
    const body = JSON.stringify(event);
    const headers = documented[provider]?.(body, secret, "evt_1") ?? {};
    const w = servedBy(provider, secret);
    if (!unsigned.includes(provider)) {
      const answer = await refusal(await post(w, { body: body.replace("}", " }"), headers }));
      expect([answer.code, await w.runs()]).toEqual(["HF204", []]);
    }
    const first = await post(w, { body, headers });
    expect([first.status, await first.text()]).toMatchObject([202, expect.stringContaining("run_")]);
    const again = (await (await post(w, { body, headers })).json()) as { isCached?: boolean };
    expect(again.isCached ?? false).toBe(!unnamed.includes(provider));
  },
);

test("Linear's timestamp stands in the body: one that is a minute old is refused", async () => {
  const w = servedBy("linear", "lin_wh_1");
  const deliver = async (webhookTimestamp?: unknown) => {
    const body = JSON.stringify({ id: "1", webhookTimestamp });
    return post(w, { body, headers: documented.linear?.(body, "lin_wh_1", "1") ?? {} });
  };
  expect((await refusal(await deliver(Date.now() - 62_000))).code).toBe("HF205");
  expect((await refusal(await deliver(Date.now() + 62_000))).code).toBe("HF205");
  expect((await refusal(await deliver("soon"))).code).toBe("HF204");
  expect((await refusal(await deliver())).code).toBe("HF204");
  expect((await deliver(Date.now() - 50_000)).status).toBe(202);
});
