/** Signing in to the dashboard: by key, by link; what the cookie is good for, and for whom it is not. */
import { describe, expect, test } from "vitest";
import { keyEntry } from "../../functions/api-keys.ts";
import { hashedKeys, secretKeys } from "../../functions/auth.ts";
import { linkFor, oneTimeTokens } from "../../functions/one-time-link.ts";
import { hashOfKey } from "../../functions/secret-key.ts";
import { key, refusal, type World, world } from "./world.ts";

const own = { "sec-fetch-site": "same-origin" };

const post = (w: World, body: unknown, headers: Record<string, string> = own, at = "") =>
  w.app.request(`${at}/session`, { method: "POST", body: JSON.stringify(body), headers });

/** The cookie that an answer sets, as a browser would send it back. */
const cookieOf = (answer: Response): string => answer.headers.get("set-cookie")?.split(";")[0] ?? "";

async function signedIn(w: World): Promise<string> {
  const answer = await post(w, { key });
  expect(answer.status).toBe(200);
  return cookieOf(answer);
}

const trigger = (w: World, headers: Record<string, string>) =>
  w.app.request("/api/v1/tasks/order/trigger", { method: "POST", body: `{"payload":1}`, headers });

const list = (w: World, headers: Record<string, string>) => w.app.request("/api/v1/runs", { headers });

describe("signing in", () => {
  test("with the key gives a cookie that ends, that no script can read and no other site can send", async () => {
    const answer = await post(world(), { key });
    const cookie = answer.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(
      /^holdfast-[0-9a-f]{8}=\d+\.[\w-]{22}\.[\w-]{43}; Path=\/; Max-Age=86400; HttpOnly; SameSite=Strict$/,
    );
    expect(await answer.json()).toEqual({ ok: true });
  });
  test("over TLS gives a cookie for TLS alone, and for this host alone", async () => {
    const direct = await post(world(), { key }, own, "https://holdfast.example");
    const behindProxy = await post(world(), { key }, { ...own, "x-forwarded-proto": "https" });
    for (const answer of [direct, behindProxy]) {
      expect(answer.headers.get("set-cookie")).toMatch(/^__Host-holdfast-.*; Secure$/);
    }
  });
  test("puts nothing of the key into the cookie, and never the same cookie twice", async () => {
    const w = world();
    const [first, second] = [await signedIn(w), await signedIn(w)];
    expect(first).not.toBe(second);
    for (const cookie of [first, second]) {
      for (let at = 0; at + 6 <= key.length; at++) expect(cookie).not.toContain(key.slice(at, at + 6));
    }
  });
  test("with a wrong key says so, and gives no cookie", async () => {
    for (const wrong of [`${key}x`, "", key.slice(1)]) {
      const answer = await post(world(), { key: wrong });
      expect(answer.headers.get("set-cookie")).toBeNull();
      expect(await refusal(answer)).toMatchObject({ status: 401, code: "HF420", error: "The key is wrong." });
    }
  });
  test("is refused for another site's page, whatever it has", async () => {
    for (const site of ["cross-site", "same-site"]) {
      const answer = await post(world(), { key }, { "sec-fetch-site": site });
      expect(await refusal(answer)).toMatchObject({ status: 403, code: "HF422" });
    }
    const answer = await post(world(), { key }, { origin: "https://evil.example" });
    expect(await refusal(answer)).toMatchObject({ status: 403, code: "HF422" });
  });
  test("takes a key or a token, and nothing else", async () => {
    for (const body of [{}, { key, token: "x" }, { key: 1 }, { password: key }, [], "x"]) {
      expect(await refusal(await post(world(), body))).toMatchObject({ status: 422, code: "HF207" });
    }
  });
  test("where no key is set lets nobody in", async () => {
    const w = world({ keys: secretKeys([""]) });
    expect(await refusal(await post(w, { key: "" }))).toMatchObject({ code: "HF420" });
    const forged = { cookie: "holdfast-none=9999999999.AAAAAAAAAAAAAAAAAAAAAA.AAAA", ...own };
    expect((await list(w, forged)).status).toBe(401);
  });
});

describe("the link of holdfast dev", () => {
  test("signs in once; the next link is there at once", async () => {
    const links: string[] = [];
    const signIn = oneTimeTokens((token) => links.push(linkFor("http://127.0.0.1:7474", token)));
    const w = world({ signIn });
    const tokenOf = (link: string | undefined) => ({ token: new URL(link ?? "").hash.slice(1) });
    const first = await post(w, tokenOf(links[0]));
    expect([first.status, (await list(w, { cookie: cookieOf(first) })).status]).toEqual([200, 200]);
    const again = await post(w, tokenOf(links[0]));
    expect(await refusal(again)).toMatchObject({ status: 401, code: "HF421" });
    expect(again.headers.get("set-cookie")).toBeNull();
    expect((await post(w, tokenOf(links[1]))).status).toBe(200);
    expect(links).toHaveLength(3);
  });
  test("has its token behind the #, where no server and no log sees it", () => {
    expect(linkFor("http://127.0.0.1:7474", "abc")).toBe("http://127.0.0.1:7474/sign-in#abc");
  });
  test("is not used up by a wrong one, and there is none where none is printed", async () => {
    let token = "";
    const signIn = oneTimeTokens((next) => {
      token = next;
    });
    const w = world({ signIn });
    for (const wrong of ["", `${token}x`, token.slice(1)]) {
      expect(await refusal(await post(w, { token: wrong }))).toMatchObject({ code: "HF421" });
    }
    expect((await post(w, { token })).status).toBe(200);
    expect(await refusal(await post(world(), { token: "" }))).toMatchObject({ code: "HF421" });
  });
});

describe("a link that was asked for", () => {
  const ask = (w: World) => w.send("POST", "/api/v1/sign-in-links", {});
  const made = async (w: World) => (await (await ask(w)).json()) as { path: string; expiresAt: string };
  const tokenIn = ({ path }: { path: string }) => ({ token: path.slice("/sign-in#".length) });

  test("signs in once, beside the printed one, and ends after five minutes", async () => {
    let later = 0;
    const w = world({ signIn: oneTimeTokens(), shift: () => later });
    const [first, second] = [await made(w), await made(w)];
    expect((await post(w, tokenIn(first))).status).toBe(200);
    expect(await refusal(await post(w, tokenIn(first)))).toMatchObject({ code: "HF421" });
    later = 5 * 60_000;
    expect(await refusal(await post(w, tokenIn(second)))).toMatchObject({ code: "HF421" });
    const printing = world({ signIn: oneTimeTokens(() => {}) });
    expect((await post(printing, tokenIn(await made(printing)))).status).toBe(200);
  });
  test("is one of sixteen at most: the oldest ends for a further one", async () => {
    const w = world({ signIn: oneTimeTokens() });
    const [oldest, next] = [await made(w), await made(w)];
    for (let count = 2; count < 17; count++) await made(w);
    expect((await post(w, tokenIn(oldest))).status).toBe(401);
    expect((await post(w, tokenIn(next))).status).toBe(200);
  });
  test("is made for a key that may do everything for ever, and for no other", async () => {
    const keys = [
      { hash: hashOfKey("ends"), scopes: ["admin"], expiresAt: Date.now() + 1e9 },
      { hash: hashOfKey("some"), scopes: ["admin"], tasks: ["order"] },
      { hash: hashOfKey("reads"), scopes: ["read"] },
    ] as const;
    const w = world({ signIn: oneTimeTokens(), keys: hashedKeys([hashOfKey(key), ...keys.map(keyEntry)]) });
    for (const bearer of ["ends", "some", "reads"]) {
      const headers = { authorization: `Bearer ${bearer}` };
      const answer = await w.send("POST", "/api/v1/sign-in-links", {}, headers);
      expect([bearer, (await refusal(answer)).code]).toEqual([bearer, "HF219"]);
    }
    expect((await ask(w)).status).toBe(200);
  });
  test("is refused where nobody would remember that it was used", async () => {
    expect(await refusal(await ask(world()))).toMatchObject({ status: 501, code: "HF425" });
  });
});

describe("a session", () => {
  test("lets the dashboard's own page look and act", async () => {
    const w = world();
    const headers = { cookie: `other=1; ${await signedIn(w)}; more=2`, ...own };
    expect((await list(w, headers)).status).toBe(200);
    expect((await trigger(w, headers)).status).toBe(200);
    expect(await w.runs()).toHaveLength(1);
  });
  test("lets no other site act, and none that does not say where it is", async () => {
    const w = world();
    const cookie = await signedIn(w);
    const others: Record<string, string>[] = [
      {},
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { "sec-fetch-site": "none" },
      { "sec-fetch-site": "cross-site", origin: "http://localhost" },
      { origin: "https://evil.example" },
      { origin: "http://localhost:3000" },
      { origin: "null" },
    ];
    for (const headers of others) {
      expect(await refusal(await trigger(w, { cookie, ...headers }))).toMatchObject({
        status: 403,
        code: "HF422",
      });
    }
    expect(await w.runs()).toEqual([]);
    expect((await list(w, { cookie, "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await list(w, { cookie, "sec-fetch-site": "none" })).status).toBe(200);
  });
  test("is known by Origin where a browser sends no Sec-Fetch-Site", async () => {
    const w = world();
    const headers = { cookie: await signedIn(w), host: "tasks.example:8080" };
    expect((await trigger(w, { ...headers, origin: "http://tasks.example:8080" })).status).toBe(200);
    expect((await trigger(w, { ...headers, origin: "http://tasks.example" })).status).toBe(403);
  });
  test("ends after a day, and when the key is changed", async () => {
    let shift = 0;
    const w = world({ shift: () => shift });
    const cookie = await signedIn(w);
    shift = 24 * 3_600_000 - 1_000;
    expect((await list(w, { cookie })).status).toBe(200);
    shift = 24 * 3_600_000 + 1_000;
    expect(await refusal(await list(w, { cookie }))).toMatchObject({ status: 401, code: "HF423" });
    const changed = world({ keys: secretKeys(["another key of this project"]) });
    expect((await list(changed, { cookie: await signedIn(world()) })).status).toBe(401);
  });
  test("that was changed in any part opens nothing", async () => {
    const w = world();
    const cookie = await signedIn(w);
    const [name = "", value = ""] = cookie.split("=");
    const [expires = "", nonce = "", mac = ""] = value.split(".");
    const forged = [
      `${Number(expires) + 1}.${nonce}.${mac}`,
      `${expires}.${nonce.slice(1)}A.${mac}`,
      `${expires}.${nonce}.`,
      `${expires}.${nonce}.${mac.slice(0, -1)}`,
      `${expires}.${nonce}.${mac}.x`,
      `${expires}`,
      "",
    ];
    for (const each of forged) expect((await list(w, { cookie: `${name}=${each}` })).status).toBe(401);
    expect((await list(w, { cookie: `${name}=${forged[0]}; ${cookie}` })).status).toBe(200);
  });
  test("counts only without an Authorization header: a wrong key is refused beside a good cookie", async () => {
    const w = world();
    const cookie = await signedIn(w);
    for (const authorization of ["Bearer wrong", "Basic x"]) {
      expect(await refusal(await list(w, { cookie, authorization }))).toMatchObject({ code: "HF202" });
    }
    expect((await trigger(w, { cookie, authorization: `Bearer ${key}` })).status).toBe(200);
  });
  test("does not open webhooks", async () => {
    const w = world();
    const headers = { cookie: await signedIn(w), ...own };
    expect((await w.app.request("/hooks/order", { method: "POST", body: "{}", headers })).status).toBe(401);
  });
  test("is ended by signing out, which another site cannot do", async () => {
    const w = world();
    const cookie = await signedIn(w);
    const out = (headers: Record<string, string>) =>
      w.app.request("/session", { method: "DELETE", headers: { cookie, ...headers } });
    const answer = await out(own);
    expect(answer.headers.get("set-cookie")).toMatch(/^holdfast-[0-9a-f]{8}=; Path=\/; Max-Age=0; HttpOnly/);
    expect((await out({ "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await out({})).status).toBe(403);
  });
  test("of two projects on one machine have names of their own: browsers do not tell ports apart", async () => {
    const other = world({ keys: secretKeys(["another project's key"]) });
    const [name] = cookieOf(await post(other, { key: "another project's key" })).split("=");
    expect((await signedIn(world())).split("=")[0]).not.toBe(name);
  });
});
