/**
 * Where a supervisor's code comes from: the transform's bundle of a folder of task files.
 */
import { HoldfastError } from "../engine/errors.ts";
import type { BundleFiles } from "./bundle-folder.ts";

/** Builds code, once or at each change. */
export interface CodeSource {
  /** @throws HoldfastError HF403, HF407 */
  build(): Promise<BundleFiles>;
  /** Builds again at each change; what is handed over rejects for a build that failed. */
  watch(built: (bundle: Promise<BundleFiles>) => Promise<void>): Promise<{ close(): Promise<void> | void }>;
}

/** HF403. */
export const noTasks = (what: string): HoldfastError =>
  new HoldfastError(
    "HF403",
    what,
    `Put a task file into the folder "tasks", or give another folder with "--dir".`,
  );

/** The code in a folder of task files. */
export function folderSource({ dir }: { readonly dir: string }): CodeSource {
  throw noTasks(`${dir}: the transform's bundle is not there yet.`);
}
