/**
 * What stands behind `source:` of a webhook: a sender, in Trigger.dev's form.
 *
 * Owns:      the form of a source; `webhook-providers.ts` says how each provider signs, `webhook-verifiers.ts` in which words.
 * Never:     holds a secret: a source names the setting that does.
 */
import type { WebhookVerifier } from "./webhook-verifiers.ts";

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
  readonly options: SourceOptions & { readonly verifier?: WebhookVerifier };
  /** There for the types alone. */
  readonly [sent]?: Event;
}

/** What is sure of an event of Stripe's. */
export interface StripeWebhookEvent {
  readonly id: string;
  readonly object: "event";
  readonly type: string;
  /** Unix seconds. */
  readonly created: number;
  readonly data: { readonly object: Readonly<Record<string, unknown>> };
  readonly [name: string]: unknown;
}

const source =
  <Known = unknown>(provider: string) =>
  <Event = Known>(options: SourceOptions = {}): WebhookSource<Event> => ({ provider, options });

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
  stripe: source<StripeWebhookEvent>("stripe"),
  /** GitHub; `GITHUB_WEBHOOK_SECRET`. Its ping is answered. */
  github: source<Readonly<Record<string, unknown>>>("github"),
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
  /** Anybody else: who signs with a shared secret or a key of his own, or sends a token. `secret` names the setting. */
  custom: <Event = unknown>(
    verifier: WebhookVerifier,
    options: SourceOptions & { readonly secret: string },
  ): WebhookSource<Event> => ({ provider: "custom", options: { ...options, verifier } }),
  /** Autumn (Svix); `AUTUMN_WEBHOOK_SECRET`. */
  autumn: source("autumn"),
  /** Discord signs with its key: the application's public one, in hex, is in `DISCORD_PUBLIC_KEY`. Its ping is answered. */
  discord: source("discord"),
  /** Firecrawl; `FIRECRAWL_WEBHOOK_SECRET`. */
  firecrawl: source("firecrawl"),
  /** GitLab, with a signing token (Standard Webhooks); `GITLAB_WEBHOOK_SECRET`. */
  gitlab: source("gitlab"),
  /** Granola (Standard Webhooks); `GRANOLA_WEBHOOK_SECRET`. */
  granola: source("granola"),
  /** Infisical; `INFISICAL_WEBHOOK_SECRET`. */
  infisical: source("infisical"),
  /** Langfuse; `LANGFUSE_WEBHOOK_SECRET`. */
  langfuse: source("langfuse"),
  /** Metronome; `METRONOME_WEBHOOK_SECRET`. */
  metronome: source("metronome"),
  /** Plain; `PLAIN_WEBHOOK_SECRET`. */
  plain: source("plain"),
  /** Retell; `RETELL_WEBHOOK_SECRET`. */
  retell: source("retell"),
  /** Square, which signs the address too: the one it calls has to be the server's public one. `SQUARE_WEBHOOK_SECRET`. */
  square: source("square"),
  /** Supabase's database webhooks, which send `Authorization: Bearer <token>`; `SUPABASE_WEBHOOK_SECRET`. */
  supabase: source("supabase"),
  /** Vapi; `VAPI_WEBHOOK_SECRET`. */
  vapi: source("vapi"),
  /** WhatsApp: the app's secret is in `WHATSAPP_WEBHOOK_SECRET`, the verify token for its `GET` in `WHATSAPP_VERIFY_TOKEN`. */
  whatsapp: source("whatsapp"),
} as const;
