/** JSON that somebody types. */

/** What was typed; an empty field is no value. */
export function jsonIn(text: string): { readonly value?: unknown } | { readonly wrong: string } {
  if (text.trim() === "") return {};
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
}
