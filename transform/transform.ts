/**
 * One module of the author's: source in; code whose awaits are checkpoints, its map, sites, tasks and problems out.
 *
 * Owns:      the order of the steps. Pure: the same source and name always give the same result.
 * Never:     removes types (esbuild does) or reads a file.
 * Invariant: outside of a run the code behaves exactly as it was written.
 */
import MagicString from "magic-string";
import type { Program } from "./ast.ts";
import { inlinedOffsets } from "./awaits.ts";
import { Lines } from "./lines.ts";
import { Normaliser } from "./normalise.ts";
import { type Parsed, parse } from "./parse.ts";
import { type Problem, problemAt } from "./problems.ts";
import { Scopes } from "./scope.ts";
import { SiteIds, type SiteRow } from "./site-id.ts";
import type { FoundTask } from "./tasks.ts";
import { emitBlame } from "./throws.ts";
import { visit } from "./visit.ts";
import type { FoundEndpoint } from "./webhooks.ts";
import type { Names, Work } from "./work.ts";

/** What the transform makes of one module. */
export interface Transformed {
  /** The code; the source itself if it has a syntax error. */
  readonly code: string;
  /** Source map (version 3) as JSON. */
  readonly map: string;
  readonly problems: readonly Problem[];
  readonly sites: readonly SiteRow[];
  readonly tasks: readonly FoundTask[];
  readonly endpoints: readonly FoundEndpoint[];
  readonly matches: readonly (readonly string[])[];
}

/** How to transform. */
export interface TransformOptions {
  /** POSIX path relative to the project root. It is part of every site's id. */
  readonly file: string;
}

/**
 * Turns the awaits of a module into checkpoints.
 *
 * @example
 * ```ts
 * const { code, problems } = transform(source, { file: "tasks/order.ts" });
 * ```
 */
export function transform(source: string, options: TransformOptions): Transformed {
  const parsed = parse(options.file, source);
  if (!parsed.ok) {
    const place = { file: options.file, source, start: parsed.offset };
    const problem = problemAt(
      "HF101",
      place,
      sentence(parsed.message),
      "Correct the syntax at the marked place.",
    );
    const map = emptyMap(options.file, source);
    return { code: source, map, problems: [problem], sites: [], tasks: [], endpoints: [], matches: [] };
  }
  const work = begin(source, options.file, parsed);
  visitProgram(work, parsed.program);
  emitBlame(work);
  emitHeader(work, parsed);
  const map = work.out.generateMap({ source: options.file, includeContent: true, hires: "boundary" });
  return {
    code: work.out.toString(),
    map: map.toString(),
    problems: work.problems.sort((a, b) => a.line - b.line || a.column - b.column),
    sites: work.rows,
    tasks: work.tasks,
    endpoints: work.endpoints,
    matches: work.matches,
  };
}

function begin(source: string, file: string, parsed: Parsed & { ok: true }): Work {
  const scopes = new Scopes(parsed.program);
  const work: Work = {
    file,
    source,
    out: new MagicString(source),
    scopes,
    lines: new Lines(source),
    names: freeNames(scopes.dollarNames),
    ids: new SiteIds(file),
    normaliser: new Normaliser(),
    rows: [],
    problems: [],
    tasks: [],
    endpoints: [],
    matches: [],
    moduleTemps: [],
    tempCount: 0,
    chains: new Map(),
    groupOf: new Map(),
    siteOf: new Map(),
    byHand: new Map(),
    throws: [],
    functionPaths: new Map(),
    inlined: inlinedOffsets(source, parsed.comments),
    inlineOperands: new Set(),
    visit: (node, place) => visit(work, node, place),
  };
  return work;
}

function visitProgram(work: Work, program: Program): void {
  for (const statement of program.body) work.visit(statement, { frame: null, peek: false, path: "" });
}

/** Generated names the author does not use: `$hf`, `$s`, `$f1`, `$t1`, with underscores behind if need be. */
function freeNames(used: ReadonlySet<string>): Names {
  let suffix = "";
  while ([...used].some((name) => isGenerated(name, suffix))) suffix += "_";
  return {
    runtime: `$hf${suffix}`,
    sites: `$s${suffix}`,
    frame: (depth) => `$f${suffix}${depth}`,
    temp: (index) => `$t${suffix}${index}`,
  };
}

function isGenerated(name: string, suffix: string): boolean {
  return name === `$hf${suffix}` || name === `$s${suffix}` || new RegExp(`^\\$[ft]${suffix}\\d+$`).test(name);
}

function emitHeader(work: Work, parsed: Parsed & { ok: true }): void {
  const usesRuntime = work.out.hasChanged();
  if (!usesRuntime) return;
  const { names } = work;
  const lines = [
    usesCommonJs(work, parsed)
      ? `const ${names.runtime} = require("holdfast/runtime");`
      : `import * as ${names.runtime} from "holdfast/runtime";`,
  ];
  if (work.rows.length > 0) {
    const rows = work.rows.map(({ id, name, line, flags }) => JSON.stringify([id, name, line, flags]));
    lines.push(
      `const ${names.sites} = ${names.runtime}.sites(${JSON.stringify(work.file)}, [${rows.join(", ")}]);`,
    );
  }
  if (work.moduleTemps.length > 0) lines.push(`let ${work.moduleTemps.join(", ")};`);
  const { program } = parsed;
  const directive = program.body.findLast(
    (item) => "directive" in item && typeof item.directive === "string",
  );
  const at = directive?.end ?? program.hashbang?.end ?? 0;
  if (at === 0) work.out.prepend(`${lines.join("\n")}\n`);
  else work.out.appendLeft(at, `\n${lines.join("\n")}`);
}

/** True for CommonJS: no `import` or `export`, and the extension or the names in use say so. */
function usesCommonJs(work: Work, parsed: Parsed & { ok: true }): boolean {
  if (parsed.esm || /\.m[jt]sx?$/.test(work.file)) return false;
  return /\.c[jt]sx?$/.test(work.file) || work.scopes.usesCommonJs();
}

function sentence(message: string): string {
  return /[.!?]$/.test(message) ? message : `${message}.`;
}

function emptyMap(file: string, source: string): string {
  return new MagicString(source).generateMap({ source: file, includeContent: true, hires: false }).toString();
}
