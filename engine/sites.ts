/**
 * Which sites the loaded code has: what is gone from it can be asked for under another key only.
 *
 * Owns:      the ids, by file; a file that is loaded again replaces its own.
 */
import type { Site } from "./frame.ts";

/** A row of a module's site table: id, readable name, line, flags (the letters of `sites`). */
export type SiteRow = readonly [id: string, name: string, line: number, flags: string];

const idsOf = new Map<string, ReadonlySet<string>>();

/** What comes behind an await's record can be seen by nobody: in any case, or if the function's parameters are a payload. */
export type Quiet = "always" | "withPayload";

const quiet = new Map<string, Quiet>();

/** Makes a module's site table. */
export function sites(file: string, rows: readonly SiteRow[]): Site[] {
  for (const id of idsOf.get(file) ?? []) quiet.delete(id);
  idsOf.set(file, new Set(rows.map(([id]) => id)));
  for (const [id, , , flags] of rows) {
    if (flags.includes("q")) quiet.set(id, "always");
    else if (flags.includes("p")) quiet.set(id, "withPayload");
  }
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

/** What the build says of what comes behind this site's await. */
export const quietOf = (id: string): Quiet | undefined => quiet.get(id);

/** Other code is about to be loaded in the place of all that was. */
export function forgetSites(): void {
  idsOf.clear();
  quiet.clear();
}
