/** The programs of the package, as they are shipped: few files each (`build/programs.ts`). */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { parseSync } from "oxc-parser";
import { expect, test } from "vitest";
import { cli, manifest, root } from "../world/place.ts";

const run = promisify(execFile);
const programs = dirname(cli);

/** The files that a call loads: Node tells them for a report on coverage. */
async function loadedBy(...args: readonly string[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-loaded-"));
  try {
    await run(process.execPath, [cli, ...args], { env: { ...process.env, NODE_V8_COVERAGE: folder } });
    const [report = ""] = await readdir(folder);
    const { result } = JSON.parse(await readFile(join(folder, report), "utf8")) as {
      result: readonly { url: string }[];
    };
    return result.map(({ url }) => url).filter((url) => url.startsWith("file:"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test("a command loads some thirty files, and its help none of another package", async () => {
  const loaded = await loadedBy("--help");
  expect(loaded.length).toBeGreaterThan(0);
  expect(loaded.length).toBeLessThanOrEqual(40);
  expect(loaded.filter((url) => url.includes("/node_modules/"))).toEqual([]);
});

/** What a module imports by a name that stands in it. */
function importsIn(text: string): string[] {
  const { module } = parseSync("program.js", text);
  const late = module.dynamicImports.map(({ moduleRequest: { start, end } }) => text.slice(start, end));
  const names = late.filter((each) => /^["'][^"']*["']$/.test(each)).map((each) => each.slice(1, -1));
  return [...module.staticImports.map(({ moduleRequest }) => moduleRequest.value), ...names];
}

test("what is not within the programs is a dependency, or optional", async () => {
  const { dependencies, peerDependencies } = await manifest();
  const known = Object.keys({ ...(dependencies as object), ...(peerDependencies as object) });
  const files = (await readdir(programs)).filter((name) => name.endsWith(".js"));
  const named = await Promise.all(
    files.map(async (name) => importsIn(await readFile(join(programs, name), "utf8"))),
  );
  const packages = named
    .flat()
    .filter((name) => !name.startsWith(".") && !isBuiltin(name))
    .map((name) => name.split("/", name.startsWith("@") ? 2 : 1).join("/"));
  expect(packages).toContain("better-sqlite3");
  expect(packages.filter((name) => !known.includes(name))).toEqual([]);
});

test("each package within the programs is told with its licence", async () => {
  const { devDependencies } = await manifest();
  const licences = await readFile(join(programs, "LICENCES.md"), "utf8");
  for (const name of ["commander", "hono", "zod", "prom-client", "rate-limiter-flexible"]) {
    expect(licences).toContain(`## ${name} `);
    const text = await readFile(join(root, "node_modules", name, "package.json"), "utf8");
    expect(licences).toContain(`## ${name} ${(JSON.parse(text) as { version: string }).version} (`);
  }
  // These are installed with the sources alone: whoever takes the package has them within its programs.
  expect(Object.keys(devDependencies as object)).toContain("commander");
});
