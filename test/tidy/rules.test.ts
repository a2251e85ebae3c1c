/** Each tidy rule fails on a planted violation and is silent on its honest twin. */
import { describe, expect, test } from "vitest";
import { cycles, strayPackages, wrongArrows } from "./arrows.ts";
import {
  anyTypes,
  badNames,
  longFunctions,
  machinePaths,
  notes,
  strayEnvironment,
  tooLong,
  unportable,
} from "./manners.ts";
import { floating, missingBinaries, strangeRegistries, wrongPages } from "./papers.ts";
import type { SourceFile } from "./source.ts";

const file = (path: string, text: string): SourceFile => ({ path, text });
const lines = (count: number): string => "x();\n".repeat(count);

describe("arrows", () => {
  test("an import against the table is reported with the folder's sentence", () => {
    const [problem] = wrongArrows(file("engine/run.ts", `import { task } from "../sdk/task.ts";`));
    expect(problem).toBe(
      "engine/run.ts imports sdk/task.ts. engine/ is what a run is and how one pass of it goes; it knows nothing of AWS, SQLite, clocks or environments, and imports nothing of ours.",
    );
    expect(wrongArrows(file("sdk/task.ts", `import type { Run } from "../engine/run.ts";`))).toEqual([]);
  });
  test("export-from, dynamic imports and types count as imports", () => {
    for (const text of [
      `export * from "../local/a.ts"`,
      `await import("../local/a.ts")`,
      `import type { A } from "../local/a.ts"`,
    ])
      expect(wrongArrows(file("transform/a.ts", text)), text).toHaveLength(1);
  });
  test("local/ may import the HTTP app but not the AWS adapters", () => {
    expect(wrongArrows(file("local/a.ts", `import { app } from "../functions/app.ts";`))).toEqual([]);
    expect(wrongArrows(file("local/a.ts", `import { a } from "../functions/aws/store.ts";`))).toHaveLength(1);
  });
  test("cli/ may load functions/aws, but not import it", () => {
    expect(wrongArrows(file("cli/a.ts", `await import("../functions/aws/a.ts");`))).toEqual([]);
    expect(wrongArrows(file("cli/a.ts", `import { a } from "../functions/aws/a.ts";`))).toHaveLength(1);
  });
  test("dashboard/ takes types of engine/ and sdk/, and nothing that runs", () => {
    const from = (text: string) => wrongArrows(file("dashboard/a.tsx", text));
    expect(from(`import type { RunStatus } from "../engine/run.ts";`)).toEqual([]);
    expect(from(`import { allStatuses } from "../engine/run.ts";`)).toHaveLength(1);
    expect(from(`import type { HttpDeps } from "../functions/deps.ts";`)).toHaveLength(1);
  });
  test("examples/ import the package by name", () => {
    expect(
      wrongArrows(file("examples/a/tasks/a.ts", `import { task } from "../../../sdk/task.ts";`)),
    ).toHaveLength(1);
    expect(wrongArrows(file("examples/a/tasks/a.ts", `import { task } from "holdfast";`))).toEqual([]);
  });
  test.each([
    ["better-sqlite3", "local/a.ts", "local/sqlite.ts"],
    ["hono", "local/a.ts", "functions/a.ts"],
    ["preact/hooks", "functions/a.ts", "dashboard/a.ts"],
    ["hono/body-limit", "sdk/a.ts", "functions/a.ts"],
    ["@hono/node-server", "functions/a.ts", "local/a.ts"],
    ["esbuild", "local/a.ts", "transform/a.ts"],
    ["oxc-parser", "engine/a.ts", "transform/a.ts"],
    ["magic-string", "cli/a.ts", "transform/a.ts"],
    ["@aws-sdk/client-sqs", "functions/a.ts", "functions/aws/a.ts"],
    ["aws-cdk-lib/aws-sqs", "functions/a.ts", "infra/a.ts"],
  ])("%s is not imported by %s", (name, wrong, right) => {
    expect(strayPackages(file(wrong, `import { a } from "${name}";`))).toHaveLength(1);
    expect(strayPackages(file(right, `import { a } from "${name}";`))).toEqual([]);
  });
  test("a circle of run-time imports is printed as a path; one closed by a type or a lazy import is none", () => {
    const a = file("engine/a.ts", `import { b } from "./b.ts";`);
    expect(cycles([a, file("engine/b.ts", `export { a } from "./a.ts";`)])).toEqual([
      "engine/a.ts → engine/b.ts → engine/a.ts",
    ]);
    expect(cycles([a, file("engine/b.ts", `import type { A } from "./a.ts";`)])).toEqual([]);
    expect(cycles([a, file("engine/b.ts", `await import("./a.ts");`)])).toEqual([]);
    expect(cycles([a, file("engine/b.ts", `import { type A } from "./a.ts";`)])).toHaveLength(1);
  });
});

describe("manners", () => {
  test("a file has fewer than 300 lines", () => {
    expect(tooLong(file("a.ts", lines(300)))).toHaveLength(1);
    expect(tooLong(file("a.ts", lines(299)))).toEqual([]);
  });
  test("a function has at most 60 lines, inner functions not counted", () => {
    expect(longFunctions(file("a.ts", `function a() {\n${lines(59)}}`))).toHaveLength(1);
    expect(longFunctions(file("a.ts", `const a = () => {\n${lines(59)}};`))).toHaveLength(1);
    expect(longFunctions(file("a.ts", `function a() {\n${lines(58)}}`))).toEqual([]);
    const inner = `  function b() {\n${lines(40)}  }\n`;
    expect(longFunctions(file("a.ts", `function a() {\n${inner}${inner}}`))).toEqual([]);
  });
  test("the type that switches types off is found in code, not in words", () => {
    expect(anyTypes(file("a.ts", "let a: any;"))).toEqual([
      "a.ts:1 says `any`; say what it is, or `unknown`.",
    ]);
    expect(anyTypes(file("a.ts", "// any\nlet any = 'any';"))).toEqual([]);
  });
  test("notes to oneself are found", () => {
    expect(notes(file("a.ts", `\n// ${"TO"}DO later`))[0]).toMatch(/^a.ts:2/);
    expect(notes(file("a.ts", `// ${"FIX"}ME`))).toHaveLength(1);
    expect(notes(file("a.ts", "// todos are a fine example"))).toEqual([]);
  });
  test("names say something and are in kebab-case", () => {
    for (const path of [
      "engine/utils/a.ts",
      "engine/helpers.ts",
      "common/a.ts",
      "engine/runState.ts",
      "engine/Run.ts",
    ])
      expect(badNames(path), path).toHaveLength(1);
    for (const path of ["engine/run-state.ts", "docs/errors/HF101.md", "LICENSE", "test/a.test.ts"])
      expect(badNames(path), path).toEqual([]);
  });
  test("the environment is read in config.ts alone", () => {
    expect(strayEnvironment(file("local/a.ts", "const a = process.env.A;"))).toHaveLength(1);
    expect(strayEnvironment(file("local/a.ts", `import { env } from "node:process";`))).toHaveLength(1);
    expect(strayEnvironment(file("local/config.ts", "const a = process.env.A;"))).toEqual([]);
    expect(strayEnvironment(file("test/a.ts", "const a = process.env.A;"))).toEqual([]);
    expect(strayEnvironment(file("sdk/a.ts", "// process.env is not read here"))).toEqual([]);
  });
  test("shipped code starts no shell and names no temporary folder", () => {
    expect(unportable(file("cli/a.ts", `import { exec } from "node:child_process";`))).toHaveLength(1);
    expect(unportable(file("cli/a.ts", `spawn("a", [], { shell: true });`))).toHaveLength(1);
    expect(unportable(file("cli/a.ts", `spawn("a", [], { shell: false });`))).toEqual([]);
    expect(unportable(file("cli/a.ts", `open("/tmp/a");`))).toHaveLength(1);
    expect(unportable(file("cli/a.ts", `open(\`/tmp/\${a}\`);`))).toHaveLength(1);
    expect(
      unportable(file("cli/a.ts", `/a/.exec(b); import { execFile } from "node:child_process";`)),
    ).toEqual([]);
    expect(unportable(file("test/a.ts", `open("/tmp/a");`))).toEqual([]);
  });
  test("no path of one machine is left in any file", () => {
    expect(machinePaths(file("a.json", `{"a": "/ho${"me"}/ann/a.ts"}`), "/nowhere")).toHaveLength(1);
    expect(machinePaths(file("a.md", `see /Us${"ers"}/ann/a`), "/nowhere")).toHaveLength(1);
    expect(machinePaths(file("a.ts", "at /srv/clone/engine/run.ts"), "/srv/clone")).toHaveLength(1);
    expect(machinePaths(file("a.ts", "https://a.example/home/a"), "/nowhere")).toEqual([]);
  });
});

describe("papers", () => {
  test("versions are pinned", () => {
    expect(floating({ dependencies: { a: "^1.0.0" }, devDependencies: { b: "latest" } })).toHaveLength(2);
    expect(floating({ dependencies: { a: "1.0.0" }, devDependencies: { b: "1.0.0-beta.1" } })).toEqual([]);
  });
  test("the lockfile holds the other systems' binaries and no strange registry", () => {
    const found = missingBinaries({ packages: { "node_modules/@esbuild/darwin-arm64": {} } });
    expect(found).toHaveLength(11);
    expect(found[0]).toContain("@esbuild/darwin-x64");
    const from = (resolved: string) => strangeRegistries({ packages: { "node_modules/a": { resolved } } });
    expect(from("https://mirror.example/a.tgz")).toHaveLength(1);
    expect(from("https://registry.npmjs.org/a/-/a-1.0.0.tgz")).toEqual([]);
  });
  test("codes and pages belong together", () => {
    const text = "# HF201 Not JSON\n\n## What happened\n\n## Why\n\n## What to do\n";
    const page = file("docs/errors/HF201.md", text);
    expect(wrongPages({ HF201: "Not JSON" }, [page], [file("a.ts", `"HF201"`)])).toEqual([]);
    expect(wrongPages({ HF201: "Not JSON", HF202: "No key" }, [page], [])).toEqual([
      "HF202 has no page docs/errors/HF202.md.",
    ]);
    expect(wrongPages({}, [page], [])[0]).toContain("is the page of no code");
    expect(wrongPages({ HF201: "Another title" }, [page], [])[0]).toContain(
      `its code's title is "# HF201 Another title"`,
    );
    expect(wrongPages({ HF201: "Not JSON" }, [file(page.path, "# HF201 Not JSON\n")], [])).toHaveLength(3);
    expect(wrongPages({ HF201: "Not JSON" }, [page], [file("a.ts", `"HF999"`)])[0]).toContain(
      "which no catalogue has",
    );
  });
});
