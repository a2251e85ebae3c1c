/** Keys of Web Crypto: made again of what the program has, and written nowhere. */
import { expect, test } from "vitest";
import { imports, kitOf, outside } from "./kit.ts";

const parts = `const hmac = { name: "HMAC", hash: "SHA-256" } as const;
const text = new TextEncoder();
`;

test("keys that are imported or derived are the same in each pass, and in no record", async () => {
  outside({ act: async (what: unknown) => what });
  const kit = await kitOf(`${imports}${parts}
export const t = task({ id: "t", run: async () => {
  const key = await crypto.subtle.importKey("raw", text.encode("kept to itself"), hmac, true, ["sign", "verify"]);
  const password = await crypto.subtle.importKey("raw", text.encode("pw"), "PBKDF2", false, ["deriveKey"]);
  const cipher = await crypto.subtle.deriveKey({ name: "PBKDF2", salt: new Uint8Array(8), iterations: 10, hash: "SHA-256" }, password, { name: "AES-GCM", length: 128 }, false, ["encrypt", "decrypt"]);
  const how = { name: "AES-GCM", iv: new Uint8Array(12) };
  const signed = await crypto.subtle.sign("HMAC", key, text.encode("x"));
  const closed = await crypto.subtle.encrypt(how, cipher, text.encode("secret"));
  await wait.for({ minutes: 1 });
  await outside.act("after");
  return [await crypto.subtle.verify("HMAC", key, signed, text.encode("x")), new TextDecoder().decode(await crypto.subtle.decrypt(how, cipher, closed))];
} });`);
  const report = await kit.run("t");
  expect(report.error).toBeUndefined();
  expect(report.output).toEqual([true, "secret"]);
  const journal = JSON.stringify(report.journal);
  for (const form of ["utf8", "base64", "hex"] as const)
    expect(journal).not.toContain(Buffer.from("kept to itself").toString(form));
  expect((await kit.crashEverywhere("t")).findings).toEqual([]);
});

test("a key that is drawn is refused, and comes out the same where it is exported in the step that draws it", async () => {
  outside({ act: async (what: unknown) => what });
  const kit = await kitOf(`${imports}${parts}
const drawn = () => crypto.subtle.generateKey(hmac, true, ["sign"]);
export const refused = task({ id: "refused", run: async () => { await crypto.subtle.generateKey(hmac, true, ["sign"]); } });
export const kept = task({ id: "kept", run: async () => {
  const data = await step("key", async () => crypto.subtle.exportKey("jwk", await drawn()));
  const sign = async () => { const key = await crypto.subtle.importKey("jwk", data, hmac, false, ["sign"]); return Buffer.from(await crypto.subtle.sign("HMAC", key, text.encode("x"))).toString("hex"); };
  const before = await sign();
  await wait.for({ minutes: 1 });
  await outside.act("after");
  return before === (await sign());
} });`);
  const { error } = await kit.run("refused");
  expect(error?.message).toMatch(/^HF301 .*CryptoKey.*export it in one step/);
  expect((await kit.run("kept")).output).toBe(true);
  expect((await kit.crashEverywhere("kept")).findings).toEqual([]);
});
