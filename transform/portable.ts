/**
 * The same bytes from any folder.
 *
 * Owns:      the names of files outside of the project in esbuild's output: how far away the holdfast package or a
 *            hoisted `node_modules` lies must not show.
 * Invariant: no line is added or removed, and only text that no mapping points into is changed.
 */
import { posix, relative, resolve, sep } from "node:path";

/**
 * esbuild says of variables that it has moved that they have no source, in a line that says nothing else. Node would take all for
 * that which follows and has no place of its own: Holdfast's code, of which a map knows the first line alone.
 */
const withoutHoles = (mappings: string): string => mappings.replace(/(^|;)[\w+/]{1,3}(?=;|$)/g, "$1");

/** Renames files outside of the project. */
export class PortableNames {
  readonly #projectRoot: string;
  readonly #packageRoot: string;
  /** The same few hundred files stand in each source map. */
  readonly #known = new Map<string, string>();

  constructor(projectRoot: string, packageRoot: string) {
    this.#projectRoot = projectRoot;
    this.#packageRoot = packageRoot;
  }

  /** The name of a file given relative to the project root, with forward slashes. */
  name(file: string): string {
    if (!file.startsWith("../")) return file;
    const known = this.#known.get(file) ?? this.#outside(file);
    this.#known.set(file, known);
    return known;
  }

  #outside(file: string): string {
    const within = relative(this.#packageRoot, resolve(this.#projectRoot, file)).split(sep).join("/");
    if (!within.startsWith("..")) return `holdfast/${within}`;
    const at = file.lastIndexOf("/node_modules/");
    return at < 0 ? file : file.slice(at + 1);
  }

  /** The code with the names of `inputs` replaced where esbuild writes them: in comments and keys of CommonJS modules. */
  code(code: string, inputs: readonly string[]): string {
    const names = new Map(inputs.map((input) => [input, this.name(input)]));
    return code.replace(
      /^(\/\/ |\s+")((?:\.\.\/)+[^"\n]*)(?=$|"\()/gm,
      (whole, before: string, file: string) => {
        const name = names.get(file);
        return name === undefined ? whole : `${before}${name}`;
      },
    );
  }

  /** The source map with its sources named relative to the project root. `from` is the folder of esbuild's output. */
  map(map: string, from: string, sourceRoot: string | undefined): string {
    const parsed = JSON.parse(map) as { sources: string[]; mappings: string };
    const folder = relative(this.#projectRoot, from).split(sep).join("/");
    const sources = parsed.sources.map((source) => this.name(posix.join(folder, source)));
    const mappings = withoutHoles(parsed.mappings);
    return JSON.stringify({ ...parsed, ...(sourceRoot !== undefined && { sourceRoot }), sources, mappings });
  }
}
