/**
 * Where bundles are kept: `<data>/bundles/<code version>/`, for as long as runs may be pinned to them
 * (`old-bundles.ts`). What a bundle that is gone knew of its call sites stays: `<data>/manifests/<code version>.json`.
 *
 * Owns:      the folder `bundles`.
 * Invariant: a bundle that is seen under its name is there as a whole.
 */
import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { CodeList, KeptCode } from "../engine/code-choice.ts";
import type { SiteNames } from "../functions/deps.ts";
import type { WebhookManifest } from "../functions/webhook-endpoints.ts";

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
    readonly schedule?: {
      readonly cron?: string;
      readonly timezone?: string;
      readonly environments?: readonly string[];
    };
    readonly webhook?: NonNullable<WebhookManifest["tasks"][number]["webhook"]>;
    readonly webhookSecret?: string | null;
  }[];
  readonly webhooks?: NonNullable<WebhookManifest["webhooks"]>;
  readonly sites: Readonly<
    Record<string, { readonly name: string; readonly file: string; readonly line: number }>
  >;
}

/** The folder of all bundles. */
export const bundlesFolder = (dataFolder: string): string => join(dataFolder, "bundles");

/** The folder of the manifests whose bundles are gone. */
export const manifestsFolder = (dataFolder: string): string => join(dataFolder, "manifests");

/** The file to load for a code version; undefined for a text that cannot be one. */
export function bundlePath(dataFolder: string, codeVersion: string): string | undefined {
  // The version comes out of a database that others can write: it is a name within `bundles` and nothing else.
  if (!/^[\w-]{1,100}$/.test(codeVersion)) return undefined;
  return join(bundlesFolder(dataFolder), codeVersion, "bundle.mjs");
}

/** Keeps a bundle. The same code version is the same bundle: one that is there stays. Gives the file to load. */
export async function keepBundle(dataFolder: string, bundle: BundleFiles): Promise<string> {
  const { codeVersion, files, packages } = bundle;
  const path = bundlePath(dataFolder, codeVersion);
  if (path === undefined) throw new TypeError(`"${codeVersion}" cannot be a code version.`);
  if (existsSync(path)) return path;
  const folder = join(bundlesFolder(dataFolder), codeVersion);
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
  const {
    tasks = [],
    sites = {},
    webhooks,
  } = (text === undefined ? {} : JSON.parse(text)) as Partial<BundleManifest>;
  return { tasks, sites, ...(webhooks === undefined ? {} : { webhooks }) };
}

/** The manifest in a bundle; an empty one where there is none. */
export const manifestOf = ({ files }: BundleFiles): BundleManifest => parsed(files["manifest.json"]);

/** The manifest in a file; undefined where it cannot be read: it only names things. */
function readManifest(path: string): BundleManifest | undefined {
  try {
    return parsed(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/** The manifest of a code version; an empty one where it cannot be read. */
export function keptManifest(dataFolder: string, codeVersion: string): BundleManifest {
  const path = bundlePath(dataFolder, codeVersion);
  if (path === undefined) return parsed(undefined);
  const kept = readManifest(join(dirname(path), "manifest.json"));
  return kept ?? readManifest(join(manifestsFolder(dataFolder), `${codeVersion}.json`)) ?? parsed(undefined);
}

/** Names of the call sites of a code version; each manifest is read once. */
export function siteNamesOf(dataFolder: string): (codeVersion: string) => SiteNames {
  const read = new Map<string, BundleManifest["sites"]>();
  return (codeVersion) => {
    const sites = read.get(codeVersion) ?? keptManifest(dataFolder, codeVersion).sites;
    read.set(codeVersion, sites);
    return (id) => {
      const site = sites[id];
      return site === undefined ? undefined : { name: site.name, at: `${site.file}:${site.line}` };
    };
  };
}

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

/** The code that runs can be started on: each bundle that can be loaded, and its tasks. */
export const keptCode = (dataFolder: string): KeptCode => ({
  all: () => loadableCode(dataFolder),
  tasksOf: async (version) => loadableCode(dataFolder).get(version),
});

function loadableCode(dataFolder: string): CodeList {
  const folder = bundlesFolder(dataFolder);
  const loadable = namesIn(folder).filter((name) => existsSync(bundlePath(dataFolder, name) ?? ""));
  return new Map(loadable.map((name) => [name, keptManifest(dataFolder, name).tasks.map(({ id }) => id)]));
}

/** The manifests of all bundles that are kept, and of those that are gone. */
export function keptManifests(dataFolder: string): BundleManifest[] {
  const [bundles, gone] = [bundlesFolder(dataFolder), manifestsFolder(dataFolder)];
  const paths = [
    ...namesIn(gone).map((name) => join(gone, name)),
    ...namesIn(bundles).map((name) => join(bundles, name, "manifest.json")),
  ];
  return paths.flatMap((path) => readManifest(path) ?? []);
}
