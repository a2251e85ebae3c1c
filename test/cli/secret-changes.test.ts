/** What `holdfast secrets` leaves of who has changed what. */
import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
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
