/**
 * The `process` of a bundle: its own, so that code that is loaded once for each version of the secrets reads the one that
 * it was loaded with, at the top of a file as well as in a run.
 *
 * Owns:      the banner of a bundle, and what `process` means in it: to the author's code and to packages alike.
 * Never:     knows how a process is told its secrets (`functions/secret-process.ts`). Without any it is Node's.
 */
import type { BuildOptions, Plugin } from "esbuild";

/** In front of every file of a bundle. */
const js = [
  'import { createRequire as $createRequire } from "node:module"; const require = $createRequire(import.meta.url);',
  'const $process = globalThis[Symbol.for("holdfast.process")]?.(import.meta.url) ?? globalThis.process;',
].join(" ");

/** How esbuild is told. */
export const ownProcess = {
  banner: { js },
  define: { process: "$process", "globalThis.process": "$process", "global.process": "$process" },
} satisfies BuildOptions;

const NAMESPACE = "holdfast-process";

/** True for what stands among a bundle's inputs without being a file. */
export const isProcessModule = (input: string): boolean => input.startsWith(`${NAMESPACE}:`);

/** `import process from "node:process"` is the bundle's own as well. Before other plugins. */
export function processModule(): Plugin {
  return {
    name: NAMESPACE,
    setup(build) {
      build.onResolve({ filter: /^(node:)?process$/ }, () => ({ path: "process", namespace: NAMESPACE }));
      build.onLoad({ filter: /.*/, namespace: NAMESPACE }, () => ({
        contents: "module.exports = process;",
        loader: "js",
      }));
    },
  };
}
