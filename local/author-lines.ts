/**
 * Finds the author's lines in the stack of an error, and shows them.
 *
 * Never: shows frames of Node, of packages or of Holdfast itself: nobody can put anything right there.
 */
import { existsSync, readFileSync } from "node:fs";
import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { codeFrame } from "../transform/problems.ts";
import { packageRoot } from "./package-root.ts";

interface Place {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

/** In a bundle's map our files are called as if they lay in the project, where they are not. */
const isOurs = (path: string): boolean =>
  path.startsWith(`${packageRoot}${sep}`) ||
  (/[\\/]holdfast[\\/](?:engine|sdk|functions|prepared)[\\/]/.test(path) && !existsSync(path));

function placeIn(frame: string): Place | undefined {
  const [, at = "", line, column] = /^\s+at (?:.*\()?(.+?):(\d+):(\d+)\)?$/.exec(frame) ?? [];
  if (at === "" || at.startsWith("node:")) return undefined;
  const path = at.startsWith("file:") ? fileURLToPath(at) : at;
  const isAuthors = !path.includes(`${sep}node_modules${sep}`) && !isOurs(path);
  return isAuthors ? { path, line: Number(line), column: Number(column) } : undefined;
}

/** The place of the first of the author's lines in a stack, with the lines around it; "" where there is none. */
export function authorLines(stack: string, folder: string): string {
  const place = stack.split("\n").flatMap((frame) => placeIn(frame) ?? [])[0];
  if (place === undefined) return "";
  const { path, line, column } = place;
  const shown = `\n  at ${relative(folder, path).split(sep).join("/")}:${line}:${column}\n`;
  try {
    return `${shown}${codeFrame(readFileSync(path, "utf8"), line, column)}\n`;
  } catch {
    // The file may have been changed or moved since it was built.
    return shown;
  }
}
