/**
 * The repository's own files, read once and parsed on demand: what the tidy rules look at.
 *
 * Owns:      finding files, and the few facts of a syntax tree that the rules ask for.
 * Never:     judges. Rules are in the files beside this one.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { parseSync } from "oxc-parser";

/** A file of the repository: POSIX path relative to its root, and text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** A node of the syntax tree, as far as the rules need to know it. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** One import, export-from or dynamic import of a file. */
export interface Import {
  readonly specifier: string;
  /** Gone after compilation: `import type`, `export type`. */
  readonly typeOnly: boolean;
  /** `import()`: loaded when that line is reached. */
  readonly lazy: boolean;
  readonly names: readonly string[];
}

const skipped = new Set(["node_modules", "dist", ".git", ".holdfast", "cdk.out", "coverage"]);

/** Paths of all files below `root`, leaving out what is installed, built or kept by a running Holdfast. */
function findFiles(root: string, folder = ""): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => !skipped.has(entry.name))
    .flatMap((entry) => {
      const path = posix.join(folder, entry.name);
      if (entry.isDirectory()) return findFiles(root, path);
      return entry.isFile() ? [path] : [];
    });
}

const isText = (path: string): boolean => !/\.(png|jpg|ico|gz|tgz|sqlite|db|woff2?)$/.test(path);

/** All text files of the repository. */
export function readFiles(root: string): SourceFile[] {
  return findFiles(root)
    .filter(isText)
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

const parsed = new WeakMap<SourceFile, Node>();

/** The file's syntax tree; throws where it does not parse. */
export function treeOf(file: SourceFile): Node {
  const known = parsed.get(file);
  if (known) return known;
  const { program, errors } = parseSync(file.path, file.text);
  if (errors[0]) throw new Error(`${file.path} does not parse: ${errors[0].message}`);
  const tree = program as unknown as Node;
  parsed.set(file, tree);
  return tree;
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string";

/** Calls `visit` for each node of the tree, parents before children. */
export function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const value of Object.values(node)) {
    const children = Array.isArray(value) ? value : [value];
    for (const child of children) if (isNode(child)) walk(child, visit);
  }
}

const nameOf = (node: unknown): string | undefined => {
  const { name, value } = (node ?? {}) as { name?: string; value?: string };
  return name ?? value;
};

function importOf(node: Node): Import | undefined {
  const source = node.source;
  if (!isNode(source) || typeof source.value !== "string") return undefined;
  const kind = node.importKind ?? node.exportKind;
  const specifiers = (node.specifiers ?? []) as Node[];
  const names = specifiers.flatMap((each) => nameOf(each.imported) ?? []);
  return {
    specifier: source.value,
    typeOnly: kind === "type",
    lazy: node.type === "ImportExpression",
    names,
  };
}

const importing = new Set([
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
]);

/** All imports of a file, dynamic ones with a literal specifier included. */
export function importsOf(file: SourceFile): Import[] {
  const found: Import[] = [];
  walk(treeOf(file), (node) => {
    const each = importing.has(node.type) ? importOf(node) : undefined;
    if (each) found.push(each);
  });
  return found;
}

/** The line, from 1, at which `offset` stands. */
export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split("\n").length;

/** The path that a relative specifier names, seen from `path`. */
export const resolved = (path: string, specifier: string): string =>
  posix.join(posix.dirname(path), specifier);

/** The top-level folder of a path; "" for a file at the root. */
export const folderOf = (path: string): string => (path.includes("/") ? (path.split("/")[0] ?? "") : "");
