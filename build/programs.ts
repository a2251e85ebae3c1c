/**
 * Puts each program of the package into few files, `dist/programs/`; and what of Holdfast a runner's bundle is made of into
 * `dist/prepared/`.
 *
 * A command of three hundred small modules, and as many of other packages, takes longer to find its files than to do its work
 * (`docs/decisions/0043-programs.md`). What is left out is loaded from the user's own `node_modules`: packages with a binary, and
 * those that a project has only if it wants them.
 *
 * Owns:      `dist/programs/` with the licences that are told there, and `dist/prepared/`.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Metafile, type OutputFile, type Plugin } from "esbuild";

const dist = dirname(dirname(fileURLToPath(import.meta.url)));
const programs = join(dist, "programs");
const prepared = join(dist, "prepared");
const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
  readonly peerDependencies: Readonly<Record<string, string>>;
};

const entries = [
  "cli/main",
  ...["runner", "describe-child", "replay-child", "plan-child"].map((name) => `local/${name}`),
  // A config is evaluated together with these, in a process of its own.
  ...["config-report", "config-stand-in"].map((name) => `transform/${name}`),
];

/** CommonJS packages ask for Node's own modules by `require`. */
const banner =
  'import { createRequire as $createRequire } from "node:module"; const require = $createRequire(import.meta.url);';

/** The folder of a package that a file is of; undefined: the file is ours. */
function packageOf(file: string): string | undefined {
  const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
  return name === undefined
    ? undefined
    : `${file.slice(0, file.lastIndexOf(`node_modules/${name}/`))}node_modules/${name}`;
}

/** Licences ask to be handed on with what they are for. */
function licences({ inputs }: Metafile): string {
  const folders = new Set(
    Object.keys(inputs)
      .map(packageOf)
      .filter((folder) => folder !== undefined),
  );
  return [...folders].sort().map(licence).join("\n\n");
}

function licence(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<
    string,
    string
  >;
  const file = ["LICENSE", "LICENSE.md", "LICENSE.txt", "license", "LICENCE"].find((each) =>
    existsSync(join(folder, each)),
  );
  const text = file === undefined ? "" : `\n\n${readFileSync(join(folder, file), "utf8").trim()}`;
  return `## ${name} ${version} (${license})${text}`;
}

/** The testkit gives task files its own modules, and loads some ahead for what they do: it stays in its files. */
const asTheyAre: Plugin = {
  name: "testing",
  setup({ onResolve }) {
    onResolve({ filter: /\/testing\/index\.js$/ }, () => ({ path: "../testing/index.js", external: true }));
  },
};

/** A process may be running what is there: a file that is as it was is left alone, another is replaced as a whole. */
function put(path: string, text: string): void {
  if (existsSync(path) && readFileSync(path, "utf8") === text) return;
  writeFileSync(`${path}.new`, text, { mode: path.endsWith("main.js") ? 0o755 : 0o644 });
  renameSync(`${path}.new`, path);
}

/**
 * The first line of what is prepared. A bundle's map knows Holdfast's own code by the line with which it begins, so that one has to
 * be there whatever of the rest is left out: such a call is, since esbuild does not know that it does nothing.
 */
const kept = "[].at(0);";

/** What a bundle reaches of Holdfast, by the name of its file in `dist/prepared/` (`preparedEntry` looks for it there). */
const reached = { index: "sdk/index", runtime: "engine/runtime", host: "sdk/host" };

/** How both are built. */
const common = {
  entryNames: "[name]",
  chunkNames: "part-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
  write: false,
} satisfies BuildOptions;

/** Makes the folder hold these files and no others. */
function fill(folder: string, files: ReadonlyMap<string, string>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of files) put(join(folder, name), text);
  for (const name of readdirSync(folder)) if (!files.has(name)) rmSync(join(folder, name));
}

const textsOf = (outputFiles: readonly OutputFile[]): Map<string, string> =>
  new Map(outputFiles.map(({ path, text }) => [basename(path), text]));

async function buildPrograms(): Promise<void> {
  const { metafile, outputFiles } = await build({
    ...common,
    entryPoints: entries.map((name) => join(dist, `${name}.js`)),
    outdir: programs,
    plugins: [asTheyAre],
    banner: { js: banner },
    external: ["better-sqlite3", "esbuild", "oxc-parser", ...Object.keys(manifest.peerDependencies)],
  });
  fill(programs, textsOf(outputFiles).set("LICENCES.md", licences(metafile)));
}

/** The names that a module exports. */
async function exportsOf(file: string): Promise<readonly string[]> {
  const { metafile } = await build({
    ...common,
    splitting: false,
    entryPoints: [file],
    outfile: "exports.js",
  });
  return metafile.outputs["exports.js"]?.exports ?? [];
}

/**
 * What tasks reach of Holdfast: all of it in one file, and one for each entry, which gives the names of `all.js` their own again.
 * The packages in it are dependencies of the package, whose licences come with them.
 */
async function buildPrepared(): Promise<void> {
  const entries = await Promise.all(
    Object.entries(reached).map(async ([name, module]) => {
      const file = join(dist, `${module}.js`);
      return { name, file, names: await exportsOf(file) };
    }),
  );
  const lists = entries.map(({ name, file, names }) => {
    const list = names.map((each) => `${each} as ${name}$${each}`).join(", ");
    return `export { ${list} } from ${JSON.stringify(file)};`;
  });
  const { outputFiles } = await build({
    ...common,
    splitting: false,
    stdin: { contents: lists.join("\n"), resolveDir: dist },
    banner: { js: kept },
    outfile: join(prepared, "all.js"),
  });
  const files = textsOf(outputFiles);
  for (const { name, names } of entries) {
    const list = names.map((each) => `${name}$${each} as ${each}`).join(", ");
    files.set(`${name}.js`, `export { ${list} } from "./all.js";\n`);
  }
  fill(prepared, files);
}

await Promise.all([buildPrograms(), buildPrepared()]);
