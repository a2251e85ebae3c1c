/**
 * The words of a filter.
 */

/** One of them. `text`: as it was written. */
export type Token =
  | { readonly kind: "name" | "sign"; readonly text: string }
  | { readonly kind: "text"; readonly text: string; readonly value: string }
  | { readonly kind: "number"; readonly text: string; readonly value: number };

// Names of headers have a minus.
const form =
  /\s*(?:('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")|(-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?(?![\w$]))|((?!\d)[\w$\u0080-\uffff-]+)|(&&|\|\||[=!]==?|[<>]=?|\S))/isuy;

const controls: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f", v: "\v" };

const unquoted = (text: string): string =>
  text.slice(1, -1).replace(/\\(.)/gs, (_, sign: string) => controls[sign] ?? sign);

/** The words, in their order; what belongs to no word is a sign of its own. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  form.lastIndex = 0;
  while (form.lastIndex < end) {
    const [, quoted, number, name, sign] = form.exec(text) ?? [];
    if (quoted !== undefined) tokens.push({ kind: "text", text: quoted, value: unquoted(quoted) });
    else if (number !== undefined) tokens.push({ kind: "number", text: number, value: Number(number) });
    else if (name !== undefined) tokens.push({ kind: "name", text: name });
    else if (sign !== undefined) tokens.push({ kind: "sign", text: sign });
  }
  return tokens;
}
