/** What package.json, the lockfile and the error pages have to say. */
import type { SourceFile } from "./source.ts";

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      { readonly resolved?: string; readonly optionalDependencies?: Readonly<Record<string, string>> }
    >
  >;
}

/** Versions that are not pinned: `^`, `~`, ranges and tags float. */
export function floating(manifest: Manifest): string[] {
  return Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
    .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    .map(([name, version]) => `package.json asks for ${name} ${version}; pin one exact version.`);
}

/** Tools whose binaries for other systems must be in the lockfile, though npm may leave them out. */
const native = {
  esbuild: ["@esbuild/darwin-arm64", "@esbuild/darwin-x64", "@esbuild/win32-x64", "@esbuild/win32-arm64"],
  "oxc-parser": [
    "@oxc-parser/binding-darwin-arm64",
    "@oxc-parser/binding-darwin-x64",
    "@oxc-parser/binding-win32-x64-msvc",
    "@oxc-parser/binding-win32-arm64-msvc",
  ],
  "@biomejs/biome": [
    "@biomejs/cli-darwin-arm64",
    "@biomejs/cli-darwin-x64",
    "@biomejs/cli-win32-x64",
    "@biomejs/cli-win32-arm64",
  ],
} as const;

/** Binaries for macOS and Windows that the lockfile lacks. */
export function missingBinaries(lock: Lock): string[] {
  const locked = (name: string): boolean => `node_modules/${name}` in lock.packages;
  return Object.entries(native).flatMap(([tool, names]) =>
    names
      .filter((name) => !locked(name))
      .map((name) => `package-lock.json lacks ${name}: ${tool} would not run there.`),
  );
}

/** Packages that would come from anywhere but the public registry. */
export function strangeRegistries(lock: Lock): string[] {
  return Object.entries(lock.packages)
    .filter(
      ([, { resolved }]) => resolved !== undefined && !resolved.startsWith("https://registry.npmjs.org/"),
    )
    .map(([path, { resolved }]) => `package-lock.json takes ${path} from ${resolved}.`);
}

const code = /\bHF\d{3}\b/g;

/** Codes without a page, pages without a code, pages whose title is another, codes that exist nowhere. */
export function wrongPages(
  titles: Readonly<Record<string, string>>,
  pages: readonly SourceFile[],
  sources: readonly SourceFile[],
): string[] {
  const pageOf = (id: string): SourceFile | undefined =>
    pages.find(({ path }) => path === `docs/errors/${id}.md`);
  const unwritten = Object.keys(titles)
    .filter((id) => !pageOf(id))
    .map((id) => `${id} has no page docs/errors/${id}.md.`);
  const wrong = pages.flatMap((page) => pageProblems(page, titles));
  const unknown = sources.flatMap(({ path, text }) =>
    [...new Set(text.match(code) ?? [])]
      .filter((id) => !(id in titles))
      .map((id) => `${path} names ${id}, which no catalogue has.`),
  );
  return [...unwritten, ...wrong, ...unknown];
}

function pageProblems({ path, text }: SourceFile, titles: Readonly<Record<string, string>>): string[] {
  const id = /(HF\d{3})\.md$/.exec(path)?.[1];
  const title = id === undefined ? undefined : titles[id];
  if (id === undefined || title === undefined) return [`${path} is the page of no code.`];
  const wanted = `# ${id} ${title}`;
  const first = text.split("\n")[0];
  const lacks = ["## What happened", "## Why", "## What to do"].filter(
    (heading) => !text.includes(`\n${heading}\n`),
  );
  const wrongTitle =
    first === wanted ? [] : [`${path} begins with "${first}"; its code's title is "${wanted}".`];
  return [...wrongTitle, ...lacks.map((heading) => `${path} lacks "${heading}".`)];
}
