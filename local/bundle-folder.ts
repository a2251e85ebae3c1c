/**
 * Where bundles are kept: `<data>/bundles/<code version>/`, for as long as runs may be pinned to them.
 *
 * Owns:      the folder `bundles`.
 * Invariant: a bundle that is seen under its name is there as a whole.
 */
import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { SiteNames } from "../functions/deps.ts";

/** A bundle as it is kept: what the transform made of the author's files. */
export interface BundleFiles {
  readonly codeVersion: string;
  /** File name to text: `bundle.mjs` at least. */
  readonly files: Readonly<Record<string, string>>;
  /** The `node_modules` of the project: packages with compiled parts are loaded from there. */
  readonly packages?: string;
}

/** What the build knows of tasks and call sites, as far as it is looked at here. */
export interface BundleManifest {
  readonly tasks: readonly {
    readonly id: string;
    readonly file: string;
    readonly line: number;
    readonly schedule?: { readonly cron: string; readonly timezone: string };
  }[];
  readonly sites: Readonly<
    Record<string, { readonly name: string; readonly file: string; readonly line: number }>
  >;
}

/** The file to load for a code version; undefined for a text that cannot be one. */
export function bundlePath(dataFolder: string, codeVersion: string): string | undefined {
  // The version comes out of a database that others can write: it is a name within `bundles` and nothing else.
  if (!/^[\w-]{1,100}$/.test(codeVersion)) return undefined;
  return join(dataFolder, "bundles", codeVersion, "bundle.mjs");
}

/** Keeps a bundle. The same code version is the same bundle: one that is there stays. Gives the file to load. */
export async function keepBundle(dataFolder: string, bundle: BundleFiles): Promise<string> {
  const { codeVersion, files, packages } = bundle;
  const path = bundlePath(dataFolder, codeVersion);
  if (path === undefined) throw new TypeError(`"${codeVersion}" cannot be a code version.`);
  if (existsSync(path)) return path;
  const folder = join(dataFolder, "bundles", codeVersion);
  const unfinished = `${folder}.${randomUUID()}`;
  await mkdir(unfinished, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(unfinished, name), text);
  // Node looks for packages above the file that imports them; the data folder may be anywhere.
  if (packages !== undefined && existsSync(packages)) {
    await symlink(packages, join(unfinished, "node_modules"), "junction");
  }
  await rename(unfinished, folder).catch(async (error: unknown) => {
    await rm(unfinished, { recursive: true, force: true });
    if (!existsSync(path)) throw error;
  });
  return path;
}

function parsed(text: string | undefined): BundleManifest {
  const { tasks = [], sites = {} } = (text === undefined ? {} : JSON.parse(text)) as Partial<BundleManifest>;
  return { tasks, sites };
}

/** The manifest in a bundle; an empty one where there is none. */
export const manifestOf = ({ files }: BundleFiles): BundleManifest => parsed(files["manifest.json"]);

/** Names of the call sites of a code version; each manifest is read once. */
export function siteNamesOf(dataFolder: string): (codeVersion: string) => SiteNames {
  const read = new Map<string, BundleManifest["sites"]>();
  const sitesOf = (codeVersion: string): BundleManifest["sites"] => {
    const path = bundlePath(dataFolder, codeVersion);
    try {
      return path === undefined
        ? {}
        : parsed(readFileSync(join(dirname(path), "manifest.json"), "utf8")).sites;
    } catch {
      return {};
    }
  };
  return (codeVersion) => {
    const sites = read.get(codeVersion) ?? sitesOf(codeVersion);
    read.set(codeVersion, sites);
    return (id) => {
      const site = sites[id];
      return site === undefined ? undefined : { name: site.name, at: `${site.file}:${site.line}` };
    };
  };
}

/** The manifests of all bundles that are kept. One that cannot be read is passed over: it only names things. */
export function keptManifests(dataFolder: string): BundleManifest[] {
  const folder = join(dataFolder, "bundles");
  return readdirSync(folder).flatMap((name) => {
    try {
      return [parsed(readFileSync(join(folder, name, "manifest.json"), "utf8"))];
    } catch {
      return [];
    }
  });
}
