/** Gives the stacks of a run one copy of what no task is in: `test/aws/built-once.ts`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { compiled } from "../aws/offspring.ts";

/** Vitest calls it before the first test of each project, behind the compiling. */
export function setup(): (() => void) | undefined {
  if (process.env.HOLDFAST_BUILT_ONCE !== undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "holdfast-built-"));
  const { NODE_OPTIONS = "" } = process.env;
  process.env.HOLDFAST_BUILT_ONCE = folder;
  process.env.NODE_OPTIONS = `${NODE_OPTIONS} --import=${pathToFileURL(compiled("built-once.js")).href}`;
  return () => rmSync(folder, { recursive: true, force: true });
}
