/**
 * A folder of task files to one file that a runner or a Lambda function loads.
 *
 * Owns:      how esbuild is called, the code version, and what a build reports.
 * Never:     throws for what is wrong with the author's files: it is returned as problems.
 * Invariant: the same files give the same bytes from any folder, so the code version names the code.
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BuildFailure, type BuildOptions, type BuildResult, build, context, stop } from "esbuild";
import { buildMessages, duplicateTasks, noTasks, unknownEndpoints } from "./build-problems.ts";
import { isProcessModule, ownProcess, processModule } from "./bundle-process.ts";
import { type Manifest, manifestOf } from "./manifest.ts";
import { holdfastPlugin, type LoadedModule } from "./plugin.ts";
import { PortableNames } from "./portable.ts";
import type { Problem } from "./problems.ts";
import { configured, type Project, type ProjectOptions, projectOf, real } from "./project.ts";
import { isSeededPackage } from "./seeded-packages.ts";
import { ENTRY, entryPlugin, type TaskFiles } from "./task-files.ts";

/** What to bundle. */
export interface BundleOptions extends ProjectOptions {
  /** The holdfast package. */
  readonly packageRoot: string;
  /** Where to write `files`, if `write` is true. */
  readonly outDir?: string;
  readonly write?: boolean;
  /** Put into the source map, for maps that do not lie in the project root: a file URL that ends in `/`. */
  readonly sourceRoot?: string;
  /** The code is evaluated within another process by `embedded.ts`, with that one's copy of Holdfast. */
  readonly isEmbedded?: boolean;
  /** Called when one of the author's files has been read, in each build. */
  readonly onRead?: () => void;
}

/** Names of a bundle's files. */
const BUNDLE_FILE = "bundle.mjs";
const MAP_FILE = `${BUNDLE_FILE}.map`;
const MANIFEST_FILE = "manifest.json";

/** What a build gave. */
export interface Bundle {
  /** False if a problem of severity `error` stopped the build: then there is no code. */
  readonly ok: boolean;
  /** True if the folder holds no task at all. */
  readonly noTasks: boolean;
  readonly code: string;
  readonly map: string;
  /** First 16 hex digits of the code's SHA-256; empty without code. */
  readonly codeVersion: string;
  readonly manifest: Manifest;
  readonly problems: readonly Problem[];
  /** Files that went into the bundle, POSIX, relative to the project root, sorted. */
  readonly inputs: readonly string[];
  /** File name to text: what to keep, `bundle.mjs` to load. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Builds the bundle of a folder, as `projectOf` sees it.
 *
 * @example
 * ```ts
 * const { ok, files, problems } = await bundle({ dir: "tasks", packageRoot });
 * ```
 */
export async function bundle(options: BundleOptions, project?: Project): Promise<Bundle> {
  const job = new Job(options, project ?? (await projectOf(options)));
  const result = await build(job.esbuildOptions).catch((error: unknown) => {
    if (error instanceof Error && "errors" in error) return error as BuildFailure;
    throw error;
  });
  return job.finish(result);
}

/** Ends esbuild's process, which stays for further builds otherwise, with 70 MB. The next build starts another one. */
export const endBuilding = (): Promise<void> => stop();

/** Builds, and again at each change of an input; `built` is told each outcome. Gives the way to stop. */
export async function watchBundle(
  options: BundleOptions,
  built: (bundle: Bundle) => void | Promise<void>,
): Promise<{ close(): Promise<void> }> {
  const job = new Job(options, await projectOf(options));
  const { plugins = [] } = job.esbuildOptions;
  const watching = await context({
    ...job.esbuildOptions,
    plugins: [
      ...plugins,
      {
        name: "holdfast-watch",
        setup: ({ onEnd }) =>
          onEnd(async (result) => {
            // esbuild compares with what it finds a moment after we have read: a change in between would be missed.
            const stale = await job.isStale();
            await built(await job.finish(result));
            if (stale) setImmediate(() => watching.rebuild().catch(() => {}));
          }),
      },
    ],
  });
  await watching.watch();
  return { close: () => watching.dispose() };
}

class Job {
  readonly esbuildOptions: BuildOptions & { write: false; metafile: true };
  readonly #options: BundleOptions;
  readonly #project: Project;
  readonly #names: PortableNames;
  #modules = new Map<string, LoadedModule>();

  constructor(options: BundleOptions, project: Project) {
    this.#options = options;
    this.#project = project;
    const { root, config } = project;
    const packageRoot = real(options.packageRoot);
    const isEmbedded = options.isEmbedded === true;
    this.#names = new PortableNames(root, packageRoot);
    const onModule = (module: LoadedModule) => {
      this.#modules.set(module.file, module);
      options.onRead?.();
    };
    // The entry is loaded first in every build: what is known of the build before is forgotten then.
    const onScan = (_found: TaskFiles) => this.#modules.clear();
    this.esbuildOptions = {
      absWorkingDir: root,
      entryPoints: [ENTRY],
      outfile: join(root, BUNDLE_FILE),
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      charset: "utf8",
      sourcemap: "linked",
      sourcesContent: true,
      ...(isEmbedded ? { define: ownProcess.define } : ownProcess),
      ...configured(config),
      logLevel: "silent",
      metafile: true,
      write: false,
      plugins: [
        processModule(),
        entryPlugin(project, onScan),
        holdfastPlugin({
          projectRoot: root,
          packageRoot,
          onModule,
          outside: config?.external ?? [],
          isEmbedded,
          isPrepared: true,
        }),
      ],
    };
  }

  async finish(result: BuildResult | BuildFailure): Promise<Bundle> {
    const modules = [...this.#modules.values()].sort((a, b) => (a.file < b.file ? -1 : 1));
    const problems = [...modules.flatMap((module) => module.problems), ...duplicateTasks(modules)];
    problems.push(...this.#project.problems, ...buildMessages(result, modules));
    // A definition that cannot be read is told already, and its id is not known.
    if (!problems.some(({ severity }) => severity === "error")) problems.push(...unknownEndpoints(modules));
    const hasTasks = modules.some(({ tasks }) => tasks.length > 0);
    const failed = problems.some(({ severity }) => severity === "error");
    if (!hasTasks && !failed) problems.push(noTasks(this.#options.dir));
    if (failed || !hasTasks) return failure(modules, problems, !hasTasks && !failed);
    return this.#succeed(result as BuildResult, modules, problems);
  }

  /** Has a file been changed since it was read? One that is gone is esbuild's to notice. */
  async isStale(): Promise<boolean> {
    const looks = [...this.#modules.values()].map(async ({ file, source }) => {
      const text = await readFile(join(this.#project.root, file), "utf8").catch(() => source);
      return text !== source;
    });
    return (await Promise.all(looks)).includes(true);
  }

  async #succeed(
    result: BuildResult,
    modules: readonly LoadedModule[],
    problems: Problem[],
  ): Promise<Bundle> {
    const inputs = Object.keys(result.metafile?.inputs ?? {}).filter(
      (input) => input !== ENTRY && !isProcessModule(input) && !isSeededPackage(input),
    );
    const text = (end: string) => result.outputFiles?.find(({ path }) => path.endsWith(end))?.text ?? "";
    const code = this.#names.code(text(BUNDLE_FILE), inputs);
    const map = this.#names.map(text(MAP_FILE), this.#project.root, this.#options.sourceRoot);
    const codeVersion = createHash("sha256").update(code).digest("hex").slice(0, 16);
    const { config } = this.#project;
    const manifest = manifestOf(modules, codeVersion, problems.length, config);
    const files = {
      [BUNDLE_FILE]: code,
      [MAP_FILE]: map,
      [MANIFEST_FILE]: `${JSON.stringify(manifest, null, 2)}\n`,
    };
    await this.#write(files);
    const named = inputs.map((input) => this.#names.name(input)).sort();
    return { ok: true, noTasks: false, code, map, codeVersion, manifest, problems, inputs: named, files };
  }

  async #write(files: Readonly<Record<string, string>>): Promise<void> {
    const { outDir, write } = this.#options;
    if (write !== true || outDir === undefined) return;
    await mkdir(outDir, { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(outDir, name), text);
  }
}

function failure(modules: readonly LoadedModule[], problems: readonly Problem[], none: boolean): Bundle {
  const manifest = manifestOf(modules, "", problems.length);
  const inputs = modules.map(({ file }) => file);
  return {
    ok: false,
    noTasks: none,
    code: "",
    map: "",
    codeVersion: "",
    manifest,
    problems,
    inputs,
    files: {},
  };
}
