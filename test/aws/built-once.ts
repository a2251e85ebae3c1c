/**
 * Loaded ahead of the process that builds a stack's code: what of it no task is in (`api`, `timer`, `housekeeper`, `planner`) is
 * built once for all stacks of a run of the tests. Each build of these reads a thousand files of AWS's clients again.
 *
 * Owns:      the answers of esbuild in the folder `HOLDFAST_BUILT_ONCE`, which lasts for one run of the tests: what is built does
 *            not change within it.
 * Never:     keeps what a task file is in; `test/aws-infra/synth.test.ts` builds everything anew.
 * Invariant: an answer serves a project that lies equally far from Holdfast alone: names in it are relative.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, relative, sep } from "node:path";
import type { BuildOptions, BuildResult } from "esbuild";
import { root } from "../world/place.ts";

/** What is kept of a build. */
interface Kept {
  readonly metafile: unknown;
  readonly files: Readonly<Record<string, string>>;
}

const { HOLDFAST_BUILT_ONCE: folder } = process.env;
const require = createRequire(import.meta.url);
const isBuild = process.argv[1]?.endsWith(join("infra", "build-child.js")) === true;
if (folder !== undefined && isBuild) takeOver(folder);

/** What an import gets of a CommonJS package is settled as it is loaded: so esbuild is loaded here, with another `build`. */
function takeOver(within: string): void {
  const path = require.resolve("esbuild");
  const { ".js": usual } = require.extensions;
  require.extensions[".js"] = (module, file) => {
    usual?.(module, file);
    if (file !== path) return;
    const esbuild = module.exports as typeof import("esbuild");
    const build = (options: BuildOptions): Promise<unknown> =>
      isOwn(options) ? builtOnce(within, options, esbuild.build) : esbuild.build(options);
    module.exports = { ...esbuild, build };
  };
  require("esbuild");
  require.extensions[".js"] = usual;
}

/** Are all of its entries compiled files of Holdfast's own? */
function isOwn({ entryPoints }: BuildOptions): boolean {
  const entries = Object.values(entryPoints ?? {});
  return entries.length > 0 && entries.every((entry) => String(entry).startsWith(join(root, "dist") + sep));
}

function keyOf({
  absWorkingDir = "",
  outdir = "",
  entryPoints,
  plugins = [],
  ...others
}: BuildOptions): string {
  const where = [relative(absWorkingDir, root), relative(absWorkingDir, outdir)];
  const what = [where, entryPoints, plugins.map(({ name }) => name), others];
  return createHash("sha256").update(JSON.stringify(what)).digest("hex");
}

async function builtOnce(
  within: string,
  options: BuildOptions,
  build: (options: BuildOptions) => Promise<BuildResult>,
): Promise<unknown> {
  const path = join(within, `${keyOf(options)}.json`);
  const kept = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Kept) : undefined;
  const { metafile, files } = kept ?? keptOf(await build(options));
  if (kept === undefined) {
    writeFileSync(`${path}.${process.pid}`, JSON.stringify({ metafile, files }));
    renameSync(`${path}.${process.pid}`, path);
  }
  const outputFiles = Object.entries(files).map(([name, text]) => ({
    path: join(options.outdir ?? "", name),
    text,
  }));
  return { errors: [], warnings: [], metafile, outputFiles };
}

function keptOf({ metafile, outputFiles = [] }: BuildResult): Kept {
  return { metafile, files: Object.fromEntries(outputFiles.map(({ path, text }) => [basename(path), text])) };
}
