/** The native part of SQLite as its makers offer it ready-made: a test without their server need not compile it anew each time. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "../world/place.ts";

const made = join(root, "node_modules", "better-sqlite3");

/**
 * What the clone's own install has compiled, packed into `folder` under the name by which an install asks for it.
 * Returns the environment with which `npm install` finds it there (`prebuild-install`'s own option).
 */
export async function prebuiltSqlite(folder: string): Promise<NodeJS.ProcessEnv> {
  const { version } = JSON.parse(await readFile(join(made, "package.json"), "utf8")) as { version: string };
  const { modules } = process.versions;
  const name = `better-sqlite3-v${version}-node-v${modules}-${process.platform}-${process.arch}.tar.gz`;
  const file = join("build", "Release", "better_sqlite3.node");
  await promisify(execFile)("tar", ["-czf", join(folder, name), "-C", made, file]);
  return { ...process.env, npm_config_better_sqlite3_local_prebuilds: folder };
}
