/**
 * Who sends webhooks, and how each signs them: data, in Trigger.dev's form.
 *
 * Owns:      the table of providers; `functions/webhook-source.ts` checks by it.
 * Never:     holds a secret: a source names the setting that does.
 */

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
      | { readonly from: "signatureField"; readonly field: string };
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

/** A provider: how it signs, and the setting where its secret is unless the source names another. */
export interface Provider {
  readonly setting: string;
  readonly verifier: HmacVerifier;
  /** A delivery that only asks whether somebody is there, and starts nothing. */
  readonly handshake?: "slack" | "github";
}

/** The providers that are known by name. */
export const providers: Readonly<Record<string, Provider>> = {
  standardWebhooks: { setting: "HOLDFAST_WEBHOOK_SECRET", verifier: standard },
  svix: { setting: "SVIX_WEBHOOK_SECRET", verifier: standard },
  clerk: { setting: "CLERK_WEBHOOK_SECRET", verifier: standard },
  resend: { setting: "RESEND_WEBHOOK_SECRET", verifier: standard },
  stripe: {
    setting: "STRIPE_WEBHOOK_SECRET",
    verifier: {
      ...hmac,
      encoding: "hex",
      signatureHeader: "stripe-signature",
      signature: { itemSeparator: ",", fieldSeparator: "=", field: "v1" },
      timestamp: { source: { from: "signatureField", field: "t" } },
      signingString: { template: "{timestamp}.{body}" },
      idempotencyField: { from: "body", name: "id" },
    },
  },
  github: {
    setting: "GITHUB_WEBHOOK_SECRET",
    handshake: "github",
    verifier: {
      ...hmac,
      encoding: "hex",
      signatureHeader: "x-hub-signature-256",
      signature: { fieldSeparator: "=", field: "sha256" },
      signingString: "raw",
      idempotencyField: header("x-github-delivery"),
      formPayload: { field: "payload" },
    },
  },
  slack: {
    setting: "SLACK_SIGNING_SECRET",
    handshake: "slack",
    verifier: {
      ...hmac,
      encoding: "hex",
      signatureHeader: "x-slack-signature",
      signature: { fieldSeparator: "=", field: "v0" },
      timestamp: { source: header("x-slack-request-timestamp") },
      signingString: { template: "v0:{timestamp}:{body}" },
      idempotencyField: { from: "body", name: "event_id" },
      formPayload: { field: "payload" },
    },
  },
  shopify: {
    setting: "SHOPIFY_WEBHOOK_SECRET",
    verifier: {
      ...hmac,
      encoding: "base64",
      signatureHeader: "x-shopify-hmac-sha256",
      signingString: "raw",
      idempotencyField: header("x-shopify-webhook-id", "x-shopify-event-id"),
    },
  },
};

const source =
  (provider: string) =>
  <Event = unknown>(options: SourceOptions = {}): WebhookSource<Event> => ({ provider, options });

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
  /** Anybody else who signs with a shared secret. `secret` names the setting. */
  custom: <Event = unknown>(
    verifier: HmacVerifier,
    options: SourceOptions & { readonly secret: string },
  ): WebhookSource<Event> => ({ provider: "custom", options: { ...options, verifier } }),
} as const;
