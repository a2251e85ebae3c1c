/** What an install of a package brings to the disk: its files and those of all that it depends on, each once. */
import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const manifestOf = (folder) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

/** Where Node finds `name` for a file in `folder`; undefined where it is not installed (another platform's part). */
function found(name, folder) {
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, "node_modules", name);
    if (existsSync(join(path, "package.json"))) return path;
    if (at === dirname(at)) return undefined;
  }
}

function bytesIn(path) {
  const stat = lstatSync(path);
  if (!stat.isDirectory()) return stat.size;
  const inside = readdirSync(path).filter((name) => name !== "node_modules");
  return inside.reduce((sum, name) => sum + bytesIn(join(path, name)), 0);
}

/** Bytes of what is published of `folder` (`only`: names in it; all by default), and of its dependencies; and how many packages these are. */
export function footprint(folder, only) {
  const folders = new Set([folder]);
  for (const each of folders) {
    const { dependencies = {}, optionalDependencies = {} } = manifestOf(each);
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const path = found(name, each);
      if (path !== undefined) folders.add(path);
    }
  }
  const [own, ...others] = folders;
  const published = only === undefined ? [own] : only.map((name) => join(own, name)).filter(existsSync);
  const bytes = [...published, ...others].reduce((sum, each) => sum + bytesIn(each), 0);
  return { bytes, packages: folders.size };
}
