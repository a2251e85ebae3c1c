/**
 * TypeScript's `emitDecoratorMetadata`: a `tsconfig.json` may ask for it, and it is not there, since esbuild knows no types.
 *
 * Owns: the warning HF135.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type Problem, problemAt } from "./problems.ts";

/** A decorator that begins a line. Files that only look like it are few, and this is only a warning. */
const DECORATOR = /^[ \t]*@[A-Za-z_$][\w$.]*/m;

/** Warns of decorators in a file for which a `tsconfig.json` asks for metadata. */
export function metadataProblems(path: string, file: string, source: string): Problem[] {
  const found = DECORATOR.exec(source);
  if (found === null || !asksAbove(dirname(path))) return [];
  const end = found.index + found[0].length;
  const start = end - found[0].trimStart().length;
  const message =
    "The tsconfig.json asks for emitDecoratorMetadata, and the types of what is decorated are not there at run time.";
  const fix =
    'Give the type in the decorator, as in `@Column("text")` or `@Inject(Mailer)`, or make the object yourself.';
  return [problemAt("HF135", { file, source, start, end }, message, fix)];
}

/** Does the nearest `tsconfig.json`, or one that it extends by a path, ask for it? */
function asksAbove(folder: string): boolean {
  const config = join(folder, "tsconfig.json");
  if (existsSync(config)) return asks(config, 0);
  return dirname(folder) !== folder && asksAbove(dirname(folder));
}

const deepest = 10;

function asks(config: string, depth: number): boolean {
  if (depth > deepest || !existsSync(config)) return false;
  const text = readFileSync(config, "utf8").replace(/^\s*\/\/.*$/gm, "");
  const own = /"emitDecoratorMetadata"\s*:\s*(true|false)/.exec(text)?.[1];
  if (own !== undefined) return own === "true";
  const [, base] = /"extends"\s*:\s*"(\.[^"]*)"/.exec(text) ?? [];
  if (base === undefined) return false;
  return asks(resolve(dirname(config), base.endsWith(".json") ? base : `${base}.json`), depth + 1);
}
