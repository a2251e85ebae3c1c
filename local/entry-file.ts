/** Where the files are with which child processes begin: beside this one, compiled. */
import { fileURLToPath } from "node:url";

/** The path of `local/<name>.js` of this package. */
export function entryFile(name: "runner" | "describe-child" | "replay-child" | "plan-child"): string {
  return fileURLToPath(new URL(`./${name}.js`, import.meta.url));
}
