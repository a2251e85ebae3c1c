/**
 * Codecs for classes of Node's own that file calls give and whose methods everybody uses: `Stats`, `Dirent`.
 *
 * Invariant: their recorded form does not depend on Node's version.
 */
import type { Dirent, Stats } from "node:fs";
import { builtInModule } from "./built-in-module.ts";
import { registerCodec } from "./codec-classes.ts";

type FileSystem = typeof import("node:fs");

/** libuv's numbers for the kinds of directory entries, by the question that tells them. */
const kinds = [
  ["isFile", 1],
  ["isDirectory", 2],
  ["isSymbolicLink", 3],
  ["isFIFO", 4],
  ["isSocket", 5],
  ["isCharacterDevice", 6],
  ["isBlockDevice", 7],
] as const;

type DirentData = readonly [name: string, kind: number, parent: string];

/** Registers them; nothing happens where there is no Node. */
export function registerNodeClasses(): void {
  const fs = builtInModule<FileSystem>("node:fs");
  if (fs === undefined) return;
  registerCodec<Stats, object>(fs.Stats, "node:fs.Stats", {
    toJSON: (stats) => ({ ...stats }),
    fromJSON: (data) => Object.assign(Object.create(fs.Stats.prototype) as Stats, data),
  });
  // Its constructor is there for all to see, but not in the types.
  const Entry = fs.Dirent as unknown as new (name: string, kind: number, parent: string) => Dirent;
  registerCodec<Dirent, DirentData>(Entry, "node:fs.Dirent", {
    toJSON: (entry) => {
      const kind = kinds.find(([question]) => entry[question]())?.[1] ?? 0;
      return [entry.name, kind, entry.parentPath ?? entry.path];
    },
    fromJSON: ([name, kind, parent]) => new Entry(name, kind, parent),
  });
}
