/**
 * What a process prints, with its secrets masked: also what code prints that belongs to no run.
 *
 * Never: touches a text without a secret.
 */
import { format } from "node:util";
import { maskedTexts } from "./log-line.ts";

const levels = ["debug", "log", "info", "warn", "error", "trace"] as const;

/** A stream's writing, with texts masked on the way. */
function maskStream(stream: NodeJS.WriteStream, mask: (text: string) => string): void {
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  stream.write = ((chunk: unknown, ...more: unknown[]) =>
    write(typeof chunk === "string" ? mask(chunk) : chunk, ...more)) as typeof stream.write;
}

/** Masks all that is printed from now on. Before other code keeps the console's methods: Lambda's do not print to a stream. */
export function maskOutput(mask: (text: string) => string): void {
  maskStream(process.stdout, mask);
  maskStream(process.stderr, mask);
  for (const level of levels) {
    const before = console[level].bind(console);
    console[level] = (...parts: unknown[]) => {
      const text = format(...maskedTexts(parts, mask));
      const shown = mask(text);
      if (shown === format(...parts)) before(...parts);
      else before("%s", shown);
    };
  }
}
