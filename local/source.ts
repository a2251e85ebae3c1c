/**
 * Where a supervisor's code comes from: the transform's bundle of a folder of task files.
 *
 * Never: takes a bundle that has a problem of severity "error".
 */
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { HoldfastError } from "../engine/errors.ts";
import { type Bundle, type BundleOptions, bundle, watchBundle } from "../transform/bundle.ts";
import { formatProblem } from "../transform/problems.ts";
import type { BundleFiles } from "./bundle-folder.ts";
import { noTasks } from "./config.ts";
import { packageRoot } from "./package-root.ts";

/** Builds code, once or at each change. */
export interface CodeSource {
  /** @throws HoldfastError HF403, HF407 */
  build(): Promise<BundleFiles>;
  /** Builds again at each change; what is handed over rejects for a build that failed. */
  watch(built: (bundle: Promise<BundleFiles>) => Promise<void>): Promise<{ close(): Promise<void> | void }>;
}

/** The nearest folder with a package.json, from `dir` upwards; `dir` itself where there is none. */
function projectRootOf(dir: string): string {
  const start = resolve(dir);
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (dirname(folder) === folder) return start;
  }
}

/** How a folder of task files is built on this machine. */
export function bundleOptions(dir: string): BundleOptions & { readonly projectRoot: string } {
  const projectRoot = projectRootOf(dir);
  // Bundles lie in the data folder: with this, stack traces name the author's files where they are.
  return { dir, projectRoot, packageRoot, sourceRoot: `${pathToFileURL(projectRoot).href}/` };
}

/** The bundle to keep. @throws HoldfastError HF403, HF407 */
function usable(built: Bundle, dir: string, projectRoot: string, log: (line: string) => void): BundleFiles {
  const { codeVersion, files, problems } = built;
  const errors = problems.filter(({ severity }) => severity === "error");
  if (built.noTasks) throw noTasks(`No file under ${dir} defines a task.`);
  if (!built.ok) {
    const told = errors.map((problem) => `\n\n${formatProblem(problem)}`).join("");
    const what = `The task files have ${errors.length === 1 ? "an error" : `${errors.length} errors`}.${told}\n`;
    throw new HoldfastError("HF407", what, "Each error above says how it is put right.");
  }
  for (const problem of problems) if (problem.severity === "warning") log(`${formatProblem(problem)}\n`);
  return { codeVersion, files, packages: join(projectRoot, "node_modules") };
}

/** The code in a folder of task files. */
export function folderSource(options: {
  readonly dir: string;
  readonly log: (line: string) => void;
}): CodeSource {
  const { dir, log } = options;
  const how = bundleOptions(dir);
  const take = (built: Bundle): BundleFiles => usable(built, dir, how.projectRoot, log);
  return {
    build: async () => take(await bundle(how)),
    watch: (built) => watchBundle(how, (made) => built(new Promise((done) => done(take(made))))),
  };
}
