/**
 * Golden cases: `cases/<name>/input.*` gives `output.*`, and `problems.txt` where there is something to say.
 *
 * `UPDATE_CASES=1 npx vitest run test/transform/cases` writes them anew: read the difference before you commit it.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "esbuild";
import { describe, expect, test } from "vitest";
import { languageOf, parse } from "../../transform/parse.ts";
import { formatProblem } from "../../transform/problems.ts";
import { transform } from "../../transform/transform.ts";

const folder = join(import.meta.dirname, "cases");
const update = process.env.UPDATE_CASES === "1";
const names = readdirSync(folder).sort();

function golden(path: string, text: string): void {
  if (update) {
    if (text === "") rmSync(path, { force: true });
    else writeFileSync(path, text);
  }
  expect(text).toBe(existsSync(path) ? readFileSync(path, "utf8") : "");
}

describe("golden cases", () => {
  test("there are at least 30", () => expect(names.length).toBeGreaterThanOrEqual(30));

  test.each(names)("%s", (name) => {
    const input = readdirSync(join(folder, name)).find((file) => file.startsWith("input.")) ?? "";
    const file = `tasks/${name}${input.slice("input".length)}`;
    const source = readFileSync(join(folder, name, input), "utf8");
    const { code, problems, sites } = transform(source, { file });
    golden(join(folder, name, input.replace("input", "output")), code);
    golden(
      join(folder, name, "problems.txt"),
      problems.map((problem) => `${formatProblem(problem)}\n`).join("\n"),
    );
    expect(new Set(sites.map(({ id }) => id)).size, "ids are unique").toBe(sites.length);
    if (problems.some((problem) => problem.code === "HF101")) return;
    expect(parse(file, code)).toMatchObject({ ok: true });
    if (!/refused/.test(name)) expect(() => transformSync(code, { loader: languageOf(file) })).not.toThrow();
  });
});
