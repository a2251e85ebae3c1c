/**
 * Packages that a function needs beside its code, in a `node_modules` folder: they cannot be put into a bundle.
 *
 * Owns:      how a package that reads its own files by path is recognised, and which version of each is needed.
 * Invariant: a package is named with the very version that the build saw.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Metafile } from "esbuild";

/** A package to install. */
export interface OutsidePackage {
  readonly name: string;
  readonly version: string;
}

/** What a module asks for its own place by. A `require` for ES modules is made from it too, and is no reason. */
const PLACE = /\b__dirname\b|\b__filename\b|\bimport\.meta\.(url|dirname|filename|resolve)\b/;
const MAKES_REQUIRE = /createRequire\w*\(\s*(import\.meta\.url|__filename)\s*\)/g;
/** A file that only a runtime beside the code can load. */
const BINARY = /\.(wasm|node)["'`]/;

const FOLDER = "node_modules/";

/** The package of a path within `node_modules`, or of a specifier. */
function packageName(path: string): string | undefined {
  const within = path.slice(path.lastIndexOf(FOLDER) < 0 ? 0 : path.lastIndexOf(FOLDER) + FOLDER.length);
  return /^(@[^/]+\/[^/]+|[^./@][^/]*)/.exec(within)?.[1];
}

/** Packages in a build of which a module asks for its own place on disk: there, nothing of theirs would be found. */
export async function readersOfOwnFiles(
  metafile: Metafile,
  projectRoot: string,
  packageRoot: string,
): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const input of Object.keys(metafile.inputs)) {
    const path = resolve(projectRoot, input);
    const name = input.includes(FOLDER) ? packageName(input) : undefined;
    if (name === undefined || found.has(name) || isOurs(path, packageRoot) || isAws(name)) continue;
    const text = (await readFile(path, "utf8")).replace(MAKES_REQUIRE, "");
    if (PLACE.test(text) || BINARY.test(text)) found.add(name);
  }
  return [...found].sort();
}

/** Holdfast installed as a package: its own files, not those of its dependencies. */
const isOurs = (path: string, packageRoot: string): boolean =>
  path.startsWith(`${packageRoot}/`) && !path.slice(packageRoot.length).includes("/node_modules/");

/** The clients that the functions themselves are made with. */
const isAws = (name: string): boolean => /^@(aws-sdk|smithy|aws-crypto)\//.test(name);

/**
 * The packages that a build left outside, with their versions. An import that stands in no output was dropped, as one of
 * types is: nothing would load what it names.
 */
export async function outsidePackages(
  metafile: Metafile,
  projectRoot: string,
): Promise<readonly OutsidePackage[]> {
  const outputs = Object.values(metafile.outputs);
  const kept = new Set(outputs.flatMap(({ imports }) => imports.map(({ path }) => path)));
  const found = new Map<string, OutsidePackage>();
  for (const [input, { imports }] of Object.entries(metafile.inputs)) {
    for (const { path, external } of imports) {
      const isOutside = external === true && kept.has(path) && !path.startsWith("node:");
      const name = isOutside ? packageName(path) : undefined;
      if (name === undefined || found.has(name)) continue;
      const version = await versionOf(name, dirname(resolve(projectRoot, input)));
      if (version !== undefined) found.set(name, { name, version });
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The version that code in this folder gets; undefined for what is built into Node. */
async function versionOf(name: string, folder: string): Promise<string | undefined> {
  for (let at = folder; dirname(at) !== at; at = dirname(at)) {
    const manifest = join(at, "node_modules", name, "package.json");
    if (existsSync(manifest))
      return String((JSON.parse(await readFile(manifest, "utf8")) as { version?: unknown }).version);
  }
  return undefined;
}
