/**
 * The entry of the dispatcher: it loads the tasks when the secrets are there, and from a file of their own, so that they can
 * be loaded once more with others.
 */
import type { Plugin } from "esbuild";
import { ENTRY } from "./task-files.ts";

/** The entry's name for esbuild. */
export const DISPATCHER = "holdfast:dispatcher";
const NAMESPACE = "holdfast-dispatcher";

const contents = `import { start } from "holdfast/start";
export const handler = await start(import.meta.url, () => import("${ENTRY}"));
`;

/** Serves the entry. */
export function dispatcherEntry(projectRoot: string): Plugin {
  return {
    name: NAMESPACE,
    setup(build) {
      build.onResolve({ filter: /^holdfast:dispatcher$/ }, () => ({ path: "entry", namespace: NAMESPACE }));
      build.onLoad({ filter: /.*/, namespace: NAMESPACE }, () => ({
        contents,
        loader: "js",
        resolveDir: projectRoot,
      }));
    },
  };
}
