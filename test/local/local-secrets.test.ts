/** The secrets on one machine: their versions, and what people are told of them. */
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { describeSecrets } from "../../local/described-secrets.ts";
import {
  changeSecrets,
  forgetVersion,
  keepEnvSecrets,
  localSecrets,
  secretVersions,
} from "../../local/local-secrets.ts";
import { makeFolder } from "../world/place.ts";

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});
async function dataFolder(): Promise<string> {
  const { path, remove } = await makeFolder("data");
  ends.push(remove);
  return path;
}

const set = (data: string, name: string, value: string, now = 1_000): number =>
  changeSecrets(data, now, (kept) => ({ ...kept, set: { ...kept.set, [name]: value } }));

describe("a version", () => {
  test("is a file that its owner alone may read, in a folder that is his as well; nothing unfinished stays", async () => {
    const data = await dataFolder();
    set(data, "KEY", "a value of mine");
    expect(statSync(join(data, "secrets")).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(data, "secrets"))).toEqual(["1.json"]);
    expect(statSync(join(data, "secrets", "1.json")).mode & 0o777).toBe(0o600);
  });

  test("is made of what .env says and what was set, which goes first; the same .env again makes none", async () => {
    const data = await dataFolder();
    keepEnvSecrets(data, 1, {});
    expect(existsSync(join(data, "secrets"))).toBe(false);
    keepEnvSecrets(data, 1, { A: "of the file", B: "of the file" });
    set(data, "A", "was set");
    keepEnvSecrets(data, 1, { B: "of the file", A: "of the file" });
    expect(secretVersions(data)).toEqual([1, 2]);
    keepEnvSecrets(data, 1, { A: "of the file" });
    const { values } = await localSecrets(data, { now: () => 0 }).values("3");
    expect(values).toEqual({ A: "was set" });
  });

  test("is lost by none of two changes at once: the second is made of the first", async () => {
    const data = await dataFolder();
    let isFirst = true;
    changeSecrets(data, 1, (kept) => {
      if (isFirst) set(data, "B", "from elsewhere");
      isFirst = false;
      return { ...kept, set: { ...kept.set, A: "from here" } };
    });
    const { version, values } = await localSecrets(data, { now: () => 0 }).values(undefined);
    expect([version, values]).toEqual(["2", { A: "from here", B: "from elsewhere" }]);
  });

  test("beyond the newest hundred is not kept", async () => {
    const data = await dataFolder();
    for (let n = 0; n < 103; n++) set(data, "KEY", `value ${n}`);
    expect([secretVersions(data).length, secretVersions(data)[0]]).toEqual([100, 4]);
  });

  test.each([
    ['{"KEY": "a value of mine"', "is not valid JSON"],
    ['{"KEY": "a value of mine"}', "does not have the expected form"],
    ['{"createdAt": 1, "env": {}, "set": {"KEY": ["a value of mine"]}}', "does not have the expected form"],
    ['{"createdAt": 1, "env": ["a value of mine"], "set": {}}', "does not have the expected form"],
    ['{"createdAt": "mine", "env": {}, "set": {}}', "does not have the expected form"],
    ["null", "does not have the expected form"],
  ])("that is broken is HF412, and nothing of it is shown: %s", async (text, what) => {
    const data = await dataFolder();
    set(data, "KEY", "a value of mine");
    writeFileSync(join(data, "secrets", "1.json"), text);
    const error: unknown = await localSecrets(data, { now: () => 0 })
      .values("1")
      .catch((caught: unknown) => caught);
    expect(String(error)).toMatch(new RegExp(`HF412 .*1\\.json ${what}\\.`));
    expect(String(error)).not.toContain("mine");
  });
});

describe("a process", () => {
  test("sees a new version within a second, and at once where a run is on it", async () => {
    const data = await dataFolder();
    let now = 0;
    set(data, "KEY", "the first");
    const secrets = localSecrets(data, { now: () => now });
    expect(await secrets.current()).toBe("1");
    set(data, "KEY", "the second");
    expect(await secrets.current()).toBe("1");
    expect(await secrets.values("2")).toEqual({
      version: "2",
      values: { KEY: "the second" },
      isReplaced: false,
    });
    now += 1_000;
    expect(await secrets.current()).toBe("2");
  });

  test("gets the current values for a version that is gone, also where it has read that before", async () => {
    const data = await dataFolder();
    let now = 0;
    set(data, "KEY", "the first");
    set(data, "KEY", "the second");
    const secrets = localSecrets(data, { now: () => now });
    expect(await secrets.values("1")).toMatchObject({ isReplaced: false });
    forgetVersion(data, 1);
    now += 1_000;
    expect(await secrets.values("1")).toEqual({
      version: "2",
      values: { KEY: "the second" },
      isReplaced: true,
    });
    rmSync(join(data, "secrets"), { recursive: true });
    now += 1_000;
    expect(await secrets.values("2")).toEqual({ version: undefined, values: {}, isReplaced: true });
  });
});

test("people are told names and versions: where each is from, since when it has its value, what each version changed", async () => {
  const data = await dataFolder();
  keepEnvSecrets(data, 0, { A: "one", B: "two" });
  set(data, "C", "three", 1_000);
  set(data, "A", "four", 2_000);
  expect(describeSecrets(data)).toEqual({
    secrets: [
      { name: "A", from: "set", since: 3 },
      { name: "B", from: ".env", since: 1 },
      { name: "C", from: "set", since: 2 },
    ],
    versions: [
      { version: 3, createdAt: "1970-01-01T00:00:02.000Z", changed: ["A"] },
      { version: 2, createdAt: "1970-01-01T00:00:01.000Z", changed: ["C"] },
      { version: 1, createdAt: "1970-01-01T00:00:00.000Z", changed: ["A", "B"] },
    ],
  });
});
