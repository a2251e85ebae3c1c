/**
 * Text from outside, made safe to look at.
 *
 * Markup is no matter: text only ever becomes text nodes. What is left are characters that change how the text around them is
 * read (direction overrides, invisible ones) or that show as nothing: they are written out.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;
/** Direction marks and overrides, zero-width and other invisible characters. The joiner of emoji (200D) stays. */
const invisible = /[\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/;
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const dangerous = new RegExp(`${control.source}|${invisible.source}|${loneSurrogate.source}`, "g");

/** The text with such characters written as `\u{202e}`. */
export function shown(text: string): string {
  return text.replace(dangerous, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);
}

/** The beginning of a text; what is cut off is told. */
export function cut(text: string, chars: number): { readonly text: string; readonly left: number } {
  return text.length <= chars ? { text, left: 0 } : { text: text.slice(0, chars), left: text.length - chars };
}

/** A link that may be followed, or undefined: anything but HTTP could run something. */
export function safeLink(url: unknown, base: string): string | undefined {
  if (typeof url !== "string") return undefined;
  try {
    const { protocol, href } = new URL(url, base);
    return protocol === "https:" || protocol === "http:" ? href : undefined;
  } catch {
    return undefined;
  }
}

/** The beginning of a text, on one line of a list. */
export const short = (text: string): string => {
  const { text: first, left } = cut(text, 200);
  return shown(left > 0 ? `${first}…` : first);
};
