/**
 * Source text to syntax tree.
 *
 * Owns:      which language a file extension means, for the parser and for esbuild.
 * Never:     throws for a syntax error: it is returned as a place and a message.
 */
import { type Comment, type OxcError, type Program, parseSync } from "oxc-parser";

/** The language of an author's file, by its extension. */
export type Language = "js" | "jsx" | "ts" | "tsx";

/** A parsed file, or where the parser gave up. */
export type Parsed =
  | {
      readonly ok: true;
      readonly program: Program;
      readonly comments: readonly Comment[];
      readonly esm: boolean;
    }
  | { readonly ok: false; readonly message: string; readonly offset: number };

/** Extensions of files that can hold tasks. */
export const SOURCE_FILE = /\.([cm]?)([jt]s)(x?)$/;

/** The language that a file's name stands for; also the name of esbuild's loader for it. */
export function languageOf(file: string): Language {
  const match = SOURCE_FILE.exec(file);
  return `${match?.[2] ?? "js"}${match?.[3] ?? ""}` as Language;
}

/** The kinds of module to try for a file, by the `c` or `m` in its extension. Some `.cts` files use `import`. */
const KINDS: Readonly<Record<string, readonly ("module" | "commonjs")[]>> = {
  "": ["module", "commonjs"],
  m: ["module"],
  c: ["commonjs", "module"],
};

/** Parses a module. `esm` is true if it has `import` or `export`. */
export function parse(file: string, source: string): Parsed {
  const lang = languageOf(file);
  let errors: readonly OxcError[] = [];
  for (const sourceType of KINDS[SOURCE_FILE.exec(file)?.[1] ?? ""] ?? []) {
    const result = parseSync(file, source, { lang, sourceType });
    if (result.errors.length === 0) {
      return {
        ok: true,
        program: result.program,
        comments: result.comments,
        esm: result.module.hasModuleSyntax,
      };
    }
    if (errors.length === 0) errors = result.errors;
  }
  return { ok: false, ...firstError(errors) };
}

function firstError(errors: readonly OxcError[]): { message: string; offset: number } {
  const error = errors.find(({ severity }) => severity === "Error") ?? errors[0];
  return { message: error?.message ?? "The file is not valid", offset: error?.labels[0]?.start ?? 0 };
}
