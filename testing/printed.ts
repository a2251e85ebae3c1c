/** Lines that are printed in a run: the author's, and the engine's own. */

/** Is it a line of the engine's own: what could not be recorded? */
export function isNote(level: string, [first]: readonly unknown[]): boolean {
  return /^(?:debug|warn)$/.test(level) && typeof first === "string" && /^HF(?:139|3\d\d) /.test(first);
}

const shown = (part: unknown): string =>
  (typeof part === "string" ? part : JSON.stringify(part)) ?? "undefined";

/** A line as text. */
export const textOfLine = (parts: readonly unknown[]): string => parts.map(shown).join(" ");
