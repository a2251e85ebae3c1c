/**
 * What people and machines get to see: lines, tables, JSON; colours on a terminal only.
 *
 * Never:     writes a control character that came from outside: a run's output must not drive somebody's terminal.
 * Invariant: results go to stdout, everything else to stderr.
 */
import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** A stream that is written to. */
export interface Sink {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Where a command prints. */
export interface Screen {
  /** A line of the result. */
  say(line?: string): void;
  /** A line about what is going on. */
  note(line: string): void;
  /** The result, for machines. */
  json(value: unknown): void;
  /** Rows as columns under a heading. */
  table(heading: readonly string[], rows: readonly (readonly string[])[]): void;
  paint(style: Style, text: string): string;
}

/** Text from outside, in a form that a terminal only shows. */
export function harmless(text: string): string {
  const control = (character: string): string =>
    `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, control);
}

/** Makes a screen. */
export function makeScreen(out: Sink, err: Sink, colours: boolean): Screen {
  const say = (line = ""): void => void out.write(`${line}\n`);
  const paint = (style: Style, text: string): string =>
    colours && out.isTTY === true ? styleText(style, text) : text;
  return {
    say,
    paint,
    note: (line) => void err.write(`${line}\n`),
    json: (value) => say(JSON.stringify(value, undefined, 2)),
    table(heading, rows) {
      const all = [heading, ...rows].map((row) => row.map((cell) => harmless(cell).replaceAll("\n", " ")));
      const widths = heading.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
      for (const [place, row] of all.entries()) {
        const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
        say(place === 0 ? paint("dim", line.trimEnd()) : line.trimEnd());
      }
    },
  };
}
