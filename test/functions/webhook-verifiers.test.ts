/** Deliveries that are signed with a key of the sender's, or bring a token along. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import { decode } from "../../engine/codec.ts";
import { webhooksOf } from "../../functions/webhook-endpoints.ts";
import { checkedSource } from "../../functions/webhook-source.ts";
import { transform } from "../../transform/transform.ts";
import { refusal, type World, world } from "./world.ts";

/** A project with one webhook of this source. */
function served(
  source: string,
  secrets: Readonly<Record<string, readonly string[]>>,
  more: object = {},
): World {
  const made = transform(
    `import { webhook, webhooks } from "holdfast";
     export const hook = webhook({ id: "hook", source: ${source}, onEvent: async () => {} });`,
    { file: "tasks/hook.ts" },
  );
  expect(made.problems).toEqual([]);
  return world({
    code: {
      version: () => "1",
      tasks: () => made.tasks.map(({ id }) => ({ id })),
      ...webhooksOf({ tasks: made.tasks, webhooks: { endpoints: made.endpoints, matches: made.matches } }),
    },
    secretsNamed: (setting: string) => secrets[setting] ?? [],
    ...more,
  });
}

const send = async (w: World, body: unknown, headers: object, path = "/hooks/hook"): Promise<Response> =>
  w.app.request(path, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  });

const refusedWith = async (answer: Promise<Response>): Promise<unknown> => {
  const { status, code } = await refusal(await answer);
  return [status, code];
};

const rawHex = (key: KeyObject): string =>
  key.export({ format: "der", type: "spki" }).subarray(-32).toString("hex");
const seconds = (): string => String(Math.floor(Date.now() / 1_000));

describe("Discord", () => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const other = generateKeyPairSync("ed25519");
  const signed = (body: string, at = seconds(), key = privateKey) => ({
    "x-signature-ed25519": sign(null, Buffer.from(at + body), key).toString("hex"),
    "x-signature-timestamp": at,
  });
  const key = rawHex(publicKey);
  const discord = (keys: readonly string[] = [key]): World =>
    served("webhooks.discord()", { DISCORD_PUBLIC_KEY: keys });
  const event = JSON.stringify({ version: 1, type: 1, event: { type: "ENTITLEMENT_CREATE" } });

  test("a delivery that is signed with its key starts a run, and is answered by 204 without a body", async () => {
    const w = discord();
    const answer = await send(w, event, signed(event));
    expect([answer.status, await answer.text()]).toEqual([204, ""]);
    expect(await w.runs()).toHaveLength(1);
  });

  test("its ping is answered by 204 and starts nothing, one that is not signed by 401", async () => {
    const w = discord();
    const ping = JSON.stringify({ version: 1, type: 0 });
    expect((await send(w, ping, signed(ping))).status).toBe(204);
    expect(await refusedWith(send(w, ping, signed(event)))).toEqual([401, "HF204"]);
    expect(await w.runs()).toEqual([]);
  });

  test.each([
    ["another body", event.replace("1", "2"), signed(event)],
    ["another key's signature", event, signed(event, seconds(), other.privateKey)],
    ["another time", event, { ...signed(event), "x-signature-timestamp": String(Number(seconds()) + 1) }],
    ["no signature", event, {}],
    ["a signature that is no hex", event, { ...signed(event), "x-signature-ed25519": "zz" }],
    [
      "half a signature",
      event,
      { ...signed(event), "x-signature-ed25519": signed(event)["x-signature-ed25519"].slice(64) },
    ],
  ])("%s is refused", async (_, body, headers) => {
    const w = discord();
    expect(await refusedWith(send(w, body, headers))).toEqual([401, "HF204"]);
    expect(await w.runs()).toEqual([]);
  });

  test("one that is too old is refused", async () => {
    const at = String(Number(seconds()) - 301);
    expect(await refusedWith(send(discord(), event, signed(event, at)))).toEqual([401, "HF205"]);
  });

  test("keys that are none are not used, and do not let the others down", async () => {
    for (const wrong of ["", "zz", key.slice(2), "a secret"])
      expect(await refusedWith(send(discord([wrong]), event, signed(event)))).toEqual([401, "HF204"]);
    expect((await send(discord(["zz", key]), event, signed(event))).status).toBe(204);
    // While a key is changed over both count.
    expect((await send(discord([rawHex(other.publicKey), key]), event, signed(event))).status).toBe(204);
  });
});

const pairs = {
  "ecdsa-p256": generateKeyPairSync("ec", { namedCurve: "prime256v1" }),
  "ecdsa-p384": generateKeyPairSync("ec", { namedCurve: "secp384r1" }),
  "rsa-sha256": generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ed25519: generateKeyPairSync("ed25519"),
};
const hashes = {
  "ecdsa-p256": "sha256",
  "ecdsa-p384": "sha384",
  "rsa-sha256": "sha256",
  ed25519: null,
} as const;
const written = {
  pem: (key: KeyObject) => String(key.export({ format: "pem", type: "spki" })),
  "spki-der-base64": (key: KeyObject) => key.export({ format: "der", type: "spki" }).toString("base64"),
};

describe("custom senders with a key of their own", () => {
  const algorithms = Object.keys(pairs) as (keyof typeof pairs)[];
  test.each(
    algorithms.flatMap((algorithm) => [
      [algorithm, "pem", undefined] as const,
      [algorithm, "spki-der-base64", "sha256"] as const,
    ]),
  )(
    "%s, the key as %s, prehash %s: theirs are let in, others are not",
    async (algorithm, encoding, prehash) => {
      const verifier = {
        ...{ scheme: "asymmetric", algorithm, encoding: "base64", signatureHeader: "x-signature" },
        timestamp: { source: { from: "header", name: "x-time" } },
        signingString: {
          template: "{app}.{timestamp}.{body}",
          vars: { app: { from: "constant", value: "shop" } },
        },
        publicKeyEncoding: encoding,
        ...(prehash === undefined ? {} : { prehash }),
      };
      const { publicKey, privateKey } = pairs[algorithm];
      const source = `webhooks.custom(${JSON.stringify(verifier)}, { secret: "KEY" })`;
      const w = served(source, { KEY: [written[encoding](publicKey)] });
      const body = '{"id":1}';
      const at = seconds();
      const text = Buffer.from(`shop.${at}.${body}`);
      const hashed = prehash === undefined ? text : createHash(prehash).update(text).digest();
      const headers = {
        "x-signature": sign(hashes[algorithm], hashed, privateKey).toString("base64"),
        "x-time": at,
      };
      expect(await refusedWith(send(w, '{"id":2}', headers))).toEqual([401, "HF204"]);
      expect((await send(w, body, headers)).status).toBe(202);
      // A key of another kind is none.
      const kind = algorithm === "rsa-sha256" ? "ed25519" : "rsa-sha256";
      const strange = served(source, { KEY: [written[encoding](pairs[kind].publicKey)] });
      expect(await refusedWith(send(strange, body, headers))).toEqual([401, "HF204"]);
    },
  );

  test("a raw key that is not one of ed25519 is refused by its form", () => {
    const verifier = {
      ...{ scheme: "asymmetric", algorithm: "rsa-sha256", encoding: "hex", signatureHeader: "x" },
      ...{ signingString: "raw", publicKeyEncoding: "raw-hex" },
    };
    expect(() => checkedSource("custom", { secret: "KEY", verifier })).toThrow(/HF406.*a raw key/);
  });
});

const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString("base64")}` });

describe("senders that bring a token along", () => {
  const tokens = (placement: string, fieldName?: string): World =>
    served(
      `webhooks.custom(${JSON.stringify({ scheme: "shared-secret", placement, fieldName })}, { secret: "TOKEN" })`,
      { TOKEN: ["s3cret", "user:old"] },
    );
  test.each([
    ["header", "x-token", {}, { "x-token": "s3cret" }, { "x-token": "s3cre" }],
    ["bearer", undefined, {}, { authorization: "Bearer s3cret" }, {}],
    ["basic", undefined, {}, basic("anybody:s3cret"), basic("anybody:old")],
    ["basic", undefined, {}, basic("user:old"), basic("user:s3cre")],
    ["body", "auth.token", { auth: { token: "s3cret" } }, {}, undefined],
  ] as const)(
    "as %s %s: theirs are let in, others are not",
    async (placement, field, extra, headers, wrong) => {
      const w = tokens(placement, field);
      const bad = wrong === undefined ? { auth: { token: "x" } } : {};
      expect(await refusedWith(send(w, { id: 1, ...bad }, wrong ?? {}))).toEqual([401, "HF204"]);
      expect(await w.runs()).toEqual([]);
      expect((await send(w, { id: 1, ...extra }, headers)).status).toBe(202);
      const [run] = await w.runs();
      // Nothing of the token is kept.
      const kept = JSON.stringify(run);
      expect([kept.includes("s3cret"), kept.includes(Buffer.from("s3cret").toString("base64"))]).toEqual([
        false,
        false,
      ]);
      const payload = run !== undefined && "inline" in run.payload ? decode(run.payload.inline) : undefined;
      expect(payload).toMatchObject({ event: { id: 1 } });
    },
  );

  test("a wrong bearer token is taken for a key, and refused as one; the API's own key lets in", async () => {
    const w = tokens("bearer");
    expect(await refusedWith(send(w, { id: 1 }, { authorization: "Bearer s3cre" }))).toEqual([401, "HF202"]);
    expect(await w.runs()).toEqual([]);
  });

  test("an empty secret lets nobody in", async () => {
    const source = `webhooks.custom({ scheme: "shared-secret", placement: "header", fieldName: "x-token" }, { secret: "TOKEN" })`;
    const w = served(source, { TOKEN: [""] });
    for (const headers of [{}, { "x-token": "" }])
      expect(await refusedWith(send(w, {}, headers))).toEqual([401, "HF204"]);
  });

  test("a field without a name, or a name without a field, is refused by its form", () => {
    for (const verifier of [{ placement: "header" }, { placement: "bearer", fieldName: "x-token" }])
      expect(() =>
        checkedSource("custom", { secret: "T", verifier: { scheme: "shared-secret", ...verifier } }),
      ).toThrow("HF406");
  });
});

describe("a secret in the address's query", () => {
  const verifier = { scheme: "url-secret", placement: "query", paramName: "token" };
  const source = `webhooks.custom(${JSON.stringify(verifier)}, { secret: "TOKEN" })`;
  const at = (query: string): string => `/hooks/hook${query}`;

  test("lets in whoever has it, by the old one, too, and is kept nowhere", async () => {
    const w = served(source, { TOKEN: ["s3cret", "old"] });
    for (const query of ["?token=s3cret", "?token=old"])
      expect((await send(w, { id: 1 }, {}, at(query))).status).toBe(202);
    expect(JSON.stringify([await w.runs(), w.logged])).not.toMatch(/s3cret|"old"/);
  });

  const wrong = ["", "?token=", "?token=s3cre", "?Token=s3cret", "?token=s3cre&token=s3cret"];
  test.each(wrong)("%s is refused and stores nothing", async (query) => {
    const w = served(source, { TOKEN: ["s3cret"] });
    expect(await refusedWith(send(w, {}, {}, at(query)))).toEqual([401, "HF204"]);
    expect(await w.runs()).toEqual([]);
  });

  test("in the path it is refused by its form, and an empty secret lets nobody in", async () => {
    const wrong = { ...verifier, placement: "path" };
    expect(() => checkedSource("custom", { secret: "T", verifier: wrong })).toThrow("HF406");
    const empty = send(served(source, { TOKEN: [""] }), {}, {}, at("?token="));
    expect(await refusedWith(empty)).toEqual([401, "HF204"]);
  });
});

describe("the address", () => {
  test("of Square's signature is the server's public one", async () => {
    const { createHmac } = await import("node:crypto");
    const body = '{"event_id":"1"}';
    const to = (url: string) => ({
      "x-square-hmacsha256-signature": createHmac("sha256", "sq")
        .update(url + body)
        .digest("base64"),
    });
    const secrets = { SQUARE_WEBHOOK_SECRET: ["sq"] };
    const w = served("webhooks.square()", secrets, { publicUrl: "https://shop.example.com/" });
    expect(await refusedWith(send(w, body, to("http://localhost/hooks/hook")))).toEqual([401, "HF204"]);
    expect((await send(w, body, to("https://shop.example.com/hooks/hook"))).status).toBe(202);
  });

  const ask = (w: World, query: string, id = "hook") => w.app.request(`/hooks/${id}?${query}`);
  const right = "hub.mode=subscribe&hub.verify_token=mine&hub.challenge=42";

  test("is WhatsApp's to verify by GET with the verify token", async () => {
    const w = served("webhooks.whatsapp()", { WHATSAPP_VERIFY_TOKEN: ["mine"] });
    const answer = await ask(w, right);
    expect([answer.status, await answer.text()]).toEqual([200, "42"]);
    expect(answer.headers.get("content-type")).toMatch(/^text\/plain/);
  });

  test.each([
    ["another token", "hub.mode=subscribe&hub.verify_token=yours&hub.challenge=42"],
    ["no token", "hub.mode=subscribe&hub.challenge=42"],
    ["another mode", "hub.mode=unsubscribe&hub.verify_token=mine&hub.challenge=42"],
    ["no challenge", "hub.mode=subscribe&hub.verify_token=mine"],
    ["a challenge that is too long", `${right}${"0".repeat(256)}`],
  ])("with %s it is not verified", async (_, query) => {
    const w = served("webhooks.whatsapp()", { WHATSAPP_VERIFY_TOKEN: ["mine"] });
    expect(await refusedWith(Promise.resolve(ask(w, query)))).toEqual([401, "HF204"]);
  });

  test("of nobody else is verified so", async () => {
    const secrets = { WHATSAPP_VERIFY_TOKEN: ["mine"], GITHUB_WEBHOOK_SECRET: ["mine"] };
    const w = served("webhooks.github()", secrets);
    expect(await refusedWith(Promise.resolve(ask(w, right)))).toEqual([401, "HF204"]);
    expect(await refusedWith(Promise.resolve(ask(w, right, "none")))).toEqual([401, "HF204"]);
    const unset = served("webhooks.whatsapp()", { WHATSAPP_VERIFY_TOKEN: [""] });
    expect(await refusedWith(Promise.resolve(ask(unset, right.replace("mine", ""))))).toEqual([401, "HF204"]);
  });
});
