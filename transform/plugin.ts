/**
 * The esbuild plugin: transforms the author's files as they are loaded, and leads imports of Holdfast to one copy.
 *
 * Owns:      which file is the author's, which package is external, and what each author's file gave.
 * Never:     transforms a file of `node_modules` or of the holdfast package.
 */
import { readFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import type { OnLoadResult, OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from "esbuild";
import { isConfigFile, withoutBuild } from "./config-hooks.ts";
import { metadataProblems } from "./decorator-metadata.ts";
import { inMemoryFile } from "./in-memory-packages.ts";
import { NativePackages } from "./native.ts";
import { isAuthorsFile, ownName, PACKAGE_IMPORT, packageEntry, preparedEntry } from "./package-entries.ts";
import { languageOf, SOURCE_FILE } from "./parse.ts";
import { seedIds } from "./seeded-packages.ts";
import { type Transformed, transform } from "./transform.ts";

/** What became of one author's file. */
export interface LoadedModule extends Transformed {
  readonly file: string;
  readonly source: string;
}

/** Where things are, and whom to tell. */
export interface PluginOptions {
  /** Real path of the project's root: files are named relative to it. */
  readonly projectRoot: string;
  /** Real path of the holdfast package. */
  readonly packageRoot: string;
  /** Called for each of the author's files in a build. */
  readonly onModule: (module: LoadedModule) => void;
  /** Names of packages that stay outside of the bundle, besides those with compiled parts. */
  readonly outside?: readonly string[];
  /** Holdfast itself stays outside, too: whoever evaluates the bundle gives it its own copy. */
  readonly isEmbedded?: boolean;
  /** Nothing but the author's imports leads into Holdfast: it is taken from the few files that are prepared for that. */
  readonly isPrepared?: boolean;
}

/** Name of the plugin: errors that carry it are our own. */
export const PLUGIN_NAME = "holdfast";

/** The plugin. One instance serves one build or one watched series of builds. */
export function holdfastPlugin(options: PluginOptions): Plugin {
  return {
    name: PLUGIN_NAME,
    setup(build) {
      resolvePackage(build, options);
      keepOutside(build, options.outside ?? []);
      keepNativeOutside(build, options.packageRoot);
      seedIds(build, options.packageRoot);
      loadAuthorsFiles(build, options);
      loadInMemoryPackages(build);
      loadOwnFiles(build, options);
    },
  };
}

/** A path with forward slashes, relative to a root. */
export function posixRelative(root: string, path: string): string {
  return relative(root, path).split(sep).join("/");
}

function resolvePackage(build: PluginBuild, { packageRoot, isEmbedded, isPrepared }: PluginOptions): void {
  const entry = isPrepared ? preparedEntry : packageEntry;
  build.onResolve({ filter: PACKAGE_IMPORT }, ({ path }) =>
    isEmbedded ? { path: ownName(path), external: true } : { path: entry(packageRoot, path) },
  );
  // Were it installed, there would be two SDKs in the bundle. The error is told like esbuild's own.
  build.onResolve({ filter: /^@trigger\.dev\/sdk\// }, ({ path }) => ({
    errors: [{ pluginName: "trigger.dev", text: `Could not resolve "${path}"` }],
  }));
}

/** Before the question for compiled parts: what is named here is not looked into. */
function keepOutside(build: PluginBuild, names: readonly string[]): void {
  if (names.length === 0) return;
  const outside = new Set(names);
  build.onResolve({ filter: /^[^./#\\]/ }, ({ path }) => {
    const name = /^(@[^/]+\/[^/]+|[^/]+)/.exec(path)?.[1] ?? "";
    return outside.has(name) ? { path, external: true } : undefined;
  });
}

/** Packages with compiled parts; and what a package asks for on use and is not installed, as drivers that it can do without. */
function keepNativeOutside(build: PluginBuild, packageRoot: string): void {
  const natives = new NativePackages();
  const answers = new Map<string, OnResolveResult | undefined>();
  const asked = Symbol("asked");
  const resolve = async (args: OnResolveArgs): Promise<OnResolveResult | undefined> => {
    const { importer, resolveDir, kind, namespace } = args;
    const found = await build.resolve(args.path, {
      importer,
      resolveDir,
      kind,
      namespace,
      pluginData: asked,
    });
    const missing = found.errors.length > 0;
    const isTransformed = inMemoryFile(found.path) !== undefined;
    const outside = missing
      ? isOptional(args, packageRoot)
      : !found.external && !isTransformed && natives.has(found.path);
    return outside ? { path: args.path, external: true } : undefined;
  };
  build.onResolve({ filter: /^[^./#\\]/ }, async (args) => {
    if (args.pluginData === asked || args.kind === "entry-point" || args.path.startsWith("node:"))
      return undefined;
    const key = `${args.kind}\n${args.resolveDir}\n${args.path}`;
    if (!answers.has(key)) answers.set(key, await resolve(args));
    return answers.get(key);
  });
}

/** Asked for when it is used, by a package: that one knows what to do without it, or throws Node's own error then. */
function isOptional({ importer, kind }: OnResolveArgs, packageRoot: string): boolean {
  return (kind === "require-call" || kind === "dynamic-import") && !isAuthorsFile(importer, packageRoot);
}

function loadAuthorsFiles(build: PluginBuild, options: PluginOptions): void {
  const cache = new Map<string, LoadedModule>();
  build.onLoad({ filter: SOURCE_FILE, namespace: "file" }, async ({ path }) => {
    if (!isAuthorsFile(path, options.packageRoot)) return undefined;
    const read = await readFile(path, "utf8");
    const source = isConfigFile(path) ? withoutBuild(path, read) : read;
    const file = posixRelative(options.projectRoot, path);
    const known = cache.get(path);
    const module = known?.source === source ? known : moduleOf(path, file, source);
    cache.set(path, module);
    options.onModule(module);
    return loaded(module);
  });
}

/** Nothing of them is reported: their awaits and problems are not the author's. */
function loadInMemoryPackages(build: PluginBuild): void {
  build.onLoad({ filter: SOURCE_FILE, namespace: "file" }, async ({ path }) => {
    const file = inMemoryFile(path);
    if (file === undefined) return undefined;
    const source = await readFile(path, "utf8");
    return loaded({ ...transform(source, { file }), file, source });
  });
}

function moduleOf(path: string, file: string, source: string): LoadedModule {
  const made = transform(source, { file });
  return { ...made, problems: [...made.problems, ...metadataProblems(path, file, source)], file, source };
}

function loaded(module: LoadedModule): OnLoadResult {
  const broken = module.problems.find(({ code }) => code === "HF101");
  if (broken !== undefined) return { errors: [{ text: broken.message }] };
  return { contents: withInlineMap(module), loader: languageOf(module.file) };
}

/**
 * The map of a bundle is for the lines of the author and of his packages: with ours it is ten times as large, and every
 * runner reads it. Of ours it knows the file alone, which says that the lines before them end there.
 */
function loadOwnFiles(build: PluginBuild, { packageRoot }: PluginOptions): void {
  const compiled = join(packageRoot, "dist") + sep;
  const cache = new Map<string, OnLoadResult>();
  build.onLoad({ filter: /\.js$/, namespace: "file" }, async ({ path }) => {
    if (!path.startsWith(compiled)) return undefined;
    const known = cache.get(path);
    if (known !== undefined) return known;
    const code = (await readFile(path, "utf8")).replace(/^\/\/# sourceMappingURL=.*$/m, "");
    const source = relative(dirname(path), join(packageRoot, relative(compiled, path))).replace(
      /\.js$/,
      ".ts",
    );
    const map = {
      version: 3,
      sources: [source.split(sep).join("/")],
      sourcesContent: [""],
      mappings: "AAAA",
    };
    const loaded: OnLoadResult = { contents: withMap(code, map), loader: "js" };
    cache.set(path, loaded);
    return loaded;
  });
}

const withMap = (code: string, map: object): string =>
  `${code}\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString("base64")}\n`;

/** esbuild puts the map of its own output together with this one. */
function withInlineMap({ code, map, file }: LoadedModule): string {
  // The map is found beside the file, so the source is named without its folder.
  const source = JSON.parse(map) as Record<string, unknown>;
  return withMap(code, { ...source, sources: [file.slice(file.lastIndexOf("/") + 1)] });
}
