/**
 * The files that can hold tasks.
 *
 * Owns:      the walk through the tasks folder, and the generated entry that imports what it finds.
 * Invariant: sorted by code unit behind the `init` files, so that the same files give the same entry everywhere.
 */
import { type Dirent, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Plugin, PluginBuild } from "esbuild";
import picomatch from "picomatch";
import { SOURCE_FILE } from "./parse.ts";
import { posixRelative } from "./plugin.ts";
import type { Project } from "./project.ts";

/** What the walk found: the files, and the folders it went through. */
export interface TaskFiles {
  /** Absolute paths, sorted. */
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

/** Where to look. */
type TaskPlaces = Pick<Project, "root" | "places" | "ignored">;

/** Packages, and what a build or a deployment has left behind. */
const notOfAuthors = new Set(["node_modules", "holdfast-build", "cdk.out"]);

/** Finds the source files of a project's places; tests, declarations, `node_modules` and dot folders left out. */
function findTaskFiles({ root, places, ignored }: TaskPlaces): TaskFiles {
  const files = new Set<string>();
  const folders = new Set<string>();
  const isIgnored = ignored === undefined ? isTest : picomatch([...ignored]);
  const walk = (folder: string, isWanted: (path: string) => boolean): void => {
    folders.add(folder);
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!notOfAuthors.has(entry.name) && !entry.name.startsWith(".")) walk(path, isWanted);
      } else if (isSource(entry.name) && !isIgnored(posixRelative(root, path)) && isWanted(path))
        files.add(path);
    }
  };
  for (const place of places) {
    const { base, isGlob } = picomatch.scan(place);
    // By Trigger.dev's rules a glob names folders: files below those are not meant.
    if (isGlob) walk(base, picomatch(`${place}/*`));
    else walk(place, () => true);
  }
  return { files: [...files].sort(byTurn(places)), folders: [...folders].sort() };
}

/** `init.ts` of a place comes before the others: it sets up what they need. */
function byTurn(places: readonly string[]): (a: string, b: string) => number {
  const turn = (path: string): number =>
    /^init\.[cm]?[jt]sx?$/.test(basename(path)) && places.includes(dirname(path)) ? 0 : 1;
  return (a, b) => turn(a) - turn(b) || (a < b ? -1 : 1);
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** A project whose `dirs` are all of it has its config among them. */
function isSource(name: string): boolean {
  return SOURCE_FILE.test(name) && !/\.d\.[^.]+$/.test(name) && !/^(\.|trigger\.config\.)/.test(name);
}

const isTest = (path: string): boolean => /\.(test|spec)\.[^./]+$/.test(path);

/** The entry's name for esbuild. */
export const ENTRY = "holdfast:entry";
const NAMESPACE = "holdfast";

/** Serves the generated entry, which exports what `from` exports. `onScan` is told what was found, at each build. */
export function entryPlugin(
  project: Project,
  onScan: (found: TaskFiles) => void,
  from: "holdfast/host" | "holdfast/dispatch" = "holdfast/host",
): Plugin {
  const { root, config } = project;
  const defaults = config?.defaults ?? {};
  const hasDefaults = Object.keys(defaults).length > 0;
  return {
    name: "holdfast-entry",
    setup(build) {
      build.onResolve({ filter: /^holdfast:entry$/ }, () => ({ path: "entry", namespace: NAMESPACE }));
      build.onResolve({ filter: /^holdfast:defaults$/ }, () => ({ path: "defaults", namespace: NAMESPACE }));
      build.onLoad({ filter: /^defaults$/, namespace: NAMESPACE }, () => ({
        contents: `import { setTaskDefaults } from "holdfast/host";\nsetTaskDefaults(${JSON.stringify(defaults)});\n`,
        loader: "js",
        resolveDir: root,
      }));
      addConfigHooks(build, project);
      build.onLoad({ filter: /^entry$/, namespace: NAMESPACE }, () => {
        const found = findTaskFiles(project);
        onScan(found);
        // Tasks register themselves when loaded. Files are imported as values that are used, so a `"sideEffects": false` of
        // the author's does not take them out; and by esbuild itself, which knows the tsconfig.json of what it resolves.
        const names = found.files.map((_, i) => `tasks${i}`);
        const imports = found.files.map((file, i) => {
          return `import * as ${names[i]} from ${JSON.stringify(dotted(posixRelative(root, file)))};`;
        });
        const hooks = config?.hooks.length ? ['import "holdfast:hooks";'] : [];
        const first = [...(hasDefaults ? ['import "holdfast:defaults";'] : []), ...hooks];
        const exported = [`export * from "${from}";`, `export const taskFiles = [${names}];`];
        const contents = [...first, ...imports, ...exported, ""].join("\n");
        return { contents, loader: "js", resolveDir: root, watchDirs: [...found.folders] };
      });
    },
  };
}

/** What `@trigger.dev/build` exports: stood in for, since nothing of it is there where tasks run. */
const buildExtensions = [
  "additionalFiles",
  "additionalPackages",
  "aptGet",
  "audioWaveform",
  "emitDecoratorMetadata",
  "esbuildPlugin",
  "ffmpeg",
  "lightpanda",
  "playwright",
  "prismaExtension",
  "puppeteer",
  "pythonExtension",
  "syncEnvVars",
  "syncNeonEnvVars",
  "syncSupabaseEnvVars",
  "syncVercelEnvVars",
];

/** The config's hooks; what its file imports for the build is stood in for. */
function addConfigHooks(build: PluginBuild, { root, config }: Project): void {
  if (!config?.hooks.length) return;
  build.onResolve({ filter: /^holdfast:hooks$/ }, () => ({ path: "hooks", namespace: NAMESPACE }));
  build.onResolve({ filter: /^@trigger\.dev\/build/ }, () => ({ path: "stand-in", namespace: NAMESPACE }));
  const file = JSON.stringify(dotted(posixRelative(root, config.file)));
  build.onLoad({ filter: /^hooks$/, namespace: NAMESPACE }, () => ({
    contents: `import * as module from ${file};
import { setConfigHooks } from "holdfast/host";
const all = { ...module };
setConfigHooks(all.default ?? all.config, ${JSON.stringify(config.hooks)});\n`,
    loader: "js",
    resolveDir: root,
  }));
  build.onLoad({ filter: /^stand-in$/, namespace: NAMESPACE }, () => ({
    contents: buildExtensions.map((name) => `export const ${name} = () => ({});\n`).join(""),
    loader: "js",
  }));
}

function dotted(path: string): string {
  return path.startsWith("../") ? path : `./${path}`;
}
