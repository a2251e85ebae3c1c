/**
 * Plants a bug while a process loads its modules: the text of one file is changed.
 *
 * Invariant: the text to be changed stands in the file exactly once, or nothing is loaded.
 */
import type { Bug } from "./bug.ts";

type Change = Pick<Bug, "file" | "from" | "to">;

let change: Change | undefined;

/** Node calls it with what `plant.ts` gives. */
export function initialize(given: Change): void {
  change = given;
}

/** Any white space, where the text has some. */
function pattern(text: string): RegExp {
  const parts = text.trim().split(/\s+/);
  const escaped = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(escaped.join("\\s*"), "g");
}

function planted(text: string, { file, from, to }: Change): string {
  const found = [...text.matchAll(pattern(from))].length;
  if (found !== 1) throw new Error(`${file} has ${found} places with: ${from}`);
  return text.replace(pattern(from), () => to);
}

interface Loaded {
  readonly format: string;
  readonly source?: string | ArrayBuffer | Uint8Array | null;
}

/** Node calls it for each module. */
export async function load(
  url: string,
  context: unknown,
  next: (url: string, context: unknown) => Promise<Loaded>,
): Promise<Loaded> {
  const loaded = await next(url, context);
  if (change === undefined || !url.endsWith(`/dist/${change.file}.js`)) return loaded;
  const text = new TextDecoder().decode(loaded.source as Uint8Array);
  return { ...loaded, source: planted(text, change) };
}
