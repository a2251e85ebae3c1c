/**
 * Hooks of a `trigger.config`: its file goes into the bundle for them, without what is only for the build.
 *
 * Owns:      which options are hooks, and what is blanked out of the file.
 * Invariant: every place in the file stays where it was: errors point at the author's lines.
 */
import { forEachChild, type Node, type ObjectExpression, unwrap } from "./ast.ts";
import { parse } from "./parse.ts";

/** The options that are hooks. */
export const configHooks: readonly string[] = [
  "init",
  "onStart",
  "onSuccess",
  "onFailure",
  "catchError",
  "handleError",
];

/** Is this file a project's config? */
export const isConfigFile = (path: string): boolean => /(^|[\\/])trigger\.config\.[cm]?[jt]s$/.test(path);

/** What is for the build alone: its packages need not be there where tasks run. */
const ofBuild = new Set(["build", "telemetry", "instrumentations"]);

/** The source with `undefined` in the place of those options' values. */
export function withoutBuild(file: string, source: string): string {
  const parsed = parse(file, source);
  if (!parsed.ok) return source;
  let text = source;
  const look = (node: Node): void => {
    const options = optionsOf(node);
    for (const property of options?.properties ?? []) {
      if (property.type !== "Property" || property.computed || property.shorthand) continue;
      const name = property.key.type === "Identifier" ? property.key.name : "";
      if (ofBuild.has(name)) text = blanked(text, property.value);
    }
    forEachChild(node, look);
  };
  look(parsed.program);
  return text;
}

/** The options, where the node is what holds them. */
function optionsOf(node: Node): ObjectExpression | undefined {
  const holder =
    node.type === "CallExpression" && node.callee.type === "Identifier" && node.callee.name === "defineConfig"
      ? node.arguments[0]
      : node.type === "ExportDefaultDeclaration"
        ? node.declaration
        : undefined;
  if (holder === undefined) return undefined;
  const value = unwrap(holder as Node);
  return value.type === "ObjectExpression" ? value : undefined;
}

/** A value that is shorter than the word stays: `build: {}` needs no package. */
function blanked(text: string, { start, end }: Node): string {
  const word = "undefined";
  if (end - start < word.length) return text;
  const rest = text.slice(start + word.length, end).replace(/[^\n]/g, " ");
  return `${text.slice(0, start)}${word}${rest}${text.slice(end)}`;
}
