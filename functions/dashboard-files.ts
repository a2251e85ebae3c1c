/**
 * The built files of `dashboard/`: the page's script and its style.
 *
 * Owns: their names in the package, and those under which they are served: with a hash, so that they may be kept for ever.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** What the page is made of. */
export interface DashboardFiles {
  readonly script: string;
  readonly style: string;
}

/** The files in a folder, or undefined where they are not built. */
export function readDashboard(folder: URL): DashboardFiles | undefined {
  try {
    return {
      script: readFileSync(new URL("page.js", folder), "utf8"),
      style: readFileSync(new URL("page.css", folder), "utf8"),
    };
  } catch {
    return undefined;
  }
}

/** A file as it is served. */
export interface Asset {
  readonly name: string;
  readonly type: string;
  readonly text: string;
}

/** The script and the style, each with the name that it is served under. */
export function assetsOf({ script, style }: DashboardFiles): {
  readonly script: Asset;
  readonly style: Asset;
} {
  const asset = (text: string, ending: string, type: string): Asset => {
    const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
    return { name: `page-${hash}.${ending}`, type: `${type}; charset=utf-8`, text };
  };
  return { script: asset(script, "js", "text/javascript"), style: asset(style, "css", "text/css") };
}
