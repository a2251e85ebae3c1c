/**
 * A folder that was given to a build: where its task files are, and what its project's config says of them.
 *
 * Owns:      which config counts, and what a folder called `trigger` is.
 * Invariant: every way to build (`dev`, `serve`, `build`, the construct for AWS) sees a folder alike.
 */
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { BuildOptions } from "esbuild";
import { posixRelative } from "./plugin.ts";
import type { Problem } from "./problems.ts";
import { configFileIn, type ProjectConfig, readConfig } from "./project-config.ts";

/** What to look at. */
export interface ProjectOptions {
  readonly dir: string;
  /** Default: the nearest folder with a `package.json`, from `dir` upwards. */
  readonly projectRoot?: string;
  /** For `holdfast dev`: the config's `retries.enabledInDev` counts. @default false */
  readonly isDev?: boolean;
}

/** What was found. */
export interface Project {
  /** Real path: files are named relative to it. */
  readonly root: string;
  /** Absolute paths of folders, or globs. */
  readonly places: readonly string[];
  /** Globs of files that are no task files, relative to `root`; undefined: tests. */
  readonly ignored: readonly string[] | undefined;
  readonly config: ProjectConfig | undefined;
  readonly problems: readonly Problem[];
}

/**
 * The project of a folder. A config in the folder itself says where its task files are; one in the project's root, with
 * the folder below it, says everything else.
 */
export async function projectOf(options: ProjectOptions): Promise<Project> {
  const dir = real(options.dir);
  const root = real(options.projectRoot ?? projectRootOf(dir));
  const own = configFileIn(dir);
  const file = own ?? configFileIn(root);
  const { config, problems } =
    file === undefined ? { config: undefined, problems: [] } : await readConfig(file, options.isDev === true);
  return {
    root,
    places: own === undefined ? [dir] : placesOf(config, dir),
    ignored: config?.ignorePatterns,
    config: config && {
      ...config,
      tsconfig: config.tsconfig && resolve(dirname(file ?? ""), config.tsconfig),
    },
    problems: problems.map((problem) => ({ ...problem, file: posixRelative(root, file ?? "") })),
  };
}

function placesOf(config: ProjectConfig | undefined, folder: string): readonly string[] {
  if (config === undefined) return [];
  const { dirs } = config;
  if (dirs === undefined) return triggerFolders(folder);
  // Trigger.dev takes "/trigger" for "./trigger".
  const within = dirs.map((dir) => (/^\/(src\/)?trigger$/.test(dir) ? `.${dir}` : dir));
  return [...new Set(within.map((dir) => resolve(folder, dir)))];
}

const passedBy = new Set(["node_modules", "dist", "out", "build"]);

/** Every folder called `trigger` below a folder, by Trigger.dev's rules: a route of Next.js's is none. */
export function triggerFolders(folder: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || passedBy.has(entry.name) || entry.name.startsWith(".")) continue;
    const path = join(folder, entry.name);
    if (/[\\/]app[\\/]api[\\/]trigger$/.test(path)) continue;
    if (entry.name === "trigger") found.push(path);
    found.push(...triggerFolders(path));
  }
  return found.sort();
}

/** What a config says to esbuild. Trigger.dev's JSX needs no React in scope. */
export function configured(config: ProjectConfig | undefined): BuildOptions {
  if (config === undefined) return {};
  const { tsconfig, conditions, jsxAutomatic } = config;
  return {
    ...(tsconfig === undefined ? {} : { tsconfig }),
    ...(conditions.length === 0 ? {} : { conditions: [...conditions, "module"] }),
    ...(jsxAutomatic ? { jsx: "automatic" } : {}),
  };
}

/** The real path, so that one file has one name; a folder that is not there keeps its own. */
export function real(path: string): string {
  const absolute = resolve(path);
  return existsSync(absolute) ? realpathSync(absolute) : absolute;
}

/** The nearest folder with a package.json; without one, the folder that holds the task folder and its neighbours. */
export function projectRootOf(dir: string): string {
  for (let at = dir; dirname(at) !== at; at = dirname(at)) {
    if (existsSync(join(at, "package.json"))) return at;
  }
  return dirname(dir);
}
