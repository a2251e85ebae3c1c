/**
 * The bundle of a folder: what is in it, what it says about itself, what it refuses.
 *
 * - The same files give the same bytes from any folder.
 * - An error's place leads to the author's line and column.
 * - The author's code is what has no `node_modules` in its real path.
 */
import { execFile } from "node:child_process";
import { SourceMap } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Bundle, bundle } from "../../transform/bundle.ts";
import { formatProblem } from "../../transform/problems.ts";
import {
  codes,
  hello,
  load,
  project,
  removeFolders,
  stubPackage,
  temporaryFolder,
  writeFiles,
} from "./project.ts";

let packageRoot: string;
beforeAll(async () => {
  packageRoot = await stubPackage();
});
afterAll(removeFolders);

function build(folder: string, more: { sourceRoot?: string; dir?: string } = {}): Promise<Bundle> {
  return bundle({
    dir: join(folder, more.dir ?? "tasks"),
    packageRoot,
    ...more,
    ...(more.dir && { dir: join(folder, more.dir) }),
  });
}

async function run(
  folder: string,
  id: string,
  payload?: unknown,
): Promise<{ value: unknown; seen: readonly string[] }> {
  const { files, problems } = await build(folder);
  expect(problems.map(formatProblem).join("\n")).toBe("");
  const loaded = await load(files, join(folder, ".holdfast"));
  return { value: await loaded.tasks.get(id)?.run(payload), seen: loaded.seen };
}

describe("a bundle", () => {
  test("runs, and describes itself", async () => {
    const folder = await project({
      "tasks/hello.ts": hello,
      "tasks/deep/b.mts": hello.replaceAll(`"hello"`, `"b"`),
    });
    const { manifest, codeVersion, inputs, code } = await build(folder);
    expect(manifest.tasks).toEqual([
      { id: "b", file: "tasks/deep/b.mts", line: 2 },
      { id: "hello", file: "tasks/hello.ts", line: 2 },
    ]);
    expect(Object.values(manifest.sites)).toContainEqual({
      name: "greet",
      file: "tasks/hello.ts",
      line: 5,
      column: 28,
      function: "hello.run",
    });
    expect(manifest).toMatchObject({ format: 1, codeVersion, problems: 0 });
    expect(codeVersion).toMatch(/^[0-9a-f]{16}$/);
    expect(inputs).toEqual([...inputs].sort());
    expect(inputs).toContain("tasks/deep/b.mts");
    expect(code).toContain("//# sourceMappingURL=bundle.mjs.map");
    expect(await run(folder, "hello", { name: "Ann" })).toMatchObject({ value: "Hello Ann" });
  });

  test("is the same from two folders, wherever the package lies", async () => {
    const files = {
      "tasks/hello.ts": hello,
      "tasks/other.cjs": "module.exports = require('pkg');",
      "node_modules/pkg/index.js": "module.exports = 1;",
    };
    const first = await build(await project(files));
    const second = await build(join(await project({ "deep/er/package.json": "{}" }), "deep/er"));
    expect(second.noTasks).toBe(true);
    const far = join(temporaryFolder(), "far", "away");
    await writeFiles(far, { "package.json": `{ "type": "module" }`, ...files });
    const third = await bundle({ dir: join(far, "tasks"), packageRoot: await stubPackage() });
    expect(third.code).toBe(first.code);
    expect(third.map).toBe(first.map);
    expect(third.files).toEqual(first.files);
    expect(first.code + first.map).not.toContain(packageRoot);
    expect(first.code + first.map).not.toContain("../");
  });

  test("another file, another code version", async () => {
    const folder = await project({ "tasks/hello.ts": hello });
    const before = await build(folder);
    await writeFiles(folder, { "tasks/hello.ts": hello.replace("Hello", "Hi") });
    expect((await build(folder)).codeVersion).not.toBe(before.codeVersion);
  });

  test("leaves tests, declarations, dot folders and node_modules out", async () => {
    const wrong = "export default syntax error";
    const folder = await project({
      "tasks/hello.ts": hello,
      "tasks/hello.test.ts": wrong,
      "tasks/x.spec.js": wrong,
      "tasks/y.d.ts": wrong,
      "tasks/.cache/z.ts": wrong,
      "tasks/node_modules/p/index.js": wrong,
      "tasks/readme.md": wrong,
    });
    expect((await build(folder)).ok).toBe(true);
  });

  test("keeps task files that the package.json calls free of side effects", async () => {
    const folder = await project({
      "tasks/hello.ts": hello,
      "package.json": `{ "type": "module", "sideEffects": false }`,
    });
    expect(await run(folder, "hello", { name: "Bo" })).toMatchObject({ value: "Hello Bo" });
  });

  test("is written if asked", async () => {
    const folder = await project({ "tasks/hello.ts": hello });
    const outDir = join(folder, "out");
    const { files } = await bundle({ dir: join(folder, "tasks"), packageRoot, outDir, write: true });
    expect(Object.keys(files)).toEqual(["bundle.mjs", "bundle.mjs.map", "manifest.json"]);
    const loaded = await load({}, outDir);
    expect([...loaded.tasks.keys()]).toEqual(["hello"]);
  });
});

/** In a process of its own: Vitest translates the stacks of this one. */
const CATCHER = `import { tasks } from "./bundle.mjs";
await tasks.get("hello").run({ name: "nobody" }).catch((error) => console.log(error.stack));
`;

describe("places", () => {
  test("the map leads from a thrown error to the author's line and column", async () => {
    const folder = await project({ "tasks/hello.ts": hello });
    const { files, map } = await build(folder);
    await writeFiles(folder, { ...files, "run.mjs": CATCHER });
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, "run.mjs")]);
    const frames = [...stdout.matchAll(/bundle\.mjs:(\d+):(\d+)/g)];
    const sourceMap = new SourceMap(JSON.parse(map));
    const places = frames.map(([, line, column]) => {
      const { originalSource, originalLine, originalColumn } = sourceMap.findEntry(
        Number(line) - 1,
        Number(column) - 1,
      ) as {
        originalSource: string;
        originalLine: number;
        originalColumn: number;
      };
      return `${originalSource}:${originalLine + 1}:${originalColumn + 1}`;
    });
    expect(places[0]).toBe("tasks/hello.ts:10:32");
    expect(places.some((place) => /^tasks\/hello\.ts:5:/.test(place))).toBe(true);
    expect(JSON.parse(map).sourcesContent).toContain(hello);
  });

  test("the map names where its sources lie if asked", async () => {
    const folder = await project({ "tasks/hello.ts": hello });
    const { map } = await build(folder, { sourceRoot: "file:///there/" });
    expect(JSON.parse(map).sourceRoot).toBe("file:///there/");
  });
});

describe("the author's code", () => {
  const called = (seen: readonly string[]) => seen.filter((site) => !/console/.test(site));

  test("tsconfig paths and workspace packages are it, node_modules is not", async () => {
    const folder = await project({
      "tsconfig.json": JSON.stringify({ compilerOptions: { baseUrl: ".", paths: { "@/*": ["./src/*"] } } }),
      "src/mail.ts":
        "export async function mail(x: string) { return await deliver(x); }\nasync function deliver(x: string) { return x; }\n",
      "packages/lib/package.json": `{ "name": "lib", "type": "module", "main": "index.ts" }`,
      "packages/lib/index.ts":
        "export async function lib(x: string) { return await inner(x); }\nconst inner = async (x: string) => x;\n",
      "node_modules/lib": "-> packages/lib",
      "node_modules/dep/package.json": `{ "name": "dep", "type": "module", "main": "index.js" }`,
      "node_modules/dep/index.js":
        "export async function dep(x) { return await hidden(x); }\nconst hidden = async (x) => x;\n",
      "tasks/a.ts": `import { task } from "holdfast";
import { dep } from "dep";
import { lib } from "lib";
import { mail } from "@/mail";
export const a = task({ id: "a", run: async () => [await mail("m"), await lib("l"), await dep("d")] });
`,
    });
    const { value, seen } = await run(folder, "a");
    expect(value).toEqual(["m", "l", "d"]);
    expect(called(seen)).toEqual([
      "mail tasks/a.ts:5",
      "deliver src/mail.ts:1",
      "lib tasks/a.ts:5",
      "inner packages/lib/index.ts:1",
      "dep tasks/a.ts:5",
    ]);
  });

  test("the names of Trigger.dev lead to Holdfast, and there is one copy of it", async () => {
    const folder = await project({
      "tasks/a.ts": `import { task } from "@trigger.dev/sdk/v3"; export const a = task({ id: "a", run: async () => "a" });`,
      "tasks/b.ts": `import { schedules } from "@trigger.dev/sdk"; export const b = schedules.task({ id: "b", cron: "@daily", run: async () => "b" });`,
      "tasks/c.cjs": `const { task } = require("holdfast"); exports.c = task({ id: "c", run: async () => "c" });`,
      "tasks/d.tsx": `import { task } from "holdfast"; const h = (x: string) => x; export const d = task({ id: "d", run: async () => [<b>{h("x")}</b>] });`,
      "tsconfig.json": `{ "compilerOptions": { "jsxFactory": "h" } }`,
    });
    const { files } = await build(folder);
    const { tasks } = await load(files, join(folder, ".holdfast"));
    expect([...tasks.keys()].sort()).toEqual(["a", "b", "c", "d"]);
  });

  test("CommonJS packages work, node built-ins stay, compiled packages stay outside", async () => {
    const folder = await project({
      "node_modules/old/package.json": "{}",
      "node_modules/native/package.json": "{}",
      "node_modules/old/index.js": `const { join } = require("path"); module.exports = (x) => join("a", x);`,
      "node_modules/native/index.js": `exports.native = () => __dirname.includes("native");`,
      "node_modules/native/build/Release/x.node": "",
      "tasks/a.ts": `import { randomUUID } from "node:crypto"; import native from "native"; import old from "old"; import { task } from "holdfast";
export const a = task({ id: "a", run: async () => [old("b"), randomUUID().length, native.native()] });`,
    });
    const { value } = await run(folder, "a");
    expect(value).toEqual([join("a", "b"), 36, true]);
    const { code, inputs } = await build(folder);
    expect(code).toMatch(/from "native"/);
    expect(inputs.some((input) => input.includes("node_modules/native"))).toBe(false);
  });
  test("a package's drivers that are not installed are asked for when they are used, and stop no build", async () => {
    const folder = await project({
      "node_modules/builder/package.json": `{ "name": "builder", "version": "1.0.0", "main": "index.js" }`,
      "node_modules/builder/index.js":
        "exports.open = (name) => (name === 'mysql' ? require('no-such-mysql') : 'file'); exports.later = () => import('no-such-later');",
      "tasks/a.ts": `import { later, open } from "builder"; import { task } from "holdfast";
const told = (error: unknown) => (error as { code?: string }).code;
export const a = task({ id: "a", run: async () => {
  let missing: unknown;
  try { open("mysql"); } catch (error) { missing = told(error); }
  return [open("file"), missing, await later().catch(told)];
} });`,
    });
    expect((await run(folder, "a")).value).toEqual(["file", "MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"]);
  });
});

describe("what is wrong is said", () => {
  test("a syntax error, with its place", async () => {
    const folder = await project({ "tasks/hello.ts": hello, "tasks/bad.ts": "export const x = (1;\n" });
    const result = await build(folder);
    expect(result).toMatchObject({ ok: false, code: "", codeVersion: "", files: {} });
    expect(codes(result)).toEqual(["HF101 tasks/bad.ts:1"]);
    expect(result.problems[0]?.frame).toContain("> 1 | export const x = (1;");
  });
  test("an import that leads nowhere", async () => {
    const folder = await project({ "tasks/hello.ts": `import "./gone.ts";\n${hello}` });
    const result = await build(folder);
    expect(codes(result)).toEqual(["HF114 tasks/hello.ts:1"]);
    expect(result.problems[0]?.frame).toContain(`> 1 | import "./gone.ts";\n    |        ^`);
  });
  test("no tasks, and no folder", async () => {
    const folder = await project({ "tasks/a.ts": "export const a = 1;" });
    expect(await build(folder)).toMatchObject({ ok: false, noTasks: true, problems: [{ code: "HF116" }] });
    expect(await build(folder, { dir: "nowhere" })).toMatchObject({
      ok: false,
      noTasks: true,
      problems: [{ code: "HF116" }],
    });
  });
  test("one id in two files", async () => {
    const folder = await project({ "tasks/a.ts": hello, "tasks/b.ts": hello });
    const result = await build(folder);
    expect(codes(result)).toEqual(["HF111 tasks/b.ts:2"]);
    expect(result.problems[0]?.message).toContain("tasks/a.ts:2");
  });
  test("a refusal stops the build, a warning does not", async () => {
    const loop = hello.replace("return greeting;", "eval(payload.name); return greeting;");
    expect(codes(await build(await project({ "tasks/a.ts": loop })))).toEqual(["HF108 tasks/a.ts:6"]);
    const each = hello.replace(
      "return greeting;",
      "[1].forEach(async () => { await greet('x'); }); return greeting;",
    );
    const result = await build(await project({ "tasks/a.ts": each }));
    expect(result.ok).toBe(true);
    expect(codes(result)).toEqual(["HF130 tasks/a.ts:6"]);
    expect(result.manifest.problems).toBe(1);
  });
});
