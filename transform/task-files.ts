/**
 * The files that can hold tasks.
 *
 * Owns:      the walk through the tasks folder, and the generated entry that imports what it finds.
 * Invariant: sorted by code unit, so that the same files give the same entry everywhere.
 */
import { type Dirent, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "esbuild";
import { SOURCE_FILE } from "./parse.ts";
import { posixRelative } from "./plugin.ts";

/** What the walk found: the files, and the folders it went through. */
export interface TaskFiles {
  /** Absolute paths, sorted. */
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

/** Finds the source files under a folder; tests, declarations, `node_modules` and dot folders left out. */
function findTaskFiles(dir: string): TaskFiles {
  const files: string[] = [];
  const folders: string[] = [];
  const walk = (folder: string): void => {
    folders.push(folder);
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (entry.name !== "node_modules" && !entry.name.startsWith(".")) walk(path);
      } else if (isTaskFile(entry.name)) files.push(path);
    }
  };
  walk(dir);
  return { files: files.sort(), folders: folders.sort() };
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function isTaskFile(name: string): boolean {
  return SOURCE_FILE.test(name) && !/\.(test|spec|d)\.[^.]+$/.test(name) && !name.startsWith(".");
}

/** The entry's name for esbuild. */
export const ENTRY = "holdfast:entry";
const NAMESPACE = "holdfast";

/** Serves the generated entry, which exports what `from` exports. `onScan` is told what was found, at each build. */
export function entryPlugin(
  dir: string,
  projectRoot: string,
  onScan: (found: TaskFiles) => void,
  from: "holdfast/host" | "holdfast/dispatch" = "holdfast/host",
): Plugin {
  return {
    name: "holdfast-entry",
    setup(build) {
      build.onResolve({ filter: /^holdfast:entry$/ }, () => ({ path: "entry", namespace: NAMESPACE }));
      build.onLoad({ filter: /.*/, namespace: NAMESPACE }, () => {
        const found = findTaskFiles(dir);
        onScan(found);
        // Tasks register themselves when loaded. Files are imported as values that are used, so a `"sideEffects": false` of
        // the author's does not take them out; and by esbuild itself, which knows the tsconfig.json of what it resolves.
        const names = found.files.map((_, i) => `tasks${i}`);
        const imports = found.files.map((file, i) => {
          return `import * as ${names[i]} from ${JSON.stringify(dotted(posixRelative(projectRoot, file)))};`;
        });
        const exported = [`export * from "${from}";`, `export const taskFiles = [${names}];`];
        const contents = [...imports, ...exported, ""].join("\n");
        return { contents, loader: "js", resolveDir: projectRoot, watchDirs: [...found.folders] };
      });
    },
  };
}

function dotted(path: string): string {
  return path.startsWith("../") ? path : `./${path}`;
}
