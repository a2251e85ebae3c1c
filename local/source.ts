/**
 * Where a supervisor's code comes from: the transform's bundle of a folder of task files.
 */
import type { BundleFiles } from "./bundle-folder.ts";

/** Builds code, once or at each change. */
export interface CodeSource {
  /** @throws HoldfastError HF403, HF407 */
  build(): Promise<BundleFiles>;
  /** Builds again at each change; what is handed over rejects for a build that failed. */
  watch(built: (bundle: Promise<BundleFiles>) => Promise<void>): Promise<{ close(): Promise<void> | void }>;
}
