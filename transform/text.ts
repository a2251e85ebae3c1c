/**
 * Finding tokens between nodes.
 *
 * Owns:      reading the source outside of nodes: comments and white space are stepped over, never taken for code.
 */

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

function endOr(found: number, source: string): number {
  return found < 0 ? source.length : found;
}
