/** Installs what is missing beside this file, and runs the bench under the Node that is installed there. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const node = `${here}node_modules/node/bin/node`;
const run = (command, args, env = process.env) =>
  spawnSync(command, args, { stdio: "inherit", cwd: here, env }).status ?? 1;

if (!existsSync(node) && run("npm", ["ci", "--no-audit", "--no-fund"]) !== 0) process.exit(1);
// Holdfast itself runs on the Node that has installed it: its SQLite was compiled for that.
process.exit(
  run(node, ["main.mjs", ...process.argv.slice(2)], { ...process.env, HOLDFAST_NODE: process.execPath }),
);
