/**
 * A stored text out of which the values of secrets have been taken: where they were, and whose they are, stands in front.
 *
 * Owns:      the form: `s`, a JSON list of holes, a line's end, and what is left of the text.
 * Never:     knows a value. Whoever has them fills the holes (`functions/vault.ts`); whoever has not sees a mask.
 * Invariant: no other stored text begins with `s`, whatever it contains: a record and an inbox item are JSON objects, a
 *            codec text begins with `j` or `d`, an encrypted one with `e`. So nobody can bring a hole in from outside.
 */

/** A value that was taken out. */
export interface Hole {
  /** Where in what is left of the text. */
  readonly at: number;
  readonly name: string;
  /** The version of the project's secrets that it is of. */
  readonly version: string;
  /** How it was written there, in the words of the vault that took it out. */
  readonly form: string;
  /** What is shown in its place. */
  readonly mask: string;
}

/** What stands for a secret in a line or page. */
export const maskOf = (name: string): string =>
  /^[\w.-]{1,128}$/.test(name) ? `[secret ${name}]` : "[secret]";

/** Has anything been taken out of this text? */
export const isSealed = (text: string): boolean => text.startsWith("s[");

/** Is this text encrypted (`functions/encryption/sealing.ts`)? Whoever has no key learns no more of it than that. */
export const isEncrypted = (text: string): boolean => text.startsWith("e");

/** The stored form of a text with holes, which come in the order of their places. */
export function sealed(rest: string, holes: readonly Hole[]): string {
  const head = holes.map(({ at, name, version, form, mask }) => [at, name, version, form, mask]);
  return `s${JSON.stringify(head)}\n${rest}`;
}

/** The two parts of a sealed text. */
export function holesIn(text: string): { readonly rest: string; readonly holes: readonly Hole[] } {
  const end = text.indexOf("\n");
  const head = JSON.parse(text.slice(1, end)) as readonly (readonly [
    number,
    string,
    string,
    string,
    string,
  ])[];
  const holes = head.map(([at, name, version, form, mask]) => ({ at, name, version, form, mask }));
  return { rest: text.slice(end + 1), holes };
}

/** The text with its holes filled; one that is not sealed as it is. */
export function filled(text: string, fill: (hole: Hole) => string): string {
  if (!isSealed(text)) return text;
  const { rest, holes } = holesIn(text);
  let whole = "";
  let from = 0;
  for (const hole of holes) {
    whole += rest.slice(from, hole.at) + fill(hole);
    from = hole.at;
  }
  return whole + rest.slice(from);
}

/** The text as it may be shown. */
export const masked = (text: string): string => filled(text, ({ mask }) => mask);
