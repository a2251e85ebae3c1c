/**
 * Packages that make ids: the author's imports of them get functions that draw from the run's own chance.
 *
 * Owns:      which packages and which of their functions. What these functions do: `engine/seeded-ids.ts`.
 * Invariant: a package's own imports, and those of other packages, are left alone. Each version serves whoever imports it.
 */
import { readFile } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import type { PluginBuild } from "esbuild";
import { isAuthorsFile } from "./package-entries.ts";

const seeded: Readonly<Record<string, readonly string[]>> = {
  nanoid: ["nanoid", "customAlphabet", "random"],
  uuid: ["v1", "v4", "v6", "v7"],
  ulid: ["ulid", "monotonicFactory"],
  "@paralleldrive/cuid2": ["createId", "init"],
};

const NAMESPACE = "holdfast-ids";

/** True for what stands among a bundle's inputs without being a file. */
export const isSeededPackage = (input: string): boolean => input.startsWith(`${NAMESPACE}:`);

/** The version of the package that a file is of: its place would make other bytes of the same sources. */
async function versionOf(name: string, file: string): Promise<string> {
  const folder = join("node_modules", name);
  const at = file.lastIndexOf(`${folder}${sep}`);
  if (at < 0) return "linked";
  const manifest = await readFile(join(file.slice(0, at), folder, "package.json"), "utf8").catch(() => "{}");
  const { version } = JSON.parse(manifest) as { version?: string };
  return version ?? "unknown";
}

/** Leads the imports of these packages to modules of ours, which import the real ones. */
export function seedIds(build: PluginBuild, packageRoot: string): void {
  build.onResolve({ filter: /^(?:nanoid|uuid|ulid|@paralleldrive\/cuid2)$/ }, async (args) => {
    const { path, importer, resolveDir, kind, namespace } = args;
    // With `pluginData` it is a question of ours where the package lies.
    if (args.pluginData !== undefined || namespace !== "file" || !isAuthorsFile(importer, packageRoot))
      return undefined;
    const pluginData = NAMESPACE;
    const real = await build.resolve(path, { importer, resolveDir, kind, namespace, pluginData });
    if (real.errors.length > 0 || real.external) return undefined;
    const module = `${path}@${await versionOf(path, real.path)}`;
    return { path: module, namespace: NAMESPACE, pluginData: { real: real.path, name: path } };
  });
  build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ pluginData }) => {
    const { real, name } = pluginData as { real: string; name: string };
    const names = seeded[name] ?? [];
    const contents = [
      `import * as real from ${JSON.stringify(real)};`,
      'import { seededIds } from "holdfast/runtime";',
      `export * from ${JSON.stringify(real)};`,
      `export const { ${names.join(", ")} } = seededIds(${JSON.stringify(name)}, real);`,
    ].join("\n");
    return { contents, loader: "js", resolveDir: dirname(real) };
  });
}
