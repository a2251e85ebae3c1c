/** The functions' code: complete without any node_modules, the same each time, and what it leaves outside is named. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { refuseOtherSystems } from "../../infra/install.ts";
import { dropMapsOfPackages } from "../../infra/source-maps.ts";
import { type BuiltFunctions, bundleFunctions } from "../../transform/bundle-functions.ts";
import { makeMonorepo } from "../world/monorepo.ts";
import { linkHoldfast, root } from "../world/place.ts";
import { folderWith } from "./place.ts";

const functions = ["api", "dispatcher", "timer", "housekeeper", "dispatcher/planner"] as const;

async function built(
  dir: string,
  outDir = folderWith(),
): Promise<BuiltFunctions & { readonly outDir: string }> {
  return { ...(await bundleFunctions({ dir, packageRoot: root, outDir })), outDir };
}

/** Starts a function's code as Lambda would, from where it lies, and says what its module has to offer. */
function start(folder: string, environment: Readonly<Record<string, string>> = {}): string {
  const program = `const m = await import("./index.mjs"); process.stdout.write(typeof m.handler);`;
  return execFileSync(process.execPath, ["--input-type=module", "-e", program], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...environment },
    encoding: "utf8",
  });
}

const codeOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((name) => name.endsWith(".mjs"))
      .map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );

/** The files that are loaded at the start: the entry, what it imports at once, and the tasks, which it loads then. */
function loadedAtStart(files: Readonly<Record<string, string>>): string[] {
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const [, found = ""] of (files[name] ?? "").matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g))
      visit(found);
  };
  visit("index.mjs");
  if ("tasks.mjs" in files) visit("tasks.mjs");
  return [...seen];
}

/** What esbuild makes of the four clients that every dispatcher may need, and nothing else. */
async function bareClients(): Promise<number> {
  const clients = {
    DynamoDBClient: "dynamodb",
    SQSClient: "sqs",
    SecretsManagerClient: "secrets-manager",
    LambdaClient: "lambda",
  };
  const imports = Object.entries(clients).map(
    ([name, of]) => `import { ${name} } from "@aws-sdk/client-${of}";`,
  );
  const made = Object.keys(clients).map((name) => `new ${name}({})`);
  const { outputFiles } = await build({
    stdin: { contents: `${imports.join("")} export const clients = [${made}];`, resolveDir: root },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    write: false,
  });
  return outputFiles[0]?.text.length ?? 0;
}

const manifest = (name: string, more: object = {}): string =>
  JSON.stringify({ name, version: "1.2.3", main: "index.js", ...more });
const task = (imports: string, body: string): string =>
  `import { task } from "holdfast";\n${imports}\nexport const one = task({ id: "one", run: async () => { ${body} } });\n`;

describe("the bundles of the order example", () => {
  const orders = join(root, "examples/order/tasks");
  let once: Awaited<ReturnType<typeof built>>;
  const outDir = mkdtempSync(join(tmpdir(), "holdfast-orders-"));
  beforeAll(async () => {
    once = await built(orders, outDir);
  });
  afterAll(() => rmSync(outDir, { recursive: true, force: true }));

  test("start from a folder with no node_modules above, and need no setting for it", async () => {
    const { ok, packages, manifest: described } = once;
    expect([ok, packages]).toEqual([true, []]);
    for (const name of functions) expect(start(join(outDir, name))).toBe("function");
    const listed = JSON.parse(readFileSync(join(outDir, "api/manifest.json"), "utf8")) as typeof described;
    expect(listed.tasks.map(({ id }) => id)).toEqual(described.tasks.map(({ id }) => id));
  });

  test("are the same bytes each time: a deployment without changes publishes no version", async () => {
    const second = await built(orders);
    for (const name of functions)
      expect(codeOf(join(outDir, name))).toEqual(codeOf(join(second.outDir, name)));
    expect(once.codeVersion).toBe(second.codeVersion);
    expect(once.codeVersion).toMatch(/^[0-9a-f]{16}$/);
  });

  test("load S3 when it is used; the author's code is in the dispatcher alone, the HTTP app in the api alone", () => {
    const text = Object.fromEntries(
      functions.map((name) => {
        const files = codeOf(join(outDir, name));
        return [
          name,
          loadedAtStart(files)
            .map((file) => files[file])
            .join("\n"),
        ];
      }),
    );
    const has = (name: (typeof functions)[number], word: string): boolean =>
      text[name]?.includes(word) ?? false;
    for (const name of functions) expect([name, has(name, "x-amz-storage-class")]).toEqual([name, false]);
    expect(has("dispatcher", "PAYMENT_URL")).toBe(true);
    for (const name of ["api", "timer", "housekeeper", "dispatcher/planner"] as const)
      expect([name, has(name, "PAYMENT_URL")]).toEqual([name, false]);
    expect([has("api", "webhook-signature"), has("dispatcher", "webhook-signature")]).toEqual([true, false]);
    expect([has("dispatcher", "secretsmanager"), has("timer", "secretsmanager")]).toEqual([true, false]);
    // So is the client that hands runs over, and what makes links to large values.
    expect(has("dispatcher", "InvokeAsync")).toBe(false);
    expect(has("api", "S3RequestPresigner")).toBe(false);
    expect(
      Object.values(codeOf(join(outDir, "api")))
        .join("")
        .includes("S3RequestPresigner"),
    ).toBe(true);
    const whole = Object.values(codeOf(join(outDir, "dispatcher"))).join("");
    expect(whole.includes("x-amz-storage-class") && whole.includes("InvokeAsync")).toBe(true);
    expect(whole.includes("S3RequestPresigner")).toBe(false);
    // What makes and sends spans is loaded with the first pass that is traced; nobody counts for Prometheus in AWS.
    expect([has("dispatcher", "resourceSpans"), whole.includes("resourceSpans")]).toEqual([false, true]);
    expect(whole.includes("prom-client")).toBe(false);
  });

  test("take little beside AWS's clients: the dispatcher but for S3 at most the bare four and 14.2 %, its start 71.4 % of them", async () => {
    const files = codeOf(join(outDir, "dispatcher"));
    const sizeOf = (names: readonly string[]): number =>
      names.reduce((sum, name) => sum + (files[name]?.length ?? 0), 0);
    const ofS3 = Object.keys(files).filter((name) => files[name]?.includes("x-amz-storage-class"));
    const bare = await bareClients();
    expect(ofS3).toHaveLength(1);
    expect(sizeOf(Object.keys(files)) - sizeOf(ofS3)).toBeLessThan(bare * 1.142);
    expect(sizeOf(loadedAtStart(files))).toBeLessThan(bare * 0.714);
  });

  test("are well below what Lambda takes", () => {
    const size = readdirSync(join(outDir, "dispatcher"))
      .filter((name) => name.endsWith(".mjs"))
      .reduce((sum, name) => sum + statSync(join(outDir, "dispatcher", name)).size, 0);
    expect(size).toBeLessThan(2_500_000);
  });
});

test("source maps go along where they lead to a line that is no package's", async () => {
  const map = (...sources: readonly string[]) => JSON.stringify({ version: 3, sources, mappings: "" });
  const code = (name: string) => `export {};\n//# sourceMappingURL=${name}.mjs.map\n`;
  const folder = folderWith({
    "index.mjs": code("index"),
    "index.mjs.map": map("tasks/one.ts", "node_modules/plain/index.js"),
    "part-A.mjs": code("part-A"),
    "part-A.mjs.map": map("node_modules/plain/index.js", "../node_modules/other/index.js"),
  });
  await dropMapsOfPackages(folder);
  expect(readdirSync(folder).sort()).toEqual(["index.mjs", "index.mjs.map", "part-A.mjs"]);
  expect(codeOf(folder)).toEqual({ "index.mjs": code("index"), "part-A.mjs": "export {};\n" });
});

describe("packages that cannot be bundled", () => {
  const project = () =>
    folderWith({
      "package.json": "{}",
      "tasks/one.ts": task(
        `import a from "compiled"; import b from "with-wasm"; import c from "reads-itself"; import d from "plain"; import e from "@org/requires";`,
        "return [a, b, c, d, e];",
      ),
      "node_modules/compiled/package.json": manifest("compiled"),
      "node_modules/compiled/index.js": `module.exports = require("./build/it.node");`,
      "node_modules/compiled/build/it.node": "x",
      "node_modules/with-wasm/package.json": manifest("with-wasm", { version: "4.5.6" }),
      "node_modules/with-wasm/index.js": `module.exports = require("fs").readFileSync(require.resolve("./it.wasm"));`,
      "node_modules/reads-itself/package.json": manifest("reads-itself"),
      "node_modules/reads-itself/index.js": `module.exports = require("fs").readFileSync(__dirname + "/words.txt");`,
      "node_modules/plain/package.json": manifest("plain"),
      "node_modules/plain/index.js": "module.exports = 1;",
      "node_modules/@org/requires/package.json": manifest("@org/requires", { type: "module" }),
      "node_modules/@org/requires/index.js": `import { createRequire } from "node:module"; const require = createRequire(import.meta.url); export default require("node:fs").constants;`,
    });

  test("are named with the version that the project has, and the rest is bundled", async () => {
    const { ok, packages, problems, outDir } = await built(join(project(), "tasks"));
    expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(ok).toBe(true);
    expect(packages).toEqual([
      { name: "compiled", version: "1.2.3" },
      { name: "reads-itself", version: "1.2.3" },
      { name: "with-wasm", version: "4.5.6" },
    ]);
    const code = Object.values(codeOf(join(outDir, "dispatcher"))).join("");
    expect(code).toMatch(/from\s*"compiled"/);
    expect(code).not.toMatch(/from\s*"(plain|@org\/requires)"/);
  });

  test("are not named for an import that was dropped: of Holdfast itself, where it is installed from npm", async () => {
    const folder = folderWith({ "package.json": "{}" });
    cpSync(join(root, "examples/order"), folder, { recursive: true });
    await linkHoldfast(folder);
    const { ok, packages, outDir } = await built(join(folder, "tasks"));
    expect([ok, packages]).toEqual([true, []]);
    expect(start(join(outDir, "dispatcher"))).toBe("function");
  });

  test("and none for a monorepo: its workspaces, aliases and decorators go into the code", async () => {
    const folder = await makeMonorepo();
    onTestFinished(() => folder.remove());
    const tasksOf = { worker: "src/tasks", orm: "tasks" };
    for (const [name, tasks] of Object.entries(tasksOf)) {
      const { ok, packages, outDir } = await built(join(folder.path, "packages", name, tasks));
      expect([ok, packages]).toEqual([true, []]);
      expect(start(join(outDir, "dispatcher"))).toBe("function");
    }
  });

  const elf = (machine: number): Buffer => {
    const header = Buffer.alloc(64);
    header.write("\x7fELF", "latin1");
    header.writeUInt16LE(machine, 18);
    return header;
  };
  test("are refused when their compiled part is for another system", async () => {
    await expect(refuseOtherSystems(folderWith({ "a/build/it.node": elf(0x3e) }), "arm64")).rejects.toThrow(
      /HF604 a.build.it\.node/,
    );
    await expect(refuseOtherSystems(folderWith({ "a/it.node": "MZ" }), "arm64")).rejects.toThrow("HF604");
    const fine = { "a/build/it.node": elf(0xb7), "a/prebuilds/win32-x64/it.node": "MZ", "a/it.js": "" };
    await expect(refuseOtherSystems(folderWith(fine), "arm64")).resolves.toBeUndefined();
  });
  test("are looked at for the processor that the stack asks for", async () => {
    const both = { "a/prebuilds/linux-arm64/it.node": elf(0xb7), "a/prebuilds/linux-x64/it.node": elf(0x3e) };
    await expect(refuseOtherSystems(folderWith(both), "x64")).resolves.toBeUndefined();
    await expect(refuseOtherSystems(folderWith({ "a/it.node": elf(0x3e) }), "x64")).resolves.toBeUndefined();
    await expect(refuseOtherSystems(folderWith({ "a/it.node": elf(0xb7) }), "x64")).rejects.toThrow(
      /HF604.*Linux on x64/,
    );
  });
});

describe("what is wrong", () => {
  test("with the tasks is told as a problem, and nothing is written", async () => {
    const folder = folderWith({
      "package.json": "{}",
      "tasks/one.ts": task("", `eval("1");`),
    });
    const { ok, problems, outDir } = await built(join(folder, "tasks"));
    expect(ok).toBe(false);
    expect(problems.some(({ severity }) => severity === "error")).toBe(true);
    expect(readdirSync(outDir)).toEqual([]);
  });

  test("with a folder without tasks is told", async () => {
    const folder = folderWith({ "package.json": "{}", "tasks/one.ts": "export const x = 1;\n" });
    expect(await built(join(folder, "tasks"))).toMatchObject({ ok: false, noTasks: true });
  });

  test("a webhook's secret is read from the source, or known not to be", async () => {
    const source = `import { task } from "holdfast";
const name = "NAMED";
export const a = task({ id: "a", webhookSecret: "PLAIN", description: "Does a", run: async () => 1 });
export const b = task({ id: "b", webhookSecret: name, run: async () => 1 });
export const c = task({ id: "c", webhookSecret: name + "X", run: async () => 1 });
export const d = task({ id: "d", run: async () => 1 });
`;
    const folder = folderWith({ "package.json": "{}", "tasks/one.ts": source });
    const { manifest: described } = await built(join(folder, "tasks"));
    expect(described.tasks.map(({ webhookSecret }) => webhookSecret)).toEqual([
      "PLAIN",
      "NAMED",
      null,
      undefined,
    ]);
    expect(described.tasks[0]?.description).toBe("Does a");
  });
});
