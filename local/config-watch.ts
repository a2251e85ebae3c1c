/**
 * Tells when the config of a project is another one: changed, made, or taken away.
 *
 * Never:     reads what is in it: whoever is told builds again, and does.
 */
import { readFileSync } from "node:fs";
import { configFileIn } from "../transform/project-config.ts";

/** How often is looked: esbuild looks at its files about as often. */
const lookMs = 500;

/** The config's path and text; of one that is being written just now, what is there. */
function configIn(folder: string): string {
  try {
    const file = configFileIn(folder);
    return file === undefined ? "" : `${file}\n${readFileSync(file, "utf8")}`;
  } catch {
    return "";
  }
}

/** Looks at the configs of these folders, until it is closed. */
export function watchConfig(folders: readonly string[], changed: () => void): { close(): void } {
  const seen = (): string => folders.map(configIn).join("\n");
  let last = seen();
  const timer = setInterval(() => {
    const now = seen();
    if (now === last) return;
    last = now;
    changed();
  }, lookMs);
  timer.unref();
  return { close: () => clearInterval(timer) };
}
