/** Installs what is missing beside this file, and runs the bench under the Node that is installed there: every peer, Holdfast among them. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../../", import.meta.url));
const node = join(here, "node_modules", "node", "bin", "node");
const underIt = {
  ...process.env,
  PATH: `${join(here, "node_modules", "node", "bin")}${delimiter}${process.env.PATH}`,
};
const run = (command, args, env = process.env) => {
  const { status } = spawnSync(command, args, { stdio: "inherit", cwd: here, env });
  if (status !== 0) process.exit(status ?? 1);
};

/** Holdfast's SQLite is compiled for this Node: npm's package of it brings the headers, where it is of this platform. */
function install() {
  run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
  run("npm", ["rebuild", "node"]);
  const own = join(here, `node_modules/node/node_modules/node-${process.platform}-${process.arch}`);
  const headers = existsSync(join(own, "include")) ? [`--nodedir=${own}`] : [];
  process.stderr.write("SQLite is compiled for this Node: two minutes.\n");
  run("npm", ["rebuild", "better-sqlite3", ...headers], underIt);
}

/** What an install of Holdfast would be: this package as it is published, where its SQLite is found before the one beside the sources. */
function copyHoldfast() {
  const copy = join(here, "holdfast", "node_modules", "holdfast");
  rmSync(copy, { recursive: true, force: true });
  const { files } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  for (const name of ["package.json", ...files])
    cpSync(join(root, name), join(copy, name), { recursive: true });
}

if (!existsSync(join(here, "node_modules", "better-sqlite3", "build"))) install();
copyHoldfast();
run(node, ["main.mjs", ...process.argv.slice(2)]);
