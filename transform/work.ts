/**
 * What the parts of the transform share while they work on one module.
 *
 * Owns:      the module's output, sites, problems and temporary variables.
 * Never:     decides what to transform.
 */
import type MagicString from "magic-string";
import type { FunctionNode, Node, ThrowStatement } from "./ast.ts";
import type { ByHand } from "./by-hand-unit.ts";
import type { Chain, Group } from "./chain.ts";
import type { Lines } from "./lines.ts";
import type { Normaliser } from "./normalise.ts";
import { type Problem, type ProblemCode, problemAt } from "./problems.ts";
import type { Scopes } from "./scope.ts";
import type { SiteIds, SiteRow } from "./site-id.ts";
import type { FoundTask } from "./tasks.ts";
import type { FoundEndpoint } from "./webhooks.ts";

/** A function of the author's, as the emitter sees it. */
export interface FunctionFrame {
  readonly node: FunctionNode;
  readonly parent: FunctionFrame | null;
  /** The frame variable: `$f2`. */
  readonly variable: string;
  readonly path: string;
  readonly id: string;
  needed: boolean;
  readonly temps: string[];
}

/** Where code stands: whose frame variable it uses, and whether that frame is only handed over so far. */
export interface Place {
  /** The function whose frame variable is visible; null at module level. */
  readonly frame: FunctionFrame | null;
  /** In parameter defaults and field initialisers the frame is looked at, not yet entered. */
  readonly peek: boolean;
  /** The function path for sites. */
  readonly path: string;
}

/** Names of the generated variables, kept clear of the author's. */
export interface Names {
  readonly runtime: string;
  readonly sites: string;
  readonly frame: (depth: number) => string;
  readonly temp: (index: number) => string;
}

/** A `throw` whose blame is written when all sites have their numbers. */
export interface PendingThrow {
  readonly node: ThrowStatement;
  readonly place: Place;
}

/** One module in the making. */
export interface Work {
  readonly file: string;
  readonly source: string;
  readonly out: MagicString;
  readonly scopes: Scopes;
  readonly lines: Lines;
  readonly names: Names;
  readonly ids: SiteIds;
  readonly normaliser: Normaliser;
  readonly rows: SiteRow[];
  readonly problems: Problem[];
  readonly tasks: FoundTask[];
  readonly endpoints: FoundEndpoint[];
  /** Sets of paths that waiters match. */
  readonly matches: (readonly string[])[];
  readonly moduleTemps: string[];
  tempCount: number;
  readonly chains: Map<Node, Chain>;
  /** The group of calls that a wrapped call belongs to. */
  readonly groupOf: Map<Node, Group>;
  /** Sites of joins and constructions, by their node. */
  readonly siteOf: Map<Node, { readonly site: number; readonly place: Place }>;
  /** Promises made by hand: how each is one unit; null for one that is none. */
  readonly byHand: Map<Node, ByHand | null>;
  readonly throws: PendingThrow[];
  readonly functionPaths: Map<string, number>;
  /** Offsets of the operands marked with the comment `holdfast:inline`. */
  readonly inlined: ReadonlySet<number>;
  /** Operands that are left alone because of it. */
  readonly inlineOperands: Set<Node>;
  readonly visit: (node: Node, place: Place) => void;
}

/** True where no frame can be: code at module level runs outside of every run and stays as it is. */
export function isPlain(place: Place): boolean {
  return place.frame === null && !place.peek;
}

/** The expression for the frame at a place. */
export function frameAt(work: Work, place: Place): string {
  const variable = place.frame?.variable ?? "null";
  if (place.frame !== null) place.frame.needed = true;
  return place.peek ? `${work.names.runtime}.peek(${variable})` : variable;
}

/** A new temporary variable, declared at the top of the function (of the module where there is no body). */
export function newTemp(work: Work, place: Place): string {
  work.tempCount += 1;
  const name = work.names.temp(work.tempCount);
  if (place.frame === null || place.peek) work.moduleTemps.push(name);
  else place.frame.temps.push(name);
  return name;
}

/** Adds a site and gives its number. `text` is the canonical text that its id comes from. */
export function addSite(
  work: Work,
  place: Place,
  site: {
    text: string;
    name: string;
    offset: number;
    awaited?: boolean;
    escapes?: boolean;
    iterated?: boolean;
    /** As `quiet.ts` has it. */
    quiet?: string;
  },
): number {
  const { line, column } = work.lines.at(site.offset);
  work.rows.push({
    id: work.ids.next("site", place.path, site.text),
    name: site.name,
    line,
    column,
    flags: `${site.awaited ? "a" : ""}${site.escapes ? "e" : ""}${site.iterated ? "i" : ""}${site.quiet ?? ""}`,
    function: place.path,
  });
  return work.rows.length - 1;
}

/** The expression for a site. */
export function siteAt(work: Work, site: number): string {
  return `${work.names.sites}[${site}]`;
}

/** Reports a problem at a node. */
export function report(
  work: Work,
  code: ProblemCode,
  node: { start: number; end: number },
  message: string,
  fix: string,
): void {
  const { file, source } = work;
  work.problems.push(problemAt(code, { file, source, start: node.start, end: node.end }, message, fix));
}
