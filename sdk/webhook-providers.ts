/**
 * How each provider that is known by name signs its webhooks: facts of the providers' documentation, as data.
 *
 * Owns:      the table; `functions/webhook-source.ts` checks by it.
 * Never:     holds a secret: a provider names the setting that does.
 */
import type { HmacVerifier, WebhookVerifier } from "./webhook-verifiers.ts";

const hmac = { scheme: "hmac", algorithm: "sha256" } as const;

const header = (name: string, ...fallback: string[]) => ({ from: "header", name, fallback }) as const;

/** Standard Webhooks, which Svix began: the same under two names of headers. */
const standard: HmacVerifier = {
  ...hmac,
  encoding: "base64",
  signatureHeader: "webhook-signature",
  additionalSignatureHeaders: ["svix-signature"],
  signature: { itemSeparator: " ", fieldSeparator: ",", field: "v1" },
  timestamp: { source: header("webhook-timestamp", "svix-timestamp") },
  signingString: {
    template: "{id}.{timestamp}.{body}",
    vars: { id: header("webhook-id", "svix-id") },
  },
  secret: { encoding: "base64", stripPrefix: "whsec_" },
  idempotencyField: header("webhook-id", "svix-id"),
};

/** The body, signed as it is: in hex, in a header of its own. */
const ofBody = (signatureHeader: string, more: Partial<HmacVerifier> = {}): HmacVerifier => ({
  ...hmac,
  encoding: "hex",
  signatureHeader,
  signingString: "raw",
  ...more,
});

/** `t=<time>,v1=<signature>` of the time, a dot and the body: Stripe began it. */
const timed = (signatureHeader: string, more: Partial<HmacVerifier> = {}, field = "v1"): HmacVerifier => ({
  ...hmac,
  encoding: "hex",
  signatureHeader,
  signature: { itemSeparator: ",", fieldSeparator: "=", field },
  timestamp: { source: { from: "signatureField", field: "t" } },
  signingString: { template: "{timestamp}.{body}" },
  ...more,
});

const prefixed = (field: string, itemSeparator?: string) => ({
  signature: { fieldSeparator: "=", field, ...(itemSeparator === undefined ? {} : { itemSeparator }) },
});
const byBody = (name: string) => ({ idempotencyField: { from: "body", name } as const });
const byHeader = (name: string, ...fallback: string[]) => ({ idempotencyField: header(name, ...fallback) });

/** A provider: how it signs, and the setting where its secret is unless the source names another. */
export interface Provider {
  readonly setting: string;
  readonly verifier: WebhookVerifier;
  /** A delivery that only asks whether somebody is there, and starts nothing. */
  readonly handshake?: "slack" | "github" | "discord";
  /** The setting of the token by which a `GET` asks for that. */
  readonly verifyToken?: string;
  /** It wants no answer to what was taken. */
  readonly isAnsweredEmpty?: true;
}

/** The providers that are known by name. */
export const providers: Readonly<Record<string, Provider>> = {
  standardWebhooks: { setting: "HOLDFAST_WEBHOOK_SECRET", verifier: standard },
  svix: { setting: "SVIX_WEBHOOK_SECRET", verifier: standard },
  clerk: { setting: "CLERK_WEBHOOK_SECRET", verifier: standard },
  resend: { setting: "RESEND_WEBHOOK_SECRET", verifier: standard },
  brex: { setting: "BREX_WEBHOOK_SECRET", verifier: standard },
  composio: { setting: "COMPOSIO_WEBHOOK_SECRET", verifier: standard },
  loops: { setting: "LOOPS_WEBHOOK_SECRET", verifier: standard },
  openai: { setting: "OPENAI_WEBHOOK_SECRET", verifier: standard },
  recallai: { setting: "RECALLAI_WEBHOOK_SECRET", verifier: standard },
  replicate: { setting: "REPLICATE_WEBHOOK_SECRET", verifier: standard },
  autumn: { setting: "AUTUMN_WEBHOOK_SECRET", verifier: standard },
  gitlab: { setting: "GITLAB_WEBHOOK_SECRET", verifier: standard },
  granola: { setting: "GRANOLA_WEBHOOK_SECRET", verifier: standard },
  stripe: {
    setting: "STRIPE_WEBHOOK_SECRET",
    verifier: timed("stripe-signature", byBody("id")),
  },
  calendly: { setting: "CALENDLY_WEBHOOK_SECRET", verifier: timed("calendly-webhook-signature") },
  mux: { setting: "MUX_WEBHOOK_SECRET", verifier: timed("mux-signature", byBody("id")) },
  tailscale: { setting: "TAILSCALE_WEBHOOK_SECRET", verifier: timed("tailscale-webhook-signature") },
  elevenlabs: {
    setting: "ELEVENLABS_WEBHOOK_SECRET",
    verifier: timed(
      "elevenlabs-signature",
      { timestamp: { source: { from: "signatureField", field: "t" }, toleranceSeconds: 1_800 } },
      "v0",
    ),
  },
  workos: {
    setting: "WORKOS_WEBHOOK_SECRET",
    verifier: timed("workos-signature", {
      timestamp: { source: { from: "signatureField", field: "t" }, unit: "milliseconds" },
      ...byBody("id"),
    }),
  },
  github: {
    setting: "GITHUB_WEBHOOK_SECRET",
    handshake: "github",
    verifier: ofBody("x-hub-signature-256", {
      ...prefixed("sha256"),
      ...byHeader("x-github-delivery"),
      formPayload: { field: "payload" },
    }),
  },
  slack: {
    setting: "SLACK_SIGNING_SECRET",
    handshake: "slack",
    verifier: ofBody("x-slack-signature", {
      ...prefixed("v0"),
      timestamp: { source: header("x-slack-request-timestamp") },
      signingString: { template: "v0:{timestamp}:{body}" },
      ...byBody("event_id"),
      formPayload: { field: "payload" },
    }),
  },
  shopify: {
    setting: "SHOPIFY_WEBHOOK_SECRET",
    verifier: ofBody("x-shopify-hmac-sha256", {
      encoding: "base64",
      ...byHeader("x-shopify-webhook-id", "x-shopify-event-id"),
    }),
  },
  attio: {
    setting: "ATTIO_WEBHOOK_SECRET",
    verifier: ofBody("attio-signature", byHeader("idempotency-key")),
  },
  calCom: { setting: "CAL_COM_WEBHOOK_SECRET", verifier: ofBody("x-cal-signature-256") },
  docusign: {
    setting: "DOCUSIGN_WEBHOOK_SECRET",
    verifier: ofBody("x-docusign-signature-1", { encoding: "base64" }),
  },
  hookdeck: {
    setting: "HOOKDECK_WEBHOOK_SECRET",
    verifier: ofBody("x-hookdeck-signature", {
      encoding: "base64",
      additionalSignatureHeaders: ["x-hookdeck-signature-2"],
      ...byHeader("x-hookdeck-eventid"),
    }),
  },
  intercom: {
    setting: "INTERCOM_WEBHOOK_SECRET",
    verifier: ofBody("x-hub-signature", { algorithm: "sha1", ...prefixed("sha1"), ...byBody("id") }),
  },
  jira: {
    setting: "JIRA_WEBHOOK_SECRET",
    verifier: ofBody("x-hub-signature", {
      ...prefixed("sha256"),
      ...byHeader("x-atlassian-webhook-identifier"),
    }),
  },
  linear: {
    setting: "LINEAR_WEBHOOK_SECRET",
    verifier: ofBody("linear-signature", {
      timestamp: {
        source: { from: "body", name: "webhookTimestamp" },
        unit: "milliseconds",
        toleranceSeconds: 60,
      },
      ...byHeader("linear-delivery"),
    }),
  },
  notion: {
    setting: "NOTION_WEBHOOK_SECRET",
    verifier: ofBody("x-notion-signature", { ...prefixed("sha256"), ...byBody("id") }),
  },
  pagerduty: {
    setting: "PAGERDUTY_WEBHOOK_SECRET",
    verifier: ofBody("x-pagerduty-signature", { ...prefixed("v1", ","), ...byHeader("x-webhook-id") }),
  },
  planetscale: { setting: "PLANETSCALE_WEBHOOK_SECRET", verifier: ofBody("x-planetscale-signature") },
  sentry: { setting: "SENTRY_WEBHOOK_SECRET", verifier: ofBody("sentry-hook-signature") },
  typeform: {
    setting: "TYPEFORM_WEBHOOK_SECRET",
    verifier: ofBody("typeform-signature", {
      encoding: "base64",
      ...prefixed("sha256"),
      ...byBody("event_id"),
    }),
  },
  vercel: {
    setting: "VERCEL_WEBHOOK_SECRET",
    verifier: ofBody("x-vercel-signature", { algorithm: "sha1", ...byBody("id") }),
  },
  zendesk: {
    setting: "ZENDESK_WEBHOOK_SECRET",
    verifier: ofBody("x-zendesk-webhook-signature", {
      encoding: "base64",
      timestamp: { source: header("x-zendesk-webhook-signature-timestamp") },
      signingString: { template: "{timestamp}{body}" },
      ...byHeader("x-zendesk-webhook-invocation-id"),
    }),
  },
  discord: {
    setting: "DISCORD_PUBLIC_KEY",
    handshake: "discord",
    isAnsweredEmpty: true,
    verifier: {
      scheme: "asymmetric",
      algorithm: "ed25519",
      encoding: "hex",
      signatureHeader: "x-signature-ed25519",
      timestamp: { source: header("x-signature-timestamp") },
      signingString: { template: "{timestamp}{body}" },
      publicKeyEncoding: "raw-hex",
    },
  },
  firecrawl: {
    setting: "FIRECRAWL_WEBHOOK_SECRET",
    verifier: ofBody("x-firecrawl-signature", { ...prefixed("sha256"), ...byBody("webhookId") }),
  },
  infisical: {
    setting: "INFISICAL_WEBHOOK_SECRET",
    verifier: ofBody("x-infisical-signature", { signature: { itemSeparator: ";" } }),
  },
  langfuse: { setting: "LANGFUSE_WEBHOOK_SECRET", verifier: timed("x-langfuse-signature", byBody("id")) },
  metronome: {
    setting: "METRONOME_WEBHOOK_SECRET",
    verifier: ofBody("metronome-webhook-signature", {
      timestamp: { source: header("x-metronome-date", "date"), format: "http-date" },
      signingString: {
        template: "{date}\n{body}",
        vars: { date: header("x-metronome-date", "date") },
      },
      ...byBody("id"),
    }),
  },
  plain: {
    setting: "PLAIN_WEBHOOK_SECRET",
    verifier: ofBody("plain-request-signature", {
      timestamp: {
        source: { from: "body", name: "webhookMetadata.webhookDeliveryAttemptTimestamp" },
        format: "iso8601",
      },
      ...byBody("id"),
    }),
  },
  retell: {
    setting: "RETELL_WEBHOOK_SECRET",
    verifier: ofBody("x-retell-signature", {
      signature: { itemSeparator: ",", fieldSeparator: "=", field: "d" },
      timestamp: { source: { from: "signatureField", field: "v" }, unit: "milliseconds" },
      signingString: { template: "{body}{timestamp}" },
    }),
  },
  square: {
    setting: "SQUARE_WEBHOOK_SECRET",
    verifier: ofBody("x-square-hmacsha256-signature", {
      encoding: "base64",
      signingString: { template: "{url}{body}", vars: { url: { from: "url" } } },
      ...byBody("event_id"),
    }),
  },
  supabase: {
    setting: "SUPABASE_WEBHOOK_SECRET",
    verifier: { scheme: "shared-secret", placement: "bearer" },
  },
  vapi: { setting: "VAPI_WEBHOOK_SECRET", verifier: ofBody("x-vapi-signature") },
  whatsapp: {
    setting: "WHATSAPP_WEBHOOK_SECRET",
    verifyToken: "WHATSAPP_VERIFY_TOKEN",
    verifier: ofBody("x-hub-signature-256", prefixed("sha256")),
  },
};
