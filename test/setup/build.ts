/**
 * Compiles the package before the tests that run it from `dist/`, if a source is newer than what was compiled.
 *
 * Invariant: only files that differ are replaced, each as a whole: tests of another process may be running them.
 */
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { root } from "../world/place.ts";

const dist = join(root, "dist");
const stamp = join(dist, ".compiled");
const folders = [
  "engine",
  "sdk",
  "transform",
  "filters",
  "functions",
  "infra",
  "local",
  "cli",
  "build",
  "dashboard",
  "test",
  "bench",
  "examples",
];

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === "node_modules") return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}

function newestSource(): number {
  const sources = folders.flatMap((folder) => filesIn(join(root, folder)));
  return Math.max(
    0,
    ...sources.filter((path) => /\.(ts|tsx|css)$/.test(path)).map((path) => statSync(path).mtimeMs),
  );
}

/** The place of the compiled files is one folder too deep: their maps point one folder too far up. */
const settled = (path: string, text: string): string =>
  path.endsWith(".map") ? text.replace('"sources":["../', '"sources":["') : text;

function replace(path: string, text: string): void {
  if (existsSync(path) && readFileSync(path, "utf8") === text) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.${process.pid}`, text);
  renameSync(`${path}.${process.pid}`, path);
}

/** Vitest calls it before the first test of each project. */
export function setup(): void {
  const began = new Date();
  const compiledAt = existsSync(stamp) ? statSync(stamp).mtimeMs : 0;
  if (newestSource() < compiledAt) return;
  const fresh = join(dist, `.fresh-${process.pid}`);
  const compiler = join(
    dirname(createRequire(import.meta.url).resolve("typescript/package.json")),
    "bin",
    "tsc",
  );
  const args = [compiler, "-p", root, "--noCheck", "--outDir", fresh];
  execFileSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  // The last --outfile counts.
  const page = ["run", "--silent", "build:page", "--", `--outfile=${join(fresh, "dashboard", "page.js")}`];
  execFileSync("npm", page, { cwd: root, stdio: "inherit", shell: process.platform === "win32" });
  execFileSync(process.execPath, [join(fresh, "build", "programs.js")], { cwd: root, stdio: "inherit" });
  for (const path of filesIn(fresh)) {
    replace(path.replace(fresh, dist), settled(path, readFileSync(path, "utf8")));
  }
  rmSync(fresh, { recursive: true });
  writeFileSync(stamp, "");
  utimesSync(stamp, began, began);
}
