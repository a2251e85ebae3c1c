/** The app of this repository, as `npx cdk synth` starts it: with the code built, and offline. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../world/place.ts";
import { folderWith } from "./place.ts";

const { app, context } = JSON.parse(readFileSync(join(root, "cdk.json"), "utf8")) as {
  app: string;
  context: Record<string, unknown>;
};
const [, file = ""] = app.split(" ");

/** What a deploy refuses is asked of the first alone: the rules are the same for all, and take four seconds to start. */
const unasked = { CDK_VALIDATION: "false" };

function synth(
  more: Record<string, unknown> = {},
  variables: Record<string, string> = {},
): Record<string, { Type: string; Properties: Record<string, unknown> }> {
  const folder = folderWith();
  const env = {
    PATH: process.env.PATH,
    CDK_OUTDIR: folder,
    CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...more }),
    // Nothing may be asked of anybody.
    HTTPS_PROXY: "http://127.0.0.1:9",
    HTTP_PROXY: "http://127.0.0.1:9",
    ...variables,
  };
  execFileSync(process.execPath, [file], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  const template = readFileSync(join(folder, `${String(more.name ?? "Orders")}.template.json`), "utf8");
  return (JSON.parse(template) as { Resources: ReturnType<typeof synth> }).Resources;
}

test("synthesizes twice to the same template, asset hashes and all", () => {
  const first = synth();
  expect(synth({}, unasked)).toEqual(first);
  const version = Object.values(first).find(({ Type }) => Type === "AWS::Lambda::Version");
  expect(version).toBeDefined();
});

test("takes other tasks under another name", () => {
  // What becomes of the code is told above: nothing is built here.
  const unbuilt = { "aws:cdk:bundling-stacks": [] };
  const found = synth({ ...unbuilt, tasks: "examples/scraper/tasks", name: "Scraper" }, unasked);
  expect(Object.keys(found)).toContain("ScraperTable");
});

test("tells what is wrong with the tasks, as the build does", () => {
  const folder = folderWith({
    "package.json": "{}",
    "tasks/one.ts": `import { task } from "holdfast";\nexport const a = task({ id: "a", webhookSecret: "X" + "Y", run: async () => 1 });\n`,
  });
  expect(() => synth({ tasks: join(folder, "tasks") })).toThrow(
    /HF602 The webhookSecret of task "a" \(tasks\/one.ts:2\)/,
  );
});
