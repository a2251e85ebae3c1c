/**
 * Which way the arrows point: the table of folders, the packages with one home, and no circles.
 *
 * Owns: the architecture as data. ARCHITECTURE.md says the same in prose.
 */
import { folderOf, importsOf, resolved, type SourceFile } from "./source.ts";

interface Folder {
  /** What the folder is; printed when its rule is broken. */
  readonly sentence: string;
  /** Folders, or folders within folders, that it may import. */
  readonly mayImport: readonly string[];
  /** Folders that it may load when they are needed, never at its start. */
  readonly mayLoad?: readonly string[];
  /** What it takes from others is gone after compilation. */
  readonly typesOnly?: true;
}

/** The shipped folders. What is not in this table may import anything. */
const folders: Readonly<Record<string, Folder>> = {
  sdk: {
    sentence:
      "sdk/ is what task authors and callers write; it imports engine/, filters/, and nothing else of ours.",
    mayImport: ["engine", "filters"],
  },
  filters: {
    sentence: "filters/ is the language of webhooks' filters; it imports nothing of ours.",
    mayImport: [],
  },
  engine: {
    sentence:
      "engine/ is what a run is and how one pass of it goes; it knows nothing of AWS, SQLite, clocks or environments, and imports nothing of ours.",
    mayImport: [],
  },
  transform: {
    sentence:
      "transform/ turns the author's awaits into checkpoints: source in; source, map, manifest and problems out. It imports nothing of ours but filters/.",
    mayImport: ["filters"],
  },
  functions: {
    sentence:
      "functions/ is the HTTP app, the Lambda handlers and the adapters to AWS; it imports engine/, sdk/ and filters/.",
    mayImport: ["engine", "sdk", "filters"],
  },
  infra: {
    sentence:
      "infra/ puts one of everything into an account; it imports transform/, and engine/ for what a machine is.",
    mayImport: ["transform", "engine"],
  },
  local: {
    sentence:
      "local/ is the same engine and HTTP app on one machine; it imports the HTTP app of functions/ (not functions/aws), engine/, transform/ and sdk/.",
    mayImport: ["functions", "engine", "transform", "sdk"],
  },
  cli: {
    sentence:
      "cli/ is the command line; it imports sdk/, transform/, local/ and testing/; functions/aws/ only lazily.",
    mayImport: ["sdk", "transform", "local", "testing"],
    mayLoad: ["functions/aws"],
  },
  build: {
    sentence: "build/ puts what was compiled into programs of few files; it imports nothing of ours.",
    mayImport: [],
  },
  testing: {
    sentence:
      "testing/ is holdfast/testing: transform and engine on the memory store; it imports sdk/, engine/, transform/ and functions/.",
    mayImport: ["sdk", "engine", "transform", "functions"],
  },
  dashboard: {
    sentence: "dashboard/ is a static page that talks HTTP only; it imports types of engine/ and sdk/.",
    mayImport: ["engine", "sdk"],
    typesOnly: true,
  },
  examples: {
    sentence: 'examples/ is as a user would write: it imports "holdfast" by name, never a file of ours.',
    mayImport: [],
  },
};

/** Folders whose code reaches the people who install the package. */
export const shipped = Object.keys(folders).filter((folder) => folder !== "examples");

/** Packages that have one home, so that changing them over stays one folder's work. */
const homes: readonly {
  readonly name: RegExp;
  readonly only: readonly string[];
  readonly sentence: string;
}[] = [
  {
    name: /^better-sqlite3$/,
    // Rehearsed crashes close what a task's own databases are made of.
    only: ["local/sqlite.ts", "local/replay-check/closed-natives.ts"],
    sentence: "local/sqlite.ts is the only place that imports the SQLite library.",
  },
  { name: /^preact(\/|$)/, only: ["dashboard/"], sentence: "dashboard/ is the only place that draws." },
  { name: /^hono(\/|$)/, only: ["functions/"], sentence: "functions/ is the only place that imports hono." },
  { name: /^@hono\/node-server/, only: ["local/"], sentence: "local/ is the only place that serves HTTP." },
  {
    name: /^(esbuild|oxc-parser|magic-string)$/,
    only: ["transform/", "build/"],
    sentence:
      "transform/ is the only place that parses, prints or bundles the author's source, build/ the one that bundles ours.",
  },
  {
    name: /^croner$/,
    only: ["functions/", "transform/"],
    sentence:
      "transform/ checks cron patterns and functions/ works out their times; nobody else imports croner.",
  },
  {
    name: /^@(aws-sdk|smithy)\//,
    only: ["functions/aws/"],
    sentence: "functions/aws/ is the only place that imports @aws-sdk and @smithy.",
  },
  {
    name: /^prom-client$/,
    only: ["local/"],
    sentence: "local/ is the only place that counts for Prometheus.",
  },
  { name: /^aws-cdk-lib/, only: ["infra/"], sentence: "infra/ is the only place that imports aws-cdk-lib." },
];

/** Imports that point against the table of folders. */
export function wrongArrows(file: SourceFile): string[] {
  const from = folderOf(file.path);
  const folder = folders[from];
  if (!folder) return [];
  return importsOf(file)
    .filter(({ specifier }) => specifier.startsWith("."))
    .map(({ specifier, lazy, typeOnly }) => ({ target: resolved(file.path, specifier), lazy, typeOnly }))
    .filter(({ target, lazy, typeOnly }) => !isAllowed(from, folder, target, lazy, typeOnly))
    .map(({ target }) => `${file.path} imports ${target}. ${folder.sentence}`);
}

function isAllowed(from: string, folder: Folder, target: string, lazy: boolean, typeOnly: boolean): boolean {
  if (target.startsWith(`${from}/`)) return true;
  if (folder.typesOnly && !typeOnly) return false;
  if (from === "local" && target.startsWith("functions/aws/")) return false;
  const allowed = lazy ? [...folder.mayImport, ...(folder.mayLoad ?? [])] : folder.mayImport;
  return allowed.some((each) => target.startsWith(`${each}/`));
}

/** Packages imported outside their home. */
export function strayPackages(file: SourceFile): string[] {
  if (!shipped.includes(folderOf(file.path))) return [];
  return importsOf(file).flatMap(({ specifier }) =>
    homes
      .filter(({ name, only }) => name.test(specifier) && !only.some((home) => file.path.startsWith(home)))
      .map(({ sentence }) => `${file.path} imports ${specifier}. ${sentence}`),
  );
}

/** Circles of files that import each other at run time, each as the path around it. */
export function cycles(files: readonly SourceFile[]): string[] {
  const edges = new Map(files.map((file) => [file.path, runtimeTargets(file)]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const seenAt = trail.indexOf(path);
    if (seenAt >= 0) found.push([...trail.slice(seenAt), path].join(" → "));
    if (seenAt >= 0 || done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return found;
}

const runtimeTargets = (file: SourceFile): string[] =>
  importsOf(file)
    .filter(({ specifier, typeOnly, lazy }) => specifier.startsWith(".") && !typeOnly && !lazy)
    .map(({ specifier }) => resolved(file.path, specifier));
