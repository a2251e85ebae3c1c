/**
 * Where a supervisor's code comes from: the transform's bundle of a folder of task files.
 *
 * Never: takes a bundle that has a problem of severity "error".
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { HoldfastError } from "../engine/errors.ts";
import { type Bundle, type BundleOptions, bundle, endBuilding, watchBundle } from "../transform/bundle.ts";
import { formatProblem } from "../transform/problems.ts";
import { projectRootOf, real } from "../transform/project.ts";
import type { BundleFiles } from "./bundle-folder.ts";
import { noTasks } from "./config.ts";
import { watchConfig } from "./config-watch.ts";
import { packageRoot } from "./package-root.ts";

/** Builds code, once or at each change. `onRead`: called when an author's file has been read. */
export interface CodeSource {
  /** The only build. @throws HoldfastError HF403, HF407 */
  build(onRead: () => void): Promise<BundleFiles>;
  /** Builds, and again at each change; what is handed over rejects for a build that failed. */
  watch(
    built: (bundle: Promise<BundleFiles>) => Promise<void>,
    onRead: () => void,
  ): Promise<{ close(): Promise<void> | void }>;
}

/** Code whose first build is under way, and those that changes make. */
export interface BegunCode {
  /** Rejects when the build failed. */
  readonly first: Promise<BundleFiles>;
  /** Resolves when the first of the author's files has been read: from then on building is another process's work for the most part. */
  readonly read: Promise<void>;
  /** From now on each later build is handed over, at once the last one that has ended meanwhile. */
  follow(built: (bundle: Promise<BundleFiles>) => Promise<void>): void;
  close(): Promise<void>;
}

/** Begins to build. Watched code is built by the one who watches it: a build of its own at the start would be a second one. */
export function beginCode(source: CodeSource, isWatched: boolean): BegunCode {
  let onRead = (): void => {};
  const read = new Promise<void>((resolve) => {
    onRead = resolve;
  });
  const begun = isWatched ? watched(source, onRead) : once(source, onRead);
  // One that fails before it has read anything has ended, too.
  begun.first.then(onRead, onRead);
  return { ...begun, read };
}

type Begun = Omit<BegunCode, "read">;

const once = (source: CodeSource, onRead: () => void): Begun => ({
  first: source.build(onRead),
  follow: () => {},
  close: async () => {},
});

function watched(source: CodeSource, onRead: () => void): Begun {
  let last: Promise<BundleFiles> | undefined;
  let follower = async (bundle: Promise<BundleFiles>): Promise<void> => {
    // Whoever follows is told of it; until then a failure is nobody's.
    bundle.catch(() => {});
    last = bundle;
  };
  let watching: ReturnType<CodeSource["watch"]> | undefined;
  const first = new Promise<BundleFiles>((resolve, reject) => {
    let isFirst = true;
    watching = source.watch(async (bundle) => {
      if (!isFirst) return follower(bundle);
      isFirst = false;
      resolve(bundle);
    }, onRead);
    watching.catch(reject);
  });
  return {
    first,
    follow(built) {
      follower = built;
      if (last !== undefined) void built(last);
    },
    // One that never began is told by `first`.
    close: async () => (await watching?.catch(() => undefined))?.close(),
  };
}

/** How a folder of task files is built on this machine. */
export function bundleOptions(dir: string, isDev: boolean): BundleOptions & { readonly projectRoot: string } {
  const projectRoot = projectRootOf(real(dir));
  // Bundles lie in the data folder: with this, stack traces name the author's files where they are.
  return { dir, isDev, projectRoot, packageRoot, sourceRoot: `${pathToFileURL(projectRoot).href}/` };
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
  /** For `holdfast dev`: see `ProjectOptions`. */
  readonly isDev: boolean;
  readonly log: (line: string) => void;
}): CodeSource {
  const { dir, isDev, log } = options;
  const how = bundleOptions(dir, isDev);
  const take = (built: Bundle): BundleFiles => usable(built, dir, how.projectRoot, log);
  return {
    build: async (onRead) => take(await bundle({ ...how, onRead }).finally(endBuilding)),
    watch: (built, onRead) => watchFolder({ ...how, onRead }, dir, { built, take, log }),
  };
}

/** What becomes of what is built again. */
interface Rebuilt {
  readonly built: (bundle: Promise<BundleFiles>) => Promise<void>;
  readonly take: (built: Bundle) => BundleFiles;
  readonly log: (line: string) => void;
}

/** Builds again at each change of a task file, and from the beginning at each change of the config. */
async function watchFolder(
  how: BundleOptions & { readonly projectRoot: string },
  dir: string,
  { built, take, log }: Rebuilt,
): Promise<{ close(): Promise<void> }> {
  const begin = (): Promise<{ close(): Promise<void> }> => {
    let isTold = false;
    return watchBundle(how, (made) => {
      // What has no effect in the config is told once.
      const problems = made.problems.filter(({ code }) => !isTold || code !== "HF136");
      isTold = true;
      return built(new Promise((done) => done(take({ ...made, problems }))));
    });
  };
  let watching = begin();
  await watching;
  const config = watchConfig([real(dir), how.projectRoot], () => {
    log("The project's config has changed: everything is built again with it.");
    watching = watching.then(async (before) => {
      await before.close();
      return begin();
    });
    watching.catch((error: unknown) => log(error instanceof Error ? error.message : String(error)));
  });
  return {
    async close() {
      config.close();
      await (await watching).close();
    },
  };
}
