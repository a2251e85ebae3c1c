/**
 * Packages with compiled parts: they cannot be put into a bundle.
 *
 * Owns:      how such a package is recognised.
 * Invariant: a package is external as a whole or not at all.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const PLATFORM = /(linux|darwin|win32)-(x64|arm64|ia32)/;
const DEEPEST = 3;

/** Answers, for a file under `node_modules`, whether its package has compiled parts. Remembers packages. */
export class NativePackages {
  readonly #known = new Map<string, boolean>();

  /** True if the file belongs to a package that has to stay outside of the bundle. */
  has(file: string): boolean {
    const folder = packageFolder(file);
    if (folder === undefined) return false;
    const known = this.#known.get(folder);
    if (known !== undefined) return known;
    const native = isNative(folder);
    this.#known.set(folder, native);
    return native;
  }
}

/** The folder of the package that a file under `node_modules` belongs to. */
function packageFolder(file: string): string | undefined {
  const match = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(file);
  return match?.[1];
}

function isNative(folder: string): boolean {
  return (
    existsSync(join(folder, "binding.gyp")) || hasPlatformPackages(folder) || holdsBinary(folder, DEEPEST)
  );
}

/** Packages such as sharp keep their binaries in optional packages, one per platform. */
function hasPlatformPackages(folder: string): boolean {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    if (typeof manifest !== "object" || manifest === null) return false;
    const optional = "optionalDependencies" in manifest ? manifest.optionalDependencies : undefined;
    return "napi" in manifest || Object.keys(optional ?? {}).some((name) => PLATFORM.test(name));
  } catch {
    return false;
  }
}

function holdsBinary(folder: string, depth: number): boolean {
  return readdirSync(folder, { withFileTypes: true }).some((entry) => {
    if (entry.isFile()) return entry.name.endsWith(".node");
    return (
      depth > 0 &&
      entry.isDirectory() &&
      entry.name !== "node_modules" &&
      holdsBinary(join(folder, entry.name), depth - 1)
    );
  });
}
