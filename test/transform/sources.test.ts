/** Real code: every source of this repository goes through the transform, and what comes out parses and has valid maps. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "esbuild";
import { expect, test } from "vitest";
import { parse } from "../../transform/parse.ts";
import { transform } from "../../transform/transform.ts";

const root = join(import.meta.dirname, "..", "..");

function sources(): { file: string; source: string }[] {
  return ["engine", "sdk", "transform", "functions", "local", "cli"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => ({ file: `${folder}/${name}`, source: readFileSync(join(root, folder, name), "utf8") })),
  );
}

test("each file of this repository is transformed, parses again, and is the same the next time", () => {
  const all = sources();
  expect(all.length).toBeGreaterThan(100);
  for (const { file, source } of all) {
    const result = transform(source, { file });
    expect(parse(file, result.code), file).toMatchObject({ ok: true });
    expect(transform(source, { file }), file).toEqual(result);
    expect(new Set(result.sites.map(({ id }) => id)).size, file).toBe(result.sites.length);
    if (result.problems.every(({ severity }) => severity !== "error")) {
      expect(() => transformSync(result.code, { loader: "ts" }), file).not.toThrow();
    }
  }
});
