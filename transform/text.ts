/**
 * Finding tokens between nodes.
 *
 * Owns:      reading the source outside of nodes: comments and white space are stepped over, never taken for code.
 */

import type { Node } from "./ast.ts";

/** How far to look for the semicolon before a statement: past an indentation. */
const LOOK_BACK = 40;

/** Text to insert at an offset: with a space if a word ends there, as in `return[a].map(f)`. */
export function spaced(source: string, at: number, text: string): string {
  return /[\w$]/.test(source.charAt(at - 1)) ? ` ${text}` : text;
}

/** Offset of the next character that is neither white space nor comment. */
export function skipTrivia(source: string, from: number): number {
  let at = from;
  for (;;) {
    const two = source.slice(at, at + 2);
    if (two === "//") at = endOr(source.indexOf("\n", at), source);
    else if (two === "/*") at = endOr(source.indexOf("*/", at + 2), source) + 2;
    else if (/\s/.test(source.charAt(at))) at += 1;
    else return at;
  }
}

/** Offset of the opening parenthesis of a call whose callee (and type arguments) end at `from`. */
export function openParen(source: string, from: number): number {
  const at = skipTrivia(source, from);
  return source.startsWith("?.", at) ? skipTrivia(source, at + 2) : at;
}

/**
 * True if a parenthesis in front of the chain could continue the line before: the chain begins a statement, and the
 * statement before it may have been left without its semicolon.
 */
export function startsStatement(source: string, top: Node): boolean {
  let at: Node | null = top;
  while (at !== null && at.start === top.start && at.type !== "ExpressionStatement") at = at.parent ?? null;
  if (at?.type !== "ExpressionStatement" || at.start !== top.start) return false;
  return !/[;{:]\s*$/.test(source.slice(Math.max(0, at.start - LOOK_BACK), at.start));
}

function endOr(found: number, source: string): number {
  return found < 0 ? source.length : found;
}
