/**
 * Puts each program of the package into few files: `dist/programs/`.
 *
 * A command of three hundred small modules, and as many of other packages, takes longer to find its files than to do its work
 * (`docs/decisions/0043-programs.md`). What is left out is loaded from the user's own `node_modules`: packages with a binary, and
 * those that a project has only if it wants them.
 *
 * Owns:      `dist/programs/`, and which licences are told there.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Metafile, type Plugin } from "esbuild";

const dist = dirname(dirname(fileURLToPath(import.meta.url)));
const programs = join(dist, "programs");
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

const { metafile, outputFiles } = await build({
  entryPoints: entries.map((name) => join(dist, `${name}.js`)),
  outdir: programs,
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
  plugins: [asTheyAre],
  banner: { js: banner },
  external: ["better-sqlite3", "esbuild", "oxc-parser", ...Object.keys(manifest.peerDependencies)],
});
mkdirSync(programs, { recursive: true });
const made = new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
made.set("LICENCES.md", licences(metafile));
for (const [name, text] of made) put(join(programs, name), text);
for (const name of readdirSync(programs)) if (!made.has(name)) rmSync(join(programs, name));
