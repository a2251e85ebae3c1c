/** What `holdfast secrets` leaves of who has changed what. */
import { spawnSync } from "node:child_process";
import { appendFileSync, readFileSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { keepEnvFile } from "../../local/secret-changes.ts";
import { cli, makeFolder } from "../world/place.ts";

test("each change of a secret by the command line has a line: when, what, which version, and whose account; no value, and nobody else may read it", async () => {
  const folder = await makeFolder("secret-changes");
  try {
    const secrets = (args: readonly string[], input = ""): void => {
      const all = [cli, "secrets", ...args, "--data", folder.path];
      expect(spawnSync(process.execPath, all, { input }).status).toBe(0);
    };
    secrets(["set", "PAY_KEY"], "the first value");
    secrets(["set", "PAY_KEY"], "the second value");
    // What is there already is no change.
    secrets(["set", "PAY_KEY"], "the second value");
    secrets(["remove", "PAY_KEY"]);
    secrets(["revoke", "1"]);
    const path = join(folder.path, "secrets", "changes.log");
    const text = readFileSync(path, "utf8");
    const told = { at: expect.stringMatching(/^\d{4}-.*Z$/), by: userInfo().username };
    expect(
      text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { ...told, change: "set", name: "PAY_KEY", version: 1 },
      { ...told, change: "set", name: "PAY_KEY", version: 2 },
      { ...told, change: "removed", name: "PAY_KEY", version: 3 },
      { ...told, change: "revoked", version: 1 },
    ]);
    expect(text).not.toContain("value");
    expect(statSync(path).mode & 0o777).toBe(0o600);
  } finally {
    await folder.remove();
  }
});

test("`holdfast secrets log` lists who has changed secrets, when and how; a half line at the end is left out", async () => {
  const folder = await makeFolder("secret-log");
  try {
    const secrets = (args: readonly string[], input = ""): string =>
      spawnSync(process.execPath, [cli, "secrets", ...args, "--data", folder.path], {
        input,
        encoding: "utf8",
      }).stdout;
    expect(JSON.parse(secrets(["log", "--json"]))).toEqual({ data: [] });
    secrets(["set", "PAY_KEY"], "the first value");
    keepEnvFile(folder.path, 5, { URL: "a value" });
    appendFileSync(join(folder.path, "secrets", "changes.log"), `{"at":"2026-`);
    const by = userInfo().username;
    const { data } = JSON.parse(secrets(["log", "--json"])) as { data: unknown };
    expect(data).toEqual([
      { at: expect.any(String), change: "set", name: "PAY_KEY", version: 1, by },
      { at: new Date(5).toISOString(), change: "set", name: "URL", version: 2, from: ".env", by },
    ]);
    const shown = secrets(["log"]);
    expect(shown).toMatch(/AT +CHANGE +NAME +VERSION +BY/);
    expect(shown).toMatch(/set +URL +2 +\S.*, \.env/);
    expect(shown).not.toContain("value");
  } finally {
    await folder.remove();
  }
});

test("what .env says otherwise than before has a line for each name when the server takes it in, and none when it says the same", async () => {
  const folder = await makeFolder("env-changes");
  try {
    keepEnvFile(folder.path, 1, {});
    keepEnvFile(folder.path, 2, { PAY_KEY: "the first value", URL: "a value" });
    keepEnvFile(folder.path, 3, { URL: "a value", PAY_KEY: "the first value" });
    keepEnvFile(folder.path, 4, { PAY_KEY: "the second value" });
    const path = join(folder.path, "secrets", "changes.log");
    const text = readFileSync(path, "utf8");
    const at = (now: number) => ({ at: new Date(now).toISOString(), by: userInfo().username, from: ".env" });
    expect(
      text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { ...at(2), change: "set", name: "PAY_KEY", version: 1 },
      { ...at(2), change: "set", name: "URL", version: 1 },
      { ...at(4), change: "set", name: "PAY_KEY", version: 2 },
      { ...at(4), change: "removed", name: "URL", version: 2 },
    ]);
    expect(text).not.toContain("value");
    expect(statSync(path).mode & 0o777).toBe(0o600);
  } finally {
    await folder.remove();
  }
});
