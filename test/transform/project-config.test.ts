/** A project of Trigger.dev's, as it is: which files are its task files, and what its config says of them. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { machines } from "../../engine/machines.ts";
import { type Bundle, bundle } from "../../transform/bundle.ts";
import { formatProblem } from "../../transform/problems.ts";
import { machineNames } from "../../transform/project-config.ts";
import { hello, load, project, removeFolders, stubPackage } from "./project.ts";

let packageRoot: string;
beforeAll(async () => {
  packageRoot = await stubPackage();
});
afterAll(removeFolders);

const task = (id: string): string => hello.replaceAll(`"hello"`, JSON.stringify(id));

const config = (options: string, imports = ""): string =>
  `import { defineConfig } from "@trigger.dev/sdk/v3";\n${imports}\nexport default defineConfig({ project: "proj_x", ${options} });`;

interface Built extends Bundle {
  readonly ids: readonly string[];
}

async function build(files: Readonly<Record<string, string>>, dir = ".", isDev = false): Promise<Built> {
  const folder = await project(files);
  const built = await bundle({ dir: join(folder, dir), packageRoot, isDev });
  return { ...built, ids: built.manifest.tasks.map(({ id }) => id) };
}

/** What the tasks of a bundle are told by the config. */
async function defaultsOf(options: string, isDev = false): Promise<unknown> {
  const folder = await project({ "trigger.config.ts": config(options), "trigger/a.ts": hello });
  const { files, problems } = await bundle({ dir: folder, packageRoot, isDev });
  expect(problems.filter(({ code }) => code !== "HF136").map(formatProblem)).toEqual([]);
  const holder = globalThis as { taskDefaults?: unknown };
  delete holder.taskDefaults;
  await load(files, join(folder, ".holdfast"));
  return holder.taskDefaults;
}

describe("the task files of a project with a trigger.config", () => {
  test("are those in every folder called trigger, but for tests, packages, builds and routes of Next.js", async () => {
    const { ids } = await build({
      "trigger.config.ts": config("maxDuration: 60"),
      "trigger/a.ts": task("a"),
      "trigger/deep/b.tsx": task("b"),
      "src/billing/trigger/c.mts": task("c"),
      "src/billing/trigger/c.test.ts": task("no-test"),
      "src/app/api/trigger/route.ts": task("no-route"),
      "dist/trigger/a.js": task("no-build"),
      "node_modules/trigger/a.js": task("no-package"),
      "src/elsewhere.ts": task("no-folder"),
    });
    expect(ids).toEqual(["a", "b", "c"]);
  });
  test("are of every kind that JavaScript and TypeScript have", async () => {
    const plain = (id: string) =>
      `import { task } from "@trigger.dev/sdk";\ntask({ id: "${id}", run: async () => 1 });`;
    const common = (id: string) =>
      `const { task } = require("@trigger.dev/sdk/v3");\nexports.x = task({ id: "${id}", run: async () => 1 });`;
    const { ids } = await build({
      "trigger.config.mjs": config("maxDuration: 60"),
      "trigger/a.ts": plain("ts"),
      "trigger/b.tsx": plain("tsx"),
      "trigger/c.mts": plain("mts"),
      "trigger/d.cts": plain("cts"),
      "trigger/e.js": plain("js"),
      "trigger/f.jsx": plain("jsx"),
      "trigger/g.mjs": plain("mjs"),
      "trigger/h.cjs": common("cjs"),
    });
    expect(ids).toEqual(["cjs", "cts", "js", "jsx", "mjs", "mts", "ts", "tsx"]);
  });
  test("are those in its dirs, which may be globs of folders, but for those that it ignores", async () => {
    const { ids } = await build({
      "trigger.config.js": config(
        `dirs: ["./src/jobs", "./packages/*/tasks"], ignorePatterns: ["**/*.draft.ts"]`,
      ),
      "src/jobs/a.ts": task("a"),
      "src/jobs/deep/b.ts": task("b"),
      "src/jobs/c.draft.ts": task("no-draft"),
      "src/jobs/d.test.ts": task("d"),
      "packages/one/tasks/e.ts": task("e"),
      "packages/one/tasks/deep/f.ts": task("no-deeper"),
      "trigger/g.ts": task("no-trigger"),
    });
    // Its own patterns stand for the usual ones.
    expect(ids).toEqual(["a", "b", "d", "e"]);
  });
  test("are those of a folder that was named; the config above it says the rest", async () => {
    const files = {
      "trigger.config.ts": config(`dirs: ["./src/trigger"], ignorePatterns: ["**/no.ts"]`),
      "src/trigger/a.ts": task("a"),
      "other/b.ts": task("b"),
      "other/no.ts": task("no"),
    };
    expect((await build(files, "other")).ids).toEqual(["b"]);
  });
  test("begin with init.ts, whatever their names", async () => {
    const folder = await project({
      "trigger.config.ts": config("maxDuration: 60"),
      "trigger/a.ts": `export const order = globalThis.order; ${task("a")}`,
      "trigger/init.ts": `globalThis.order = "init was first";`,
    });
    const { files } = await bundle({ dir: folder, packageRoot });
    const loaded = (await load(files, join(folder, ".holdfast"))) as unknown as {
      taskFiles: readonly { order?: string }[];
    };
    expect(loaded.taskFiles.map(({ order }) => order)).toEqual([undefined, "init was first"]);
  });
});

describe("of a trigger.config, what applies here", () => {
  test("is told to the tasks before they are made: retries, maxDuration, machine, ttl, logLevel", async () => {
    const retries = `retries: { enabledInDev: true, default: { maxAttempts: 5, minTimeoutInMs: 10, maxTimeoutInMs: 20, factor: 1, randomize: false } }`;
    expect(
      await defaultsOf(`${retries}, maxDuration: 300, machine: "medium-2x", ttl: "1h", logLevel: "warn"`),
    ).toEqual({
      retry: { maxAttempts: 5, minTimeoutInMs: 10, maxTimeoutInMs: 20, factor: 1, randomize: false },
      maxDuration: 300,
      machine: "medium-2x",
      ttl: "1h",
      logLevel: "warn",
    });
  });
  test("is retries.enabledInDev only where Holdfast is in dev", async () => {
    const options = "retries: { enabledInDev: false }, maxDuration: 300";
    expect(await defaultsOf(options, true)).toEqual({ noRetries: true, maxDuration: 300 });
    expect(await defaultsOf(options, false)).toEqual({ maxDuration: 300 });
  });
  test("is no maxDuration where it is timeout.None", async () => {
    const folder = await project({
      "trigger.config.ts": `import { defineConfig, timeout } from "@trigger.dev/sdk";
        export default defineConfig({ project: "p", maxDuration: timeout.None });`,
      "trigger/a.ts": hello,
    });
    const { ok, code } = await bundle({ dir: folder, packageRoot });
    expect([ok, code.includes("setTaskDefaults({")]).toEqual([true, false]);
  });
  test("is what the build is told: packages outside, conditions, JSX without React in scope, the tsconfig", async () => {
    const { ok, problems, code } = await build({
      "trigger.config.ts": config(
        `tsconfig: "./tsconfig.trigger.json", build: { external: ["left-out"], conditions: ["special"], keepNames: true }`,
      ),
      "tsconfig.json": `{ "compilerOptions": { "jsx": "preserve" } }`,
      "tsconfig.trigger.json": `{ "compilerOptions": { "jsx": "preserve", "paths": { "~/*": ["./lib/*"] } } }`,
      "lib/name.ts": `export const name = "by its alias";`,
      "node_modules/left-out/package.json": `{ "main": "index.js" }`,
      "node_modules/left-out/index.js": `exports.text = "inside of left-out";`,
      "node_modules/conditional/package.json": `{ "exports": { "special": "./special.js", "default": "./plain.js" } }`,
      "node_modules/conditional/special.js": `exports.text = "by its condition";`,
      "node_modules/conditional/plain.js": `exports.text = "plain";`,
      "node_modules/react/package.json": `{ "exports": { "./jsx-runtime": "./jsx.js" } }`,
      "node_modules/react/jsx.js": `exports.jsx = (type) => type;`,
      "trigger/a.tsx": `import { text } from "left-out"; import { text as chosen } from "conditional"; import { name } from "~/name";
        export const page = () => <p>{text}{chosen}{name}</p>;
        ${hello}`,
    });
    expect([ok, problems.map(formatProblem)]).toEqual([true, []]);
    expect(code).toContain(`from "left-out"`);
    expect(code).not.toContain("inside of left-out");
    expect(code).toContain("by its condition");
    expect(code).toContain("by its alias");
    expect(code).toContain("import_jsx_runtime.jsx");
    expect(code).not.toContain("<p>");
  });
});

test("the machines that a config may name are those of the engine", () => {
  expect(machineNames).toEqual(Object.keys(machines));
});

describe("of a trigger.config, what does not apply here", () => {
  test("is listed in one block, with the names of build extensions that need not be installed", async () => {
    const imports = `import { prismaExtension } from "@trigger.dev/build/extensions/prisma";
      import { ffmpeg, syncEnvVars } from "@trigger.dev/build/extensions/core";
      import { PrismaInstrumentation } from "@prisma/instrumentation";
      import path from "node:path";`;
    const options = `runtime: "node", logLevel: "log", maxDuration: 3600, processKeepAlive: true, deploy: { env: {} },
      telemetry: { instrumentations: [new PrismaInstrumentation()] },
      onFailure: async () => {},
      build: {
        minify: true,
        extensions: [prismaExtension({ schema: path.join("prisma", "schema.prisma") }), ffmpeg(), syncEnvVars(async () => []),
          { name: "my-own", onBuildComplete: async () => {} }],
      }`;
    const { problems, ok } = await build({
      "trigger.config.ts": config(options, imports),
      "trigger/a.ts": hello,
    });
    const names =
      "project, runtime, processKeepAlive, deploy, telemetry, build.minify, build.extensions (prismaExtension, ffmpeg, syncEnvVars, my-own)";
    expect([
      ok,
      problems.map(({ code, severity, file, message }) => [code, severity, file, message]),
    ]).toEqual([true, [["HF136", "warning", "trigger.config.ts", `Without effect here: ${names}.`]]]);
  });
  test("is not told where it is only the project, which Trigger.dev wants of everybody", async () => {
    const { problems, ok } = await build({ "trigger.config.ts": config(""), "trigger/a.ts": hello });
    expect([ok, problems]).toEqual([true, []]);
  });
  test("is told as it is where the config cannot be read", async () => {
    const told = async (text: string) => {
      const { ok, noTasks, problems } = await build({ "trigger.config.ts": text, "trigger/a.ts": hello });
      expect([ok, noTasks, problems.map(({ code, file }) => [code, file])]).toEqual([
        false,
        false,
        [["HF120", "trigger.config.ts"]],
      ]);
      return problems[0]?.message;
    };
    expect(await told(config(`dirs: "./trigger"`))).toMatch(/^Its `dirs` cannot be used: /);
    expect(await told(config("maxDuration: limits.long", `import { limits } from "@acme/limits";`))).toMatch(
      /^Its `maxDuration` cannot be used: .*limits.long of @acme\/limits/,
    );
    expect(await told("throw new Error('no luck');")).toBe("It threw: Error: no luck");
    expect(await told("export const other = 1;")).toBe("It has no default export with the options.");
    expect(await told("export default {{")).toMatch(/^It could not be built: trigger.config.ts:1: /);
    expect(await told("process.exit(3);")).toMatch(/^The process that read it ended \(exit code 3\)/);
  });
});

test("a config that insists on its project finds one in .env, or is given a name; what packages give may be gone through", async () => {
  const insists = config(
    `project, machine: process.env.MACHINE, maxDuration: 60`,
    `import { config as load } from "dotenv"; import vars from "@acme/vars";
     load({ path: ".env.local" });
     const names = [...vars, ...Object.keys(vars)];
     const project = process.env.TRIGGER_PROJECT_REF;
     if (!project || names.length > 0) throw new Error("TRIGGER_PROJECT_REF is required");`,
  );
  const files = { "trigger.config.ts": insists, "trigger/a.ts": hello };
  expect((await build(files)).ok).toBe(true);
  const found = await build({ ...files, ".env": "MACHINE=micro", ".env.local": "MACHINE=large-1x" });
  expect(found.manifest.machine).toBe("large-1x");
});

test("a project whose dirs are all of it has its config and what was built in none of them; an id may be a constant of its file", async () => {
  const { ok, ids } = await build({
    "trigger.config.ts": config(
      `dirs: ["."]`,
      `import { ffmpeg } from "@trigger.dev/build/extensions/core"; ffmpeg();`,
    ),
    "holdfast-build/bundle.mjs": task("no-build"),
    "cdk.out/asset/index.mjs": task("no-asset"),
    "a.ts": `import { task } from "@trigger.dev/sdk"; const ID = "named"; export const a = task({ id: ID, run: async () => 1 });`,
  });
  expect([ok, ids]).toEqual([true, ["named"]]);
});

test("a config may be made of the author's other files, of the environment, and of a workspace's", async () => {
  const folder = await project({
    "trigger.config.cts": `import { base } from "@acme/base";
      import { dirs } from "./where";
      import dotenv from "dotenv";
      dotenv.config();
      export const config = { ...base, project: process.env.TRIGGER_PROJECT_ID!, dirs };`,
    "where.ts": `export const dirs = ["./work"];`,
    "shared/package.json": `{ "name": "@acme/base", "main": "index.ts" }`,
    "shared/index.ts": `export const base = { maxDuration: 77 };`,
    "node_modules/@acme/base": "-> shared",
    "work/a.ts": task("a"),
  });
  const { ok, code, manifest } = await bundle({ dir: folder, packageRoot });
  expect([ok, manifest.tasks.map(({ id }) => id)]).toEqual([true, ["a"]]);
  expect(code).toContain(`setTaskDefaults({ "maxDuration": 77 })`);
});
