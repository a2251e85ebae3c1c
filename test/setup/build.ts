/**
 * Compiles the package before the tests that run it from `dist/`, if a source is newer than what was compiled.
 *
 * Not on every run: a compiler that rewrites files under running tests makes them fail now and then.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { root } from "../world/place.ts";

const stamp = join(root, "dist", ".compiled");
const folders = ["engine", "sdk", "transform", "functions", "local", "cli", "test", "bench", "examples"];
const compiler = join(
  dirname(createRequire(import.meta.url).resolve("typescript/package.json")),
  "bin",
  "tsc",
);

function newest(folder: string): number {
  if (!existsSync(folder)) return 0;
  const times = readdirSync(folder, { withFileTypes: true }).map((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "node_modules" ? 0 : newest(path);
    return entry.name.endsWith(".ts") ? statSync(path).mtimeMs : 0;
  });
  return Math.max(0, ...times);
}

/** Vitest calls it once before the first test. */
export function setup(): void {
  const began = Date.now();
  const compiledAt = existsSync(stamp) ? statSync(stamp).mtimeMs : 0;
  if (Math.max(...folders.map((folder) => newest(join(root, folder)))) < compiledAt) return;
  execFileSync(process.execPath, [compiler, "-p", root, "--noCheck"], { cwd: root, stdio: "inherit" });
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, String(began));
}
