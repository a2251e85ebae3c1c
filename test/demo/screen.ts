/** What the demo prints: calm lines, colours only on a terminal, nothing at all with `--json`. */

const codes = { dim: 2, bold: 1, green: 32, red: 31, yellow: 33, cyan: 36 } as const;

/** A colour or weight. */
type Style = keyof typeof codes;

/** The terminal, or silence. */
export interface Screen {
  /** A chapter of the story, numbered. */
  chapter(title: string): void;
  /** An indented line. */
  say(line?: string): void;
  paint(style: Style, text: string): string;
  /** Rows as columns; the first row is the heading. */
  table(rows: readonly (readonly string[])[]): void;
}

/** Makes a screen. */
export function makeScreen({
  silent,
  colours,
}: {
  readonly silent: boolean;
  readonly colours: boolean;
}): Screen {
  let chapters = 0;
  const write = (line: string): void => {
    if (!silent) process.stdout.write(`${line}\n`);
  };
  const paint = (style: Style, text: string): string =>
    colours ? `\u001b[${codes[style]}m${text}\u001b[0m` : text;
  const say = (line = ""): void => write(line === "" ? "" : `   ${line}`);
  return {
    paint,
    say,
    chapter(title) {
      chapters += 1;
      write("");
      write(`${paint("cyan", String(chapters))}  ${paint("bold", title)}`);
    },
    table(rows) {
      const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? "").length)));
      for (const [i, row] of rows.entries()) {
        const line = row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("   ")
          .trimEnd();
        say(i === 0 ? paint("dim", line) : line);
      }
    },
  };
}
