/**
 * Forged, stale, truncated and re-ordered signatures, keys, sessions and links: none is let in, and nothing is stored.
 * A share of them here; `npm run test:forgeries` tries a million. A failure names its seed: HOLDFAST_SEED=… plays it again.
 */
import { createHmac, randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { beforeAll, expect, test } from "vitest";
import { seeded } from "../engine/world.ts";
import { chosenSeed } from "../heavy/random.ts";
import { key, type World, webhookSecret, world } from "./world.ts";

const { HOLDFAST_FORGERIES: asked = "20000" } = process.env;
const count = Number(asked);
const seed = chosenSeed();
const random = seeded(seed);
const upTo = (max: number): number => Math.floor(random() * max);
const oneOf = <T>(list: readonly T[]): T => list[upTo(list.length)] as T;

const minute = 60_000;
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_.,";
const bytesOf = (text: string): Buffer => Buffer.from(text.replace(/^whsec_/, ""), "base64");

/** A text that is another one: one character changed, left out or put in, its end or its beginning cut off, two swapped. */
function changed(text: string): string {
  const at = upTo(text.length);
  const other = oneOf(alphabet.split("").filter((each) => each !== text[at]));
  const forms = [
    text.slice(0, at) + other + text.slice(at + 1),
    text.slice(0, at) + text.slice(at + 1),
    text.slice(0, at) + other + text.slice(at),
    text.slice(0, at),
    text.slice(at + 1),
    [...text].reverse().join(""),
    text.slice(at) + text.slice(0, at),
    text + oneOf(["=", "A", "AA==", text]),
    text.toUpperCase(),
    text.toLowerCase(),
    "",
  ].filter((each) => each.trim() !== text);
  return oneOf(forms);
}

interface Delivery {
  readonly id: string;
  readonly at: number;
  readonly body: string;
  readonly signature: string;
}

function delivery(body = JSON.stringify({ amount: upTo(1e6), to: "ann" }), at = Date.now()): Delivery {
  const id = `msg_${upTo(1e9)}`;
  const seconds = Math.floor(at / 1_000);
  return {
    id,
    at: seconds,
    body,
    signature: new Webhook(webhookSecret).sign(id, new Date(seconds * 1_000), body),
  };
}

const hmac = (secret: Buffer, text: string): string =>
  `v1,${createHmac("sha256", secret).update(text).digest("base64")}`;

/** Deliveries that are not what was signed. */
const deliveries: readonly (() => Delivery)[] = [
  () => ((good) => ({ ...good, signature: changed(good.signature) }))(delivery()),
  () => ((good) => ({ ...good, body: changed(good.body) }))(delivery()),
  () => ((good) => ({ ...good, id: changed(good.id) }))(delivery()),
  () => ((good) => ({ ...good, at: good.at + oneOf([-1, 1, 60, -60]) }))(delivery()),
  // Too old and too new, but signed.
  () => delivery(undefined, Date.now() - (6 + upTo(1e5)) * minute),
  () => delivery(undefined, Date.now() + (6 + upTo(1e5)) * minute),
  // Another delivery's signature.
  () => ({ ...delivery(), signature: delivery().signature }),
  // Signed with another secret, and with the secret's text in place of its bytes.
  () =>
    ((good) => ({ ...good, signature: hmac(randomBytes(32), `${good.id}.${good.at}.${good.body}`) }))(
      delivery(),
    ),
  () =>
    ((good) => ({
      ...good,
      signature: hmac(Buffer.from(webhookSecret), `${good.id}.${good.at}.${good.body}`),
    }))(delivery()),
  // The right bytes in another order, and parts of them.
  () =>
    ((good) => {
      const orders = [
        `${good.at}.${good.id}.${good.body}`,
        `${good.body}.${good.id}.${good.at}`,
        `${good.at}.${good.body}`,
        good.body,
        `${good.id}.${good.at}.`,
      ];
      return { ...good, signature: hmac(bytesOf(webhookSecret), oneOf(orders)) };
    })(delivery()),
  // Under another version's name, and many that are all wrong.
  () =>
    ((good) => ({ ...good, signature: good.signature.replace("v1,", oneOf(["v1a,", "v2,", "", "V1,"])) }))(
      delivery(),
    ),
  () => ({
    ...delivery(),
    signature: Array.from({ length: 1 + upTo(20) }, () => delivery().signature).join(" "),
  }),
];

async function deliver(w: World, { id, at, body, signature }: Delivery): Promise<number> {
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(at),
    "webhook-signature": signature,
  };
  return (await w.app.request("/hooks/order", { method: "POST", headers, body })).status;
}

const ask = async (w: World, headers: Record<string, string>): Promise<number> =>
  (await w.app.request("/api/v1/runs", { headers })).status;

let cookie: string;
let w: World;
beforeAll(async () => {
  w = world();
  const answer = await w.app.request("/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ key }),
  });
  cookie = (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
});

const cookieName = (): string => cookie.slice(0, cookie.indexOf("="));
const cookieValue = (): string => cookie.slice(cookie.indexOf("=") + 1);

/** A session whose end lies further off, signed with nothing, with the key's text or with chance. */
function forgedSession(): string {
  const [expires = "", nonce = ""] = cookieValue().split(".");
  const later = String(Number(expires) + upTo(1e6));
  const text = `holdfast: session\n${later}\n${nonce}`;
  const secrets = [randomBytes(32), Buffer.alloc(0), Buffer.from("holdfast")];
  return `${later}.${nonce}.${createHmac("sha256", oneOf(secrets)).update(text).digest("base64url")}`;
}

const attempts: readonly ((w: World) => Promise<number>)[] = [
  (to) => deliver(to, oneOf(deliveries)()),
  (to) => deliver(to, oneOf(deliveries)()),
  (to) => ask(to, { authorization: `Bearer ${changed(key)}` }),
  (to) => ask(to, { authorization: `${oneOf(["Basic", "Bearer\t", "", "Token"])} ${key}` }),
  (to) => ask(to, { cookie: `${cookieName()}=${changed(cookieValue())}` }),
  (to) => ask(to, { cookie: `${cookieName()}=${forgedSession()}` }),
  (to) => ask(to, { cookie: `${changed(cookieName())}=${cookieValue()}` }),
];

test("what is genuine is let in", async () => {
  const fresh = world();
  expect(await deliver(fresh, delivery())).toBe(202);
  expect(await ask(w, { authorization: `Bearer ${key}` })).toBe(200);
  expect(await ask(w, { cookie })).toBe(200);
});

test(`of ${count} forged, stale, truncated and re-ordered signatures and keys none is accepted, and nothing is stored`, {
  timeout: 3_600_000,
}, async () => {
  for (let n = 0; n < count; n++) {
    const status = await oneOf(attempts)(w);
    if (status !== 401 && status !== 400) throw new Error(`seed ${seed}, attempt ${n}: ${status}`);
  }
  expect(await w.runs()).toEqual([]);
  expect(w.rings()).toEqual([]);
});
