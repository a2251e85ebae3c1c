/**
 * What stands behind `source:` of a webhook: a sender, in Trigger.dev's form.
 *
 * Owns:      the form of a source; `webhook-providers.ts` says how each provider signs.
 * Never:     holds a secret: a source names the setting that does.
 */
import { unsupported } from "./unsupported.ts";

/** How a sender signs with a shared secret (HMAC). */
export interface HmacVerifier {
  readonly scheme: "hmac";
  readonly algorithm: "sha256" | "sha1" | "sha512";
  readonly encoding: "hex" | "base64";
  /** The header with the signature. */
  readonly signatureHeader: string;
  /** The same header under other names. */
  readonly additionalSignatureHeaders?: readonly string[];
  /** How the signature stands in its header; without it, it is the whole header. */
  readonly signature?: {
    /** Between several signatures. */
    readonly itemSeparator?: string;
    /** Between a name and its value. */
    readonly fieldSeparator?: string;
    /** The name of the signature that counts: `v1`. */
    readonly field?: string;
  };
  /** Where the time of the signature is. Without it, a delivery is as good in a year as now. */
  readonly timestamp?: {
    readonly source:
      | { readonly from: "header"; readonly name: string; readonly fallback?: readonly string[] }
      | { readonly from: "signatureField"; readonly field: string }
      /** In the body, by path: it counts only where the body itself is signed. */
      | { readonly from: "body"; readonly name: string };
    /** @default "seconds" */
    readonly unit?: "seconds" | "milliseconds";
    /** How much older or newer than now it may be; 1 to 86,400. @default 300 */
    readonly toleranceSeconds?: number;
  };
  /** What is signed: the body as it came, or a text with `{body}`, `{timestamp}` and `vars` in it. */
  readonly signingString:
    | "raw"
    | {
        readonly template: string;
        readonly vars?: Readonly<
          Record<
            string,
            { readonly from: "header"; readonly name: string; readonly fallback?: readonly string[] }
          >
        >;
      };
  /** How the secret is written. @default the text itself */
  readonly secret?: { readonly encoding?: "utf8" | "base64"; readonly stripPrefix?: string };
  /** What names the event: a delivery with the same starts nothing. */
  readonly idempotencyField?: {
    readonly from: "header" | "body";
    readonly name: string;
    readonly fallback?: readonly string[];
  };
  /** The field that holds the JSON where a form is sent. */
  readonly formPayload?: { readonly field: string };
}

/** What every source may be given. */
export interface SourceOptions {
  /** The setting that holds the secret; the one before it, while both count, is in `<name>_PREVIOUS`. */
  readonly secret?: string;
  /** Instead of the provider's. 1 to 86,400. @default 300 */
  readonly toleranceSeconds?: number;
}

declare const sent: unique symbol;

/** A sender. `Event` is what its deliveries hold. */
export interface WebhookSource<Event = unknown> {
  readonly provider: string;
  readonly options: SourceOptions & { readonly verifier?: HmacVerifier };
  /** There for the types alone. */
  readonly [sent]?: Event;
}

const source =
  (provider: string) =>
  <Event = unknown>(options: SourceOptions = {}): WebhookSource<Event> => ({ provider, options });

const notKnown = (provider: string) =>
  /* @__PURE__ */ unsupported(
    `webhooks.${provider}`,
    "Where the provider signs with a shared secret (HMAC), describe how with webhooks.custom(…).",
  );

/**
 * The senders: `webhooks` has them too. Each takes `{ secret, toleranceSeconds }`; `custom` takes how the sender signs.
 * What they are given has to be readable in the source.
 */
export const webhookSources = {
  /** Standard Webhooks; the secret is in `HOLDFAST_WEBHOOK_SECRET`. */
  standardWebhooks: source("standardWebhooks"),
  /** Svix; `SVIX_WEBHOOK_SECRET`. */
  svix: source("svix"),
  /** Clerk (Svix); `CLERK_WEBHOOK_SECRET`. */
  clerk: source("clerk"),
  /** Resend (Svix); `RESEND_WEBHOOK_SECRET`. */
  resend: source("resend"),
  /** Stripe; `STRIPE_WEBHOOK_SECRET`. */
  stripe: source("stripe"),
  /** GitHub; `GITHUB_WEBHOOK_SECRET`. Its ping is answered. */
  github: source("github"),
  /** Slack; `SLACK_SIGNING_SECRET`. Its `url_verification` is answered. */
  slack: source("slack"),
  /** Shopify; `SHOPIFY_WEBHOOK_SECRET`. */
  shopify: source("shopify"),
  /** Attio; `ATTIO_WEBHOOK_SECRET`. */
  attio: source("attio"),
  /** Brex (Standard Webhooks); `BREX_WEBHOOK_SECRET`. */
  brex: source("brex"),
  /** Cal.com; `CAL_COM_WEBHOOK_SECRET`. */
  calCom: source("calCom"),
  /** Calendly; `CALENDLY_WEBHOOK_SECRET`. */
  calendly: source("calendly"),
  /** Composio (Standard Webhooks); `COMPOSIO_WEBHOOK_SECRET`. */
  composio: source("composio"),
  /** DocuSign Connect; `DOCUSIGN_WEBHOOK_SECRET`. */
  docusign: source("docusign"),
  /** ElevenLabs; `ELEVENLABS_WEBHOOK_SECRET`. */
  elevenlabs: source("elevenlabs"),
  /** Hookdeck, for what it passes on; `HOOKDECK_WEBHOOK_SECRET`. */
  hookdeck: source("hookdeck"),
  /** Intercom; `INTERCOM_WEBHOOK_SECRET`. */
  intercom: source("intercom"),
  /** Jira; `JIRA_WEBHOOK_SECRET`. */
  jira: source("jira"),
  /** Linear; `LINEAR_WEBHOOK_SECRET`. */
  linear: source("linear"),
  /** Loops (Standard Webhooks); `LOOPS_WEBHOOK_SECRET`. */
  loops: source("loops"),
  /** Mux; `MUX_WEBHOOK_SECRET`. */
  mux: source("mux"),
  /** Notion; `NOTION_WEBHOOK_SECRET`. */
  notion: source("notion"),
  /** OpenAI (Standard Webhooks); `OPENAI_WEBHOOK_SECRET`. */
  openai: source("openai"),
  /** PagerDuty; `PAGERDUTY_WEBHOOK_SECRET`. */
  pagerduty: source("pagerduty"),
  /** PlanetScale; `PLANETSCALE_WEBHOOK_SECRET`. */
  planetscale: source("planetscale"),
  /** Recall.ai (Standard Webhooks); `RECALLAI_WEBHOOK_SECRET`. */
  recallai: source("recallai"),
  /** Replicate (Standard Webhooks); `REPLICATE_WEBHOOK_SECRET`. */
  replicate: source("replicate"),
  /** Sentry; `SENTRY_WEBHOOK_SECRET`. */
  sentry: source("sentry"),
  /** Tailscale; `TAILSCALE_WEBHOOK_SECRET`. */
  tailscale: source("tailscale"),
  /** Typeform; `TYPEFORM_WEBHOOK_SECRET`. */
  typeform: source("typeform"),
  /** Vercel; `VERCEL_WEBHOOK_SECRET`. */
  vercel: source("vercel"),
  /** WorkOS; `WORKOS_WEBHOOK_SECRET`. */
  workos: source("workos"),
  /** Zendesk; `ZENDESK_WEBHOOK_SECRET`. */
  zendesk: source("zendesk"),
  /** Anybody else who signs with a shared secret. `secret` names the setting. */
  custom: <Event = unknown>(
    verifier: HmacVerifier,
    options: SourceOptions & { readonly secret: string },
  ): WebhookSource<Event> => ({ provider: "custom", options: { ...options, verifier } }),
  /** Signs with a public key, or none at all: not supported. @throws HoldfastError HF506 */
  discord: notKnown("discord"),
  /** Not supported. @throws HoldfastError HF506 */
  square: notKnown("square"),
  /** Not supported. @throws HoldfastError HF506 */
  whatsapp: notKnown("whatsapp"),
  /** Not supported. @throws HoldfastError HF506 */
  gitlab: notKnown("gitlab"),
  /** Not supported. @throws HoldfastError HF506 */
  supabase: notKnown("supabase"),
  /** Not supported. @throws HoldfastError HF506 */
  plain: notKnown("plain"),
  /** Not supported. @throws HoldfastError HF506 */
  metronome: notKnown("metronome"),
  /** Not supported. @throws HoldfastError HF506 */
  retell: notKnown("retell"),
  /** Not supported. @throws HoldfastError HF506 */
  vapi: notKnown("vapi"),
  /** Not supported. @throws HoldfastError HF506 */
  langfuse: notKnown("langfuse"),
  /** Not supported. @throws HoldfastError HF506 */
  infisical: notKnown("infisical"),
  /** Not supported. @throws HoldfastError HF506 */
  firecrawl: notKnown("firecrawl"),
  /** Not supported. @throws HoldfastError HF506 */
  granola: notKnown("granola"),
  /** Not supported. @throws HoldfastError HF506 */
  autumn: notKnown("autumn"),
} as const;
