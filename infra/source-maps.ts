/**
 * Which source maps go along with the code: those that lead to lines of the author's.
 *
 * Node reads a map as soon as it loads the file that names it. Of a start that takes 100 ms, all of them cost 7 on an idle
 * machine and 14 on a busy one; without those of packages, which nobody would look at, 3 and 9: most of it for the first.
 *
 * Invariant: code stays as it is but for its last line, which names the map.
 */
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

const mapNamed = /\n?\/\/# sourceMappingURL=\S+\s*$/;

const isPackage = (source: string): boolean => source.includes("node_modules/");

/** Takes away the maps of a function's folder that lead into packages alone. */
export async function dropMapsOfPackages(folder: string): Promise<void> {
  const maps = (await readdir(folder)).filter((name) => name.endsWith(".mjs.map"));
  for (const name of maps) {
    const { sources } = JSON.parse(await readFile(join(folder, name), "utf8")) as { sources: string[] };
    if (!sources.every(isPackage)) continue;
    await rm(join(folder, name));
    const code = join(folder, name.slice(0, -".map".length));
    await writeFile(code, (await readFile(code, "utf8")).replace(mapNamed, "\n"));
  }
}
