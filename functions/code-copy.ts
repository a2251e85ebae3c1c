/** Copies of a function's code: modules that were loaded are loaded again only from another place. */
import { copyFileSync, existsSync, mkdtempSync, readdirSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The files of a folder in a folder of their own; packages beside them are the same ones. */
export function copyOf(folder: string): string {
  const copy = mkdtempSync(join(tmpdir(), "holdfast-"));
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isFile()) copyFileSync(join(folder, entry.name), join(copy, entry.name));
  const packages = join(folder, "node_modules");
  // Node looks behind the link, so a package is the same one for all copies.
  if (existsSync(packages)) symlinkSync(packages, join(copy, "node_modules"));
  return copy;
}
