/** Further keys of a data folder: made, listed, used and revoked beside a server that runs. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keysOf, usesNoted } from "../../local/api-keys.ts";
import { localKeyRing } from "../../local/key-ring.ts";
import { makeFolder } from "../world/place.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;
beforeEach(async () => {
  folder = await makeFolder("api-keys");
});
afterEach(() => folder.remove());

const now = Date.UTC(2026, 0, 1);

test("a key counts as soon as it is made, until it is revoked; only its hash is in the folder", async () => {
  const keys = keysOf(folder.path, "hf_dev_the_own_one");
  const ring = localKeyRing(folder.path);
  const made = await ring.create({ name: "ci", scopes: ["trigger"], tasks: ["order"], expires: "90d" }, now);
  expect(made.key).toMatch(/^hf_dev_[0-9A-Za-z]{43}$/);
  expect(await keys.find(made.key)).toMatchObject({ name: "ci", scopes: ["trigger"], tasks: ["order"] });
  expect(await keys.find("hf_dev_the_own_one")).toMatchObject({ scopes: ["admin"] });
  const texts = readdirSync(folder.path).map((name) => readFileSync(join(folder.path, name), "utf8"));
  expect(texts.join("")).not.toContain(made.key);
  expect(statSync(join(folder.path, "api-keys.json")).mode & 0o777).toBe(0o600);
  expect([await ring.revoke("nobody"), await ring.revoke(made.id)]).toEqual([false, true]);
  expect([await keys.find(made.key), await ring.list()]).toEqual([undefined, []]);
});

test("the list says when a key was used last, to the minute", async () => {
  const ring = localKeyRing(folder.path);
  const { id, key } = await ring.create({ scopes: ["read"] }, now);
  const used = usesNoted(folder.path);
  for (const at of [now, now + 59_000, now + 61_000, now + 70_000]) used(id, at);
  const listed = await ring.list();
  expect(listed).toMatchObject([{ id, scopes: ["read"], lastUsedAt: "2026-01-01T00:01:01.000Z" }]);
  expect(JSON.stringify(listed)).not.toContain(key);
});

test.each([
  [{ scopes: ["all"] }, "HF406"],
  [{ scopes: [] }, "HF406"],
  [{ scopes: ["read"], name: "a\nb" }, "HF406"],
  [{ scopes: ["read"], tasks: [""] }, "HF406"],
  [{ scopes: ["read"], expires: "2020-01-01" }, "HF406"],
  [{ scopes: ["read"], expires: "soon" }, "HF508"],
])("what no key can be like is refused, and nothing is kept: %j", async (wanted, code) => {
  const ring = localKeyRing(folder.path);
  await expect(ring.create(wanted, now)).rejects.toThrow(code);
  expect(await ring.list()).toEqual([]);
});
