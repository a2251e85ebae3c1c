/**
 * Which calls of a bundle belong to which task, for people.
 *
 * Owns:      the division of a file's sites: those in a task's own functions, and those in the functions beside it.
 */
import type { Manifest, ManifestSite } from "./manifest.ts";
import type { FoundTask } from "./tasks.ts";

/** A call that may become a unit. */
type TaskUnit = Pick<ManifestSite, "name" | "file" | "line" | "column" | "function">;

/** The calls of a task, by line. */
export interface TaskUnits {
  /** In the functions that stand in the task's options: `run` and its hooks. */
  readonly units: readonly TaskUnit[];
  /** In the other functions of its file: tasks of the file may share them. */
  readonly helpers: readonly TaskUnit[];
}

/** Divides the calls of the task's file. */
export function unitsOf({ sites, tasks }: Manifest, task: FoundTask): TaskUnits {
  const inFile = Object.values(sites)
    .filter(({ file }) => file === task.file)
    .sort((a, b) => a.line - b.line || a.column - b.column);
  const last = Math.min(
    ...tasks.filter(({ file, line }) => file === task.file && line > task.line).map(({ line }) => line),
  );
  // The first function behind the task's line that is a member of an object: `order.run`.
  const first = inFile.find(({ line, function: path }) => line >= task.line && line < last && ownerOf(path));
  const owner = first && ownerOf(first.function);
  const isOwn = ({ function: path }: TaskUnit): boolean => owner !== undefined && ownerOf(path) === owner;
  const others = new Set(tasks.filter(({ file }) => file === task.file).map(({ id }) => id));
  return {
    units: inFile.filter(isOwn),
    helpers: inFile.filter(
      (site) => !isOwn(site) && (others.size === 1 || ownerOf(site.function) === undefined),
    ),
  };
}

/** `order` of `order.run/items.map(0)`. */
function ownerOf(path: string): string | undefined {
  return /^([^/]*)\.(?:run|middleware|init|cleanup|on[A-Z]\w*)(?=$|\/)/.exec(path)?.[1];
}
