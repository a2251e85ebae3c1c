/** Deliveries of providers, for tests: signed by the providers' own libraries, where they sign. */
import { createHmac } from "node:crypto";
import { sign as signGitHub } from "@octokit/webhooks-methods";
import { Webhook } from "standardwebhooks";
import Stripe from "stripe";

export const whsec = (text: string): string =>
  `whsec_${Buffer.from(text.padEnd(32, ".")).toString("base64")}`;
export const seconds = (): number => Math.floor(Date.now() / 1_000);

export interface Sent {
  readonly hook: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

const bodyOf = (event: object): string => JSON.stringify(event, undefined, 2);

/** A delivery of each provider, signed `at`, with this secret. */
const providers: Readonly<
  Record<string, (event: object, given?: { secret?: string; at?: number }) => Promise<Sent>>
> = {
  async stripe(event, { secret = "whsec_stripe", at = seconds() } = {}) {
    const payload = bodyOf(event);
    const header = Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp: at });
    return { hook: "stripe", body: payload, headers: { "stripe-signature": header } };
  },
  async github(event, { secret = "It's a Secret to Everybody" } = {}) {
    const body = bodyOf(event);
    const headers = {
      "x-hub-signature-256": await signGitHub(secret, body),
      "x-github-delivery": String((event as { id: string }).id),
      "x-github-event": "push",
    };
    return { hook: "github", body, headers };
  },
  async slack(event, { secret = "8f742231b10e8888abcd99yyyzzz85a5", at = seconds() } = {}) {
    const body = bodyOf({ ...event, event_id: (event as { id: string }).id });
    const mac = createHmac("sha256", secret).update(`v0:${at}:${body}`).digest("hex");
    const headers = { "x-slack-signature": `v0=${mac}`, "x-slack-request-timestamp": String(at) };
    return { hook: "slack", body, headers };
  },
  async shopify(event, { secret = "hush" } = {}) {
    const body = bodyOf(event);
    const mac = createHmac("sha256", secret).update(body).digest("base64");
    const { id } = event as { id: string };
    return { hook: "shopify", body, headers: { "x-shopify-hmac-sha256": mac, "x-shopify-webhook-id": id } };
  },
  async svix(event, { secret = whsec("svix"), at = seconds() } = {}) {
    const body = bodyOf(event);
    const { id } = event as { id: string };
    const signature = new Webhook(secret).sign(id, new Date(at * 1_000), body);
    const headers = { "svix-id": id, "svix-timestamp": String(at), "svix-signature": signature };
    return { hook: "svix", body, headers };
  },
  async own(event, { secret = "own", at = seconds() } = {}) {
    const body = bodyOf({ ...event, meta: event });
    const mac = createHmac("sha512", secret)
      .update(`shop|${at * 1_000}|${body}`)
      .digest("base64");
    return {
      hook: "own",
      body,
      headers: { "x-mac": `mac=${mac}`, "x-sent": String(at * 1_000), "x-sender": "shop" },
    };
  },
};
export const names = Object.keys(providers);
export const timed = names.filter((name) => name !== "github" && name !== "shopify");
export const make = (name: string, ...args: Parameters<(typeof providers)[string]>): Promise<Sent> =>
  providers[name]?.(...args) ?? Promise.reject(new Error(name));
