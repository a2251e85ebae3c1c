/**
 * The frames of the tree: calls of the author's own functions, which leave no record of their own.
 *
 * Owns:      parents. A key is a path of frames; each beginning of it that is no checkpoint is shown as a frame.
 * Invariant: every parent that is named is an entry of the tree, with a number that is not higher, and stands first.
 */
import { hashText } from "../engine/fingerprint.ts";
import type { Invocation } from "../engine/record.ts";
import { hookNames } from "../sdk/hooks.ts";
import type { Frame } from "../sdk/tree-entry.ts";
import type { SiteNames } from "./deps.ts";
import { argumentsShown, placeOf } from "./tree-values.ts";

/** As in engine/frame.ts: a longer path is replaced by its hash. */
const pathCharsMax = 160;
const hashed = (path: string): string => `~${hashText(path, 16)}`;

/** The last step of a path: `/site#occurrence`, or `>function` for a library's call of one of its callbacks. */
const lastStep = /[/>][^/>]*$/;

/** What the runs of a batch have behind the key of their call. */
const item = /\/item#\d+$/;

/** The site of the call that a path ends with; the runs of a batch have that of the batch. */
export const siteOf = (path: string): string => /\/([^/>#]*)#\d+$/.exec(path.replace(item, ""))?.[1] ?? "";

/** What has a place among the frames: a checkpoint, or whatever else stands for one. */
interface Placed {
  readonly id: string;
  readonly number: number;
}

/** A checkpoint and its key; the key of a child generation is that of the first. */
interface KeyedEntry<E extends Placed> {
  readonly key: string;
  readonly entry: E;
}

/** Knows the way up from each path, through paths that were shortened too. */
class Paths {
  readonly #whole = new Map<string, string>();

  constructor(known: Iterable<string>) {
    for (const path of known) if (path.length > pathCharsMax) this.#whole.set(hashed(path), path);
  }

  /** The path around this one; undefined at the top. */
  above(path: string): string | undefined {
    const around = path.replace(lastStep, "");
    return around === "" ? undefined : (this.#whole.get(around) ?? around);
  }

  /** All paths around this one, nearest first. */
  around(path: string): string[] {
    const all: string[] = [];
    for (let at = this.above(path); at !== undefined; at = this.above(at)) all.push(at);
    return all;
  }
}

/** Checkpoints under their parents, with the frames between them; sorted by number, parents first. */
export function framed<E extends Placed>(
  units: readonly KeyedEntry<E>[],
  invocations: readonly Invocation[],
  names: SiteNames,
): ((E & { readonly parent: string | null }) | Frame)[] {
  const called = new Map(invocations.map((each) => [`${each.call}>${each.path}`, each]));
  const paths = new Paths([...units.map(({ key }) => key), ...called.keys()]);
  // A library call's record comes after those of its callbacks: it moves up to the first of them.
  const firstWithin = new Map<string, number>();
  for (const { key, entry } of units) {
    for (const path of paths.around(key)) {
      firstWithin.set(path, Math.min(entry.number, firstWithin.get(path) ?? entry.number));
    }
  }
  const isUnit = new Set(units.map(({ entry }) => entry.id));
  const frames = [...firstWithin]
    .filter(([path]) => !isUnit.has(path))
    .map(([path, number]) => frameAt(path, number, paths.above(path) ?? null, called.get(path), names));
  const checkpoints = units.map(({ key, entry }) => ({
    ...entry,
    number: Math.min(entry.number, firstWithin.get(entry.id) ?? entry.number),
    parent: paths.above(key) ?? null,
  }));
  const all = [...frames, ...checkpoints].map((entry) => ({ entry, level: paths.around(entry.id).length }));
  return all.sort((a, b) => a.entry.number - b.entry.number || a.level - b.level).map(({ entry }) => entry);
}

function frameAt(
  path: string,
  number: number,
  parent: string | null,
  invocation: Invocation | undefined,
  names: SiteNames,
): Frame {
  const [, callback, count = 0] = />f(\d+)[^/>]*?(?:#(\d+))?$/.exec(path) ?? [];
  const place = callback === undefined ? names(siteOf(path)) : undefined;
  // Hooks of all tasks are numbered: `onStart~0`.
  const hook = hookNames.find((each) => each === siteOf(path).replace(/~\d+$/, ""));
  const again = Number(count) > 0 ? ` (${Number(count) + 1})` : "";
  const name = callback === undefined ? (hook ?? "function") : `callback ${Number(callback) + 1}${again}`;
  const shown = place === undefined ? { name, file: null, line: null } : placeOf(place, path);
  const input = invocation === undefined ? null : argumentsShown(invocation.args);
  return { kind: "frame", id: path, number, parent, ...shown, input };
}
