/** Hooks of a `trigger.config`: in the bundle, without what is for the build alone. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle } from "../../transform/bundle.ts";
import { formatProblem } from "../../transform/problems.ts";
import { hello, load, project, removeFolders, stubPackage } from "./project.ts";

let packageRoot: string;
beforeAll(async () => {
  packageRoot = await stubPackage();
});
afterAll(removeFolders);

const config = (options: string, imports: string): string =>
  `import { defineConfig } from "@trigger.dev/sdk/v3";\n${imports}\nexport default defineConfig({ project: "proj_x", ${options} });`;

const build = async (files: Readonly<Record<string, string>>) =>
  bundle({ dir: await project(files), packageRoot });

describe("hooks of a config", () => {
  const hooks = async (file: string, text: string): Promise<unknown> => {
    const folder = await project({ [file]: text, "trigger/a.ts": hello });
    const { files, problems } = await bundle({ dir: folder, packageRoot });
    expect(problems.filter(({ code }) => code !== "HF136").map(formatProblem)).toEqual([]);
    await load(files, join(folder, ".holdfast"));
    const { configHooks } = globalThis as { configHooks?: [string, () => unknown][] };
    return configHooks?.map(([name, hook]) => [name, hook()]);
  };
  const imports = `import { nothing } from "@not-installed/anywhere";\nimport { aptGet } from "@trigger.dev/build/extensions/core";`;
  const options = `build: { extensions: [nothing(), aptGet({ packages: ["a"] })] }, telemetry: { instrumentations: [nothing()] }`;

  test("come with the bundle, and nothing that is for the build alone", async () => {
    expect(
      await hooks(
        "trigger.config.ts",
        config(`${options}, onStart: () => "started", catchError: () => "caught"`, imports),
      ),
    ).toEqual([
      ["onStart", "started"],
      ["catchError", "caught"],
    ]);
  });
  test("are there in a file that keeps its imports, where Trigger.dev's build is not installed", async () => {
    const text = `import { aptGet } from "@trigger.dev/build/extensions/core";
      const extensions = [aptGet({ packages: [] })];
      export default { project: "p", build: { extensions }, init: () => "made" };`;
    expect(await hooks("trigger.config.mjs", text)).toEqual([["init", "made"]]);
  });
  test("cost a config without them nothing: its file is not in the bundle", async () => {
    const { code } = await build({
      "trigger.config.ts": config(`${options}`, imports),
      "trigger/a.ts": hello,
    });
    expect(code).not.toContain("proj_x");
  });
});
