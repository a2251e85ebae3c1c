/** The package as people get it: packed, installed in an empty folder, type-checked, imported, required, run. */
import { execFile } from "node:child_process";
import { cp, mkdir, readdir, writeFile } from "node:fs/promises";
import { join, sep } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { command, startHoldfast } from "../world/holdfast.ts";
import { type Folder, linkHoldfast, makeFolder, manifest, root } from "../world/place.ts";
import { prebuiltSqlite } from "./prebuilt.ts";

const run = promisify(execFile);
const tsc = join(root, "node_modules", "typescript", "bin", "tsc");

const taskSource = `import { task, wait } from "holdfast";

export const greet = task({
  id: "greet",
  run: async ({ name }: { name: string }) => {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(name));
    await wait.for({ seconds: 1 });
    return { greeting: \`Hello \${name}\`, bytes: digest.byteLength };
  },
});
`;

const callerSource = `import { configure, runs, type Task } from "holdfast";
import { awsTransport } from "holdfast/aws";
import type { greet } from "./tasks/greet.js";

configure({ secretKey: "tr_dev_x", baseURL: "http://127.0.0.1:1" });
export const within = () => configure({ transport: awsTransport({ functionName: "orders-api" }) });
export type Greet = typeof greet;
export const status = async (): Promise<string> => (await runs.retrieve("run_x")).status;
export const untyped: Task<string, unknown, unknown> | undefined = undefined;
`;

const configSource = `import { defineConfig } from "@trigger.dev/sdk/v3";

export default defineConfig({
  project: "proj_abcdefghijklmnop",
  runtime: "node",
  logLevel: "log",
  maxDuration: 3600,
  retries: { enabledInDev: true, default: { maxAttempts: 3, minTimeoutInMs: 1000, factor: 2, randomize: true } },
  dirs: ["./trigger"],
});
`;

/** A project of somebody else, in a folder outside the clone. */
async function project(folder: string): Promise<void> {
  const { allowScripts } = await manifest();
  const own = { name: "somebody-elses", private: true, type: "module", allowScripts };
  await writeFile(join(folder, "package.json"), JSON.stringify(own));
  await mkdir(join(folder, "tasks"));
  await writeFile(join(folder, "tasks", "greet.ts"), taskSource);
  await writeFile(join(folder, "caller.ts"), callerSource);
}

/** Type-checks the project's files; libraries too, without @types/node. */
async function typeCheck(
  folder: string,
  options: Readonly<Record<string, unknown>>,
  files: readonly string[] = ["caller.ts", "tasks/greet.ts"],
): Promise<string> {
  const compilerOptions = {
    target: "es2023",
    lib: ["es2023", "dom", "esnext.disposable"],
    types: [],
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    ...options,
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  const { stdout } = await run(process.execPath, [tsc, "-p", folder]).catch((error) => error);
  return stdout;
}

/** Runs the project's task to its end through the installed command line. */
async function runTask(folder: string, data: string): Promise<unknown> {
  const cli = join(folder, "node_modules", "holdfast", "dist", "programs", "main.js");
  const holdfast = await startHoldfast({ project: folder, tasks: "tasks", data, cli });
  try {
    const page = await fetch(holdfast.url);
    if (!page.ok) throw new Error(`The dashboard answered ${page.status}: ${await page.text()}`);
    const { status, output } = await holdfast.finished(await holdfast.trigger("greet", { name: "Ann" }));
    return { status, output };
  } finally {
    await holdfast.stop();
  }
}

const greeted = { status: "COMPLETED", output: { greeting: "Hello Ann", bytes: 32 } };

describe("the tarball, installed in an empty folder", () => {
  let folder: Folder;
  let installed: string;
  let tarball: string;
  let env: NodeJS.ProcessEnv;
  const install = (cwd: string, ...packages: string[]) =>
    run("npm", ["install", "--no-audit", "--no-fund", ...packages], { cwd, env });

  beforeAll(async () => {
    folder = await makeFolder("packed");
    env = await prebuiltSqlite(folder.path);
    installed = join(folder.path, "app");
    await mkdir(installed);
    await project(installed);
    // What is packed is compiled already; compiled anew, other tests beside would read half a file.
    const packing = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder.path];
    const { stdout } = await run("npm", packing, { cwd: root });
    const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf("[\n"))) as [{ filename: string }];
    tarball = join(folder.path, filename);
    await install(installed, tarball);
  });
  afterAll(() => folder?.remove());

  test("it holds compiled JavaScript and types, and nothing of the tests", async () => {
    const inside = await readdir(join(installed, "node_modules", "holdfast"), { recursive: true });
    expect(inside).toContain(join("dist", "sdk", "index.js"));
    expect(inside).toContain(join("dist", "sdk", "index.d.ts"));
    expect(inside).toContain(join("docs", "errors", "HF201.md"));
    const page = inside.filter((path) => path.startsWith(join("dist", "dashboard") + sep));
    expect(inside).toContain(join("dist", "programs", "LICENCES.md"));
    expect(inside.filter((path) => path.startsWith(join("dist", "cli")))).toEqual([]);
    expect(page.sort()).toEqual(["page.css", "page.js"].map((name) => join("dist", "dashboard", name)));
    // What `holdfast init` copies into a new project is source, and has a test of its own.
    const ours = inside.filter((path) => !path.startsWith(join("cli", "template") + sep));
    expect(ours.filter((path) => /(^|[/\\])(test|bench|examples)[/\\]|[^d]\.ts$/.test(path))).toEqual([]);
  });
  test("it type-checks with nodenext", async () => {
    expect(await typeCheck(installed, { module: "nodenext" })).toBe("");
  });
  test("it type-checks with a bundler's resolution", async () => {
    expect(await typeCheck(installed, { module: "esnext", moduleResolution: "bundler" })).toBe("");
  });
  test("it can be imported", async () => {
    const script = `import { task } from "holdfast"; console.log(typeof task);`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], { cwd: installed });
    expect(stdout).toBe("function\n");
  });
  test("it can be required", async () => {
    const script = `console.log(typeof require("holdfast").task)`;
    const { stdout } = await run(process.execPath, ["--input-type=commonjs", "-e", script], {
      cwd: installed,
    });
    expect(stdout).toBe("function\n");
  });
  test("its way in for callers within AWS loads no client before a call, and then names the one that is missing", async () => {
    const script = `import { awsTransport } from "holdfast/aws";
      import { configure, tasks } from "holdfast";
      configure({ transport: awsTransport({ functionName: "f" }) });
      await tasks.trigger("greet").catch(({ code, message }) => console.log(code, message));`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], { cwd: installed });
    expect(stdout).toMatch(/^HF516 .*npm install @aws-sdk\/client-lambda/);
  });
  test("its testkit runs a task in virtual time and crashes it, for ES modules and CommonJS, in node:test too", async () => {
    const body = `const kit = await createTestkit({ dir: "tasks" });
      const { status, output } = await kit.run("greet", { name: "Ann" }, { crash: [{ when: "after", call: 1 }] });
      const { findings } = await kit.crashEverywhere("greet", { name: "Ann" });
      await kit.close();
      console.log(JSON.stringify({ status, output, findings }));`;
    const scripts = {
      module: `import { createTestkit } from "holdfast/testing"; ${body}`,
      commonjs: `const { createTestkit } = require("holdfast/testing"); (async () => { ${body} })();`,
    };
    for (const [type, script] of Object.entries(scripts)) {
      const { stdout, stderr } = await run(process.execPath, [`--input-type=${type}`, "-e", script], {
        cwd: installed,
      });
      expect(JSON.parse(stdout)).toEqual({ ...greeted, findings: [] });
      expect(stderr).toBe("");
    }
    const tested = `import { test } from "node:test"; import { createTestkit } from "holdfast/testing"; test("it greets", async () => { ${body} });`;
    await writeFile(join(installed, "greet.test.mjs"), tested);
    const { stdout } = await run(process.execPath, ["--test", "greet.test.mjs"], { cwd: installed });
    expect(stdout).toMatch(/pass 1\b/);
  });
  test("its command is ready, and runs a task to its end", async () => {
    const { stdout } = await run(join(installed, "node_modules", ".bin", "holdfast"), ["--version"]);
    expect(stdout.trim()).toBe((await manifest()).version);
    expect(await runTask(installed, join(folder.path, "data"))).toEqual(greeted);
  });

  test("`holdfast init` makes a project that type-checks, whose test passes, and whose task runs to its end at once", async () => {
    const started = join(folder.path, "started");
    await mkdir(started);
    await install(started, tarball);
    const holdfast = join(started, "node_modules", ".bin", "holdfast");
    const { stdout } = await run(holdfast, ["init", "--no-aws", "--json"], { cwd: started });
    const made = ["tasks/hello.ts", "test/hello.test.ts", "tsconfig.json", ".gitignore"];
    expect(JSON.parse(stdout)).toMatchObject({ made, kept: ["package.json"] });
    // As it says.
    await install(started);
    await run("npx", ["tsc"], { cwd: started });
    expect((await run("npm", ["test"], { cwd: started })).stdout).toMatch(/2 passed/);
    const cli = join(started, "node_modules", "holdfast", "dist", "programs", "main.js");
    const at = { project: started, tasks: "tasks", data: join(started, ".holdfast"), cli };
    const server = await startHoldfast(at);
    const { status, output } = await server.finished(await server.trigger("hello", { name: "Ada" }));
    await server.stop();
    expect({ status, output }).toEqual({ status: "COMPLETED", output: "Hello Ada!" });
  });

  describe("and as @trigger.dev/sdk, by an npm alias,", () => {
    let app: string;

    beforeAll(async () => {
      // What `npm:holdfast` does once it is published.
      await install(installed, `@trigger.dev/sdk@file:${tarball}`);
      app = join(installed, "moved");
      await mkdir(join(app, "trigger"), { recursive: true });
      const named = (text: string, entry: string) =>
        text.replaceAll(`"holdfast"`, `"@trigger.dev/sdk${entry}"`);
      const write = (file: string, text: string) => writeFile(join(app, file), text);
      await write("package.json", `{ "name": "moved", "private": true, "type": "module" }`);
      await write("trigger/greet.ts", named(taskSource, "/v3"));
      await write(
        "caller.ts",
        named(callerSource, "")
          .replace("./tasks/", "./trigger/")
          .replace(/^.*awsTransport.*\n/gm, ""),
      );
      await write("trigger.config.ts", configSource);
    });

    test("task files, a caller and the config type-check with nodenext, and with a bundler's resolution", async () => {
      const files = ["caller.ts", "trigger/greet.ts", "trigger.config.ts"];
      expect(await typeCheck(app, { module: "nodenext" }, files)).toBe("");
      expect(await typeCheck(app, { module: "esnext", moduleResolution: "bundler" }, files)).toBe("");
    });
    test("its two entries are one module", async () => {
      const script = `import * as a from "@trigger.dev/sdk"; import * as b from "@trigger.dev/sdk/v3"; console.log(a.task === b.task);`;
      const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], { cwd: app });
      expect(stdout).toBe("true\n");
    });
    test("it serves the project as it is", async () => {
      const cli = join(installed, "node_modules", "@trigger.dev", "sdk", "dist", "programs", "main.js");
      const holdfast = await startHoldfast({
        project: app,
        tasks: ".",
        data: join(folder.path, "moved-data"),
        cli,
      });
      const { status, output } = await holdfast.finished(await holdfast.trigger("greet", { name: "Ann" }));
      await holdfast.stop();
      expect({ status, output }).toEqual(greeted);
    });
  });
});

describe("a folder outside whose node_modules/holdfast is a link to the clone", () => {
  let folder: Folder;

  beforeAll(async () => {
    folder = await makeFolder("linked");
    await project(folder.path);
    await linkHoldfast(folder.path);
  });
  afterAll(() => folder?.remove());

  test("it type-checks", async () => {
    expect(await typeCheck(folder.path, { module: "nodenext" })).toBe("");
  });
  test("a task runs to its end", async () => {
    expect(await runTask(folder.path, join(folder.path, "data"))).toEqual(greeted);
  });
  test("a build has the same bytes from any checkout folder", async () => {
    const other = await makeFolder("copied");
    await project(other.path);
    await linkHoldfast(other.path);
    await cp(join(folder.path, "tasks"), join(other.path, "tasks"), { recursive: true });
    const build = async (path: string) => {
      const built = await command(path, ["build", "--dir", "tasks", "--out", "built"]);
      expect(built).toMatchObject({ code: 0 });
      const { stdout } = await run("git", ["hash-object", ...(await filesIn(join(path, "built")))]);
      return stdout;
    };
    expect(await build(other.path)).toBe(await build(folder.path));
    await other.remove();
  });
});

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.sort();
}
