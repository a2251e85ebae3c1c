/** Where this package is. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

function rootAbove(folder: string): string {
  return existsSync(join(folder, "package.json")) ? folder : rootAbove(dirname(folder));
}

/** The root of the holdfast package, be it compiled or not. */
export const packageRoot: string = rootAbove(dirname(fileURLToPath(import.meta.url)));
