/**
 * Which sites the loaded code has: what is gone from it can be asked for under another key only.
 *
 * Owns:      the ids, by file; a file that is loaded again replaces its own.
 */
import type { Site } from "./frame.ts";

/** A row of a module's site table: id, readable name, line, flags (the letters of `sites`). */
export type SiteRow = readonly [id: string, name: string, line: number, flags: string];

const idsOf = new Map<string, ReadonlySet<string>>();

/** Makes a module's site table. */
export function sites(file: string, rows: readonly SiteRow[]): Site[] {
  idsOf.set(file, new Set(rows.map(([id]) => id)));
  return rows.map(([id, name, line, flags]) => ({
    id,
    name,
    at: `${file}:${line}`,
    awaited: flags.includes("a"),
    escapes: flags.includes("e"),
    iterated: flags.includes("i"),
  }));
}

/** Does the loaded code have this site? */
export function isKnownSite(id: string): boolean {
  for (const ids of idsOf.values()) if (ids.has(id)) return true;
  return false;
}

/** Other code is about to be loaded in the place of all that was. */
export function forgetSites(): void {
  idsOf.clear();
}
