/**
 * The ways in which a secret's value is written in a stored text.
 *
 * Owns:      the names of forms: a row of letters, one for each writing, in their order.
 * Invariant: `inForm(value, form)` gives the very characters that were found under this form: so what is taken out of a
 *            text can be put back.
 */

/** Values shorter than this are found in too many texts that have nothing to do with them. */
export const shortestSecret = 8;

/** A text in a text in a text: a recorded answer that is JSON itself lies three strings deep in its record. */
const depth = 4;

const json = (text: string): string => JSON.stringify(text).slice(1, -1);
/** As `devalue` writes strings, which may stand in a page's script. */
const devalue = (text: string): string =>
  json(text).replace(/</g, "\\u003C").replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");

/** The characters of base64 that hang on the value alone, where `before` bytes of three come in front of it. */
function base64(text: string, before: number, encoding: "utf8" | "latin1"): string {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text, encoding)]);
  const whole = bytes.toString("base64");
  return whole.slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6));
}

const writings: Readonly<Record<string, (text: string) => string>> = {
  j: json,
  d: devalue,
  u: (text) => (Buffer.from(text).toString() === text ? encodeURIComponent(text) : text),
  0: (text) => base64(text, 0, "utf8"),
  1: (text) => base64(text, 1, "utf8"),
  2: (text) => base64(text, 2, "utf8"),
  // As `btoa` does it.
  3: (text) => base64(text, 0, "latin1"),
  4: (text) => base64(text, 1, "latin1"),
  5: (text) => base64(text, 2, "latin1"),
};

/** A value as it is written in this form. */
export function inForm(value: string, form: string): string {
  let text = value;
  for (const letter of form) text = writings[letter]?.(text) ?? text;
  return text;
}

/** All ways in which a value is looked for: the texts, each with its form. A value of letters and digits has four. */
export function formsOf(value: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const add = (form: string): boolean => {
    const text = inForm(value, form);
    if (text.length < shortestSecret || found.has(text)) return false;
    found.set(text, form);
    return true;
  };
  let last = [""];
  add("");
  for (let level = 0; level < depth; level++) {
    last = last.flatMap((form) => ["j", "d"].map((letter) => form + letter)).filter(add);
  }
  for (const form of "u012345") add(form);
  return found;
}

/** What a hole of this form is shown as, so that what is around it can still be read: digits, base64, or the name's mask. */
export function maskFor(text: string, form: string, mask: string): string {
  if (/[0-5]/.test(form)) return "A".repeat(text.length);
  return /^[-+.\deE]+$/.test(text) ? "1" : mask;
}
