import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { root } from "./world/place.ts";

test("every claim of the demo holds", async () => {
  const demo = join(root, "dist", "test", "demo", "main.js");
  // A demo that fails has told why in its JSON; one that broke off, on stderr.
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [demo, "--json"]).catch(
    (error) => error,
  );
  expect(stderr).toBe("");
  const { claims } = JSON.parse(stdout) as { claims: { claim: string; holds: boolean }[] };
  expect(claims.length).toBeGreaterThan(8);
  expect(claims.filter(({ holds }) => !holds)).toEqual([]);
});
