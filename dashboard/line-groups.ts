/** A run's lines, apart by attempt and pass: what one process has logged in one entering of `run`. */
import type { LineRow } from "./api.ts";

/** Lines of one attempt in one pass, in order. */
export interface LineGroup {
  readonly attempt: number;
  readonly pass: number;
  readonly lines: readonly LineRow[];
}

/** The lines in groups, in the order in which they were logged. */
export function lineGroups(lines: readonly LineRow[]): LineGroup[] {
  const groups: { attempt: number; pass: number; lines: LineRow[] }[] = [];
  for (const line of lines) {
    const { attempt, pass } = line;
    const last = groups.at(-1);
    if (last?.attempt === attempt && last.pass === pass) last.lines.push(line);
    else groups.push({ attempt, pass, lines: [line] });
  }
  return groups;
}

/** The properties of a line as one text; undefined: it has none. */
export const propertiesText = ({ properties, isCut }: LineRow): string | undefined =>
  isCut && typeof properties === "string" ? properties : (JSON.stringify(properties) as string | undefined);
