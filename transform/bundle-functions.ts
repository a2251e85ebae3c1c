/**
 * A folder of task files to the code of the Lambda functions.
 *
 * Owns:      what goes into each function: author's code, engine in one copy and the list of tasks and sites into
 *            the dispatcher, the list and the dashboard's files into the api, the list of tasks into the timer.
 * Never:     throws for what is wrong with the author's files: it is returned as problems.
 * Invariant: the same files give the same bytes, so a deployment without changes publishes no version.
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { type BuildOptions, type BuildResult, build } from "esbuild";
import { awsModules } from "./aws-modules.ts";
import { bundle } from "./bundle.ts";
import { ownProcess, processModule } from "./bundle-process.ts";
import { DISPATCHER, dispatcherEntry } from "./dispatcher-entry.ts";
import type { Manifest } from "./manifest.ts";
import { type OutsidePackage, outsidePackages, readersOfOwnFiles } from "./outside-packages.ts";
import { packageEntry } from "./package-entries.ts";
import { holdfastPlugin } from "./plugin.ts";
import { PortableNames } from "./portable.ts";
import type { Problem } from "./problems.ts";
import { configured, type Project, type ProjectOptions, projectOf, real } from "./project.ts";
import { ENTRY, entryPlugin } from "./task-files.ts";

/** What to build, and where to. */
export interface FunctionsOptions extends Pick<ProjectOptions, "dir" | "projectRoot"> {
  /** The holdfast package, compiled. */
  readonly packageRoot: string;
  /** Gets a folder for each function: `dispatcher`, `api`, `timer`, `housekeeper`; the planner's lies in the dispatcher's, and what works on runs in Fargate, where a task asks for that. */
  readonly outDir: string;
  /** Told of the tasks before the functions are built: what it throws ends the build. */
  readonly check?: (manifest: Manifest) => void;
}

/** What a build gave. */
export interface BuiltFunctions {
  /** False if a problem of severity `error`, or a folder without tasks, stopped the build: then nothing was written. */
  readonly ok: boolean;
  readonly noTasks: boolean;
  readonly problems: readonly Problem[];
  /** First 16 hex digits of the SHA-256 of the dispatcher's code. */
  readonly codeVersion: string;
  readonly manifest: Manifest;
  /** Packages that the dispatcher needs beside its code. */
  readonly packages: readonly OutsidePackage[];
}

/** Builds all functions. The tasks are checked first, as for one machine: what is refused there is refused here. */
export async function bundleFunctions(options: FunctionsOptions): Promise<BuiltFunctions> {
  const { packageRoot, outDir } = options;
  const project = await projectOf(options);
  const checked = await bundle(options, project);
  const { ok, noTasks, problems, manifest } = checked;
  if (!ok) return { ok, noTasks, problems, manifest, codeVersion: "", packages: [] };
  options.check?.(manifest);
  const place: Place = { projectRoot: project.root, packageRoot: real(packageRoot), outDir };
  // The manifest names the frames of traces; it is no part of the code's version.
  const described = { "manifest.json": `${JSON.stringify(manifest)}\n` };
  const { codeVersion, packages } = await buildDispatcher(project, place, described);
  const beside = { ...described, ...(await dashboardOf(place)) };
  await buildOwn("api", place, beside);
  // With the hash of the code that new runs get: while a deployment is under way, the two may differ for a moment.
  const schedules = JSON.stringify({ ...manifest, codeVersion, sites: {} });
  await buildOwn("timer", place, { "manifest.json": `${schedules}\n` });
  await buildOwn("housekeeper", place, {});
  // The planner plays the very code that the dispatcher runs: one package, with a handler for each.
  const within = { ...place, outDir: join(outDir, "dispatcher") };
  await buildOwn("planner", within, {}, { "plan-process": "holdfast/plan-process" });
  if (manifest.tasks.some(({ longRunning }) => longRunning === true)) await buildOwn("long-pass", within, {});
  return { ok, noTasks, problems, manifest, codeVersion, packages };
}

interface Place {
  readonly projectRoot: string;
  readonly packageRoot: string;
  readonly outDir: string;
}

type FunctionBuild = BuildOptions & { write: false; metafile: true; outdir: string };

/** Code in an ES module; what is imported on use lies in a file of its own. */
function esbuildOptions({ projectRoot }: Place): FunctionBuild {
  return {
    absWorkingDir: projectRoot,
    outdir: join(projectRoot, "function"),
    outExtension: { ".js": ".mjs" },
    chunkNames: "part-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    charset: "utf8",
    // Names stay: errors and classes are known by them.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    sourcemap: "linked",
    sourcesContent: false,
    ...ownProcess,
    logLevel: "silent",
    metafile: true,
    write: false,
  };
}

async function buildDispatcher(project: Project, place: Place, beside: Readonly<Record<string, string>>) {
  const { projectRoot, packageRoot } = place;
  const plugins = (outside: readonly string[]) => [
    processModule(),
    awsModules(),
    dispatcherEntry(projectRoot),
    entryPlugin(project, () => {}, "holdfast/dispatch"),
    holdfastPlugin({ projectRoot, packageRoot, onModule: () => {}, outside: [...external, ...outside] }),
  ];
  const external = project.config?.external ?? [];
  const base = { ...configured(project.config), ...esbuildOptions(place) };
  const entryPoints = { index: DISPATCHER, tasks: ENTRY };
  const first = await build({ ...base, entryPoints, plugins: plugins([]) });
  const readers = await readersOfOwnFiles(first.metafile, projectRoot, packageRoot);
  const options = { ...base, entryPoints, plugins: plugins(readers) };
  const result = readers.length === 0 ? first : await build(options);
  const files = filesOf(result, place);
  await write(join(place.outDir, "dispatcher"), { ...files, ...beside });
  return { codeVersion: versionOf(files), packages: await outsidePackages(result.metafile, projectRoot) };
}

/** The dashboard's files, as the package has built them; a clone may not have. */
async function dashboardOf({ packageRoot }: Place): Promise<Record<string, string>> {
  const names = ["page.js", "page.css"];
  const read = (name: string) => readFile(join(packageRoot, "dist", "dashboard", name), "utf8");
  const texts = await Promise.all(names.map((name) => read(name).catch(() => undefined)));
  return Object.fromEntries(names.flatMap((name, i) => (texts[i] === undefined ? [] : [[name, texts[i]]])));
}

async function buildOwn(
  name: "api" | "timer" | "housekeeper" | "planner" | "long-pass",
  place: Place,
  more: Readonly<Record<string, string>>,
  /** Entries beside the handler's. */
  others: Readonly<Record<string, string>> = {},
) {
  const entries = Object.entries({ index: `holdfast/${name}`, ...others });
  const entryPoints = Object.fromEntries(
    entries.map(([file, entry]) => [file, packageEntry(place.packageRoot, entry)]),
  );
  const plugins = [processModule(), awsModules()];
  const result = await build({ ...esbuildOptions(place), entryPoints, plugins });
  await write(join(place.outDir, name), { ...filesOf(result, place), ...more });
}

/** The files of a build, by name. Those that lie outside of the project are named as if they were in it. */
function filesOf(
  result: BuildResult<{ write: false; metafile: true }>,
  place: Place,
): Record<string, string> {
  const names = new PortableNames(place.projectRoot, place.packageRoot);
  const inputs = Object.keys(result.metafile.inputs);
  const from = join(place.projectRoot, "function");
  const files = result.outputFiles.map(({ path, text }) => {
    const name = basename(path);
    return [
      name,
      name.endsWith(".map") ? names.map(text, from, undefined) : names.code(text, inputs),
    ] as const;
  });
  return Object.fromEntries(files.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Source maps are no part of it: they change nothing that happens. */
function versionOf(files: Readonly<Record<string, string>>): string {
  const hash = createHash("sha256");
  for (const [name, text] of Object.entries(files))
    if (!name.endsWith(".map")) hash.update(`${name}\n${text}\n`);
  return hash.digest("hex").slice(0, 16);
}

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}
