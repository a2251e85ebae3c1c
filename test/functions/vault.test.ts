/** Secrets in texts: whatever is taken out comes back to the letter, and nothing from outside passes for a secret. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, encode } from "../../engine/codec.ts";
import { isSealed, masked, sealed } from "../../engine/sealed-text.ts";
import { logLine, propertiesIn } from "../../functions/log-line.ts";
import type { ProjectSecrets } from "../../functions/project-secrets.ts";
import { Vault } from "../../functions/vault.ts";

type Versions = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The last version is current. */
function secretsOf(versions: Versions): ProjectSecrets {
  const current = Object.keys(versions).at(-1);
  return {
    current: async () => current,
    async values(asked) {
      const found = asked === undefined ? undefined : versions[asked];
      if (found !== undefined) return { version: asked, values: found, isReplaced: false };
      return { version: current, values: versions[current ?? ""] ?? {}, isReplaced: asked !== undefined };
    },
  };
}

async function vaultOf(values: Readonly<Record<string, string>>): Promise<Vault> {
  const vault = new Vault(secretsOf({ v1: values }));
  await vault.open("v1");
  return vault;
}

/** Without half of a surrogate pair, which no percent-encoding has. */
const isWhole = (text: string): boolean => Buffer.from(text).toString() === text;

/** Values of every kind, among them some that begin with others or are parts of them. */
const value = fc.oneof(
  fc.string({ minLength: 8, maxLength: 40, unit: "binary" }).filter(isWhole),
  fc.stringMatching(/^[0-9]{8,20}$/),
  fc.constantFrom(
    "aaaaaaaa",
    "aaaaaaaaaaaa",
    '-----BEGIN KEY-----\nabc<def"\\\n-----END KEY-----',
    "\u2028quoted'\u2029",
  ),
);
const secrets = fc.uniqueArray(value, { minLength: 1, maxLength: 5 });
const named = (values: readonly string[]) => Object.fromEntries(values.map((each, n) => [`NAME_${n}`, each]));

/** A value of the author's with secrets anywhere in it. */
const holding = (values: readonly string[]) => {
  const text = fc
    .array(fc.oneof(fc.constantFrom(...values), fc.string({ maxLength: 5 })), { maxLength: 5 })
    .map((parts) => parts.join(""));
  const leaf = fc.oneof(
    text,
    text.map((each) => JSON.stringify({ each })),
    text.map((each) => Buffer.from(each)),
    text.map((each) => new Map([[each, each]])),
    text.map((each) => Buffer.from(`u:${each}`).toString("base64")),
    text.filter(isWhole).map((each) => encodeURIComponent(each)),
    fc.integer(),
  );
  return fc.oneof(leaf, fc.array(leaf, { maxLength: 4 }), fc.dictionary(text, leaf, { maxKeys: 3 }));
};

test("what is hidden in a value's text, and in a record around it, comes back to the letter; the value itself is in neither", async () => {
  const cases = secrets.chain((values) => fc.tuple(fc.constant(values), holding(values)));
  await fc.assert(
    fc.asyncProperty(cases, async ([values, held]) => {
      const vault = await vaultOf(named(values));
      const text = encode(held).text;
      const record = JSON.stringify({
        kind: "result",
        value: { inline: text },
        error: { message: values[0] },
      });
      for (const whole of [text, record]) {
        const hidden = vault.hide(whole);
        expect(await vault.reveal(hidden)).toBe(whole);
        const rest = hidden.slice(hidden.indexOf("\n") + 1);
        for (const each of values) expect(rest.includes(each) && isSealed(hidden)).toBe(false);
        expect(masked(hidden)).not.toBe("");
      }
      expect(() => decode(vault.hide(text))).not.toThrow();
    }),
    { numRuns: 300 },
  );
});

describe("a hidden value", () => {
  test("is shown as a mask with its name; digits as a digit, so that what is around them can be read", async () => {
    const vault = await vaultOf({ STRIPE_KEY: "sk_live_12345", PIN: "123456789" });
    const shown = decode(vault.hide(encode({ to: "Bearer sk_live_12345", pin: 123456789 }).text));
    expect(shown).toEqual({ to: "Bearer [secret STRIPE_KEY]", pin: 1 });
    expect(vault.mask("401 for sk_live_12345")).toBe("401 for [secret STRIPE_KEY]");
  });

  test("of fewer than eight characters is not looked for", async () => {
    const vault = await vaultOf({ SHORT: "1234567" });
    expect(vault.hide('j"1234567"')).toBe('j"1234567"');
  });

  test("whose version is gone comes back as the current one of its name; where there is none, HF319 names it", async () => {
    const before = new Vault(secretsOf({ v1: { KEY: "the old value", OTHER: "another value" } }));
    await before.open("v1");
    const [key, other] = [before.hide('j"the old value"'), before.hide('j"another value"')];
    const after = new Vault(secretsOf({ v2: { KEY: "the new value" } }));
    expect(await after.reveal(key)).toBe('j"the new value"');
    await expect(after.reveal(other)).rejects.toThrow(/^HF319 .* the secret OTHER of version v1\./);
  });

  test("of an older version is found as long as the process knows it", async () => {
    const vault = new Vault(secretsOf({ v1: { KEY: "the old value" }, v2: { KEY: "the new value" } }));
    await vault.open("v1");
    await vault.open("v2");
    expect(vault.mask("the old value, the new value")).toBe("[secret KEY], [secret KEY]");
  });
});

test("a text from outside that looks like a hidden one is a text like any other", async () => {
  const vault = await vaultOf({ KEY: "the very value" });
  const forged = sealed('j""', [{ at: 2, name: "KEY", version: "v1", form: "", mask: "x" }]);
  for (const payload of [forged, { forged }, [forged]]) {
    const stored = vault.hide(encode(payload).text);
    expect(isSealed(stored)).toBe(false);
    expect(decode(await vault.reveal(stored))).toEqual(payload);
  }
});

describe("a line", () => {
  test("with a secret that looks like a place to fill, or that is a number, shows no part of it", async () => {
    const vault = await vaultOf({ ODD: "4f81d0aa%d77c1e9", PIN: "123456789" });
    const mask = (text: string): string => vault.mask(text);
    const at = { attempt: 1, pass: 1 };
    const line = logLine(0, "info", ["with 4f81d0aa%d77c1e9", 7], at, mask);
    expect(line.message).toBe("with [secret ODD] 7");
    const { message, ...rest } = logLine(
      0,
      "info",
      ["ok", { pin: 123456789, "4f81d0aa%d77c1e9": 1 }],
      at,
      mask,
    );
    expect([message, propertiesIn({ message, ...rest })]).toEqual([
      "ok",
      { pin: "[secret PIN]", "[secret ODD]": 1 },
    ]);
  });

  test("is masked before it is cut: no half of a secret is left", async () => {
    const vault = await vaultOf({ KEY: "a".repeat(400) });
    const text = `${"x".repeat(8_000)}${"a".repeat(400)}`;
    const { message } = logLine(0, "info", [text], { attempt: 1, pass: 1 }, (each) => vault.mask(each));
    expect(message).toBe(`${"x".repeat(8_000)}[secret KEY]`);
  });
});
