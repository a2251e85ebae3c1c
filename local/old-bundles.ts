/**
 * Takes away the bundles of older code that no run can go on with any more.
 *
 * Owns:      which bundles are old, and the folder `manifests`: what a bundle that is gone knew of its call sites, so
 *            that the runs which ended on it are still shown with names.
 * Never:     takes the current bundle, one of the two before it, or one that a run is pinned to.
 * Invariant: a bundle goes as a whole: what is seen under its name can be loaded, or is not there.
 */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { KnownDeployment } from "../functions/deployments.ts";
import { bundlesFolder, manifestsFolder } from "./bundle-folder.ts";

/** Bundles besides the current one that stay in any case: whoever goes back a step finds it, and a trigger under way too. */
const keptBefore = 2;

/** What lies there unfinished, or half taken away, has a dot in its name. */
const isWhole = (name: string): boolean => !name.includes(".");

const madeAt = (folder: string): Promise<number> =>
  stat(join(folder, "bundle.mjs")).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );

async function dated(dataFolder: string): Promise<{ readonly name: string; readonly at: number }[]> {
  const folder = bundlesFolder(dataFolder);
  const names = (await readdir(folder).catch(() => [])).filter(isWhole);
  return Promise.all(names.map(async (name) => ({ name, at: await madeAt(join(folder, name)) })));
}

async function newestFirst(dataFolder: string): Promise<string[]> {
  return (await dated(dataFolder)).sort((a, b) => b.at - a.at).map(({ name }) => name);
}

/** The bundles that can be loaded, and when they were built. Which Node the others were run by nobody knows. */
export async function keptDeployments(dataFolder: string, current: string): Promise<KnownDeployment[]> {
  const whole = (await dated(dataFolder)).filter(({ at }) => at > 0);
  return whole.map(({ name, at }) => ({
    version: name,
    at,
    ...(name === current && { nodeVersion: process.versions.node }),
  }));
}

/** Removes what a process that died left there. Only for who holds the data folder's lock. */
export async function removeUnfinished(dataFolder: string): Promise<void> {
  const folder = bundlesFolder(dataFolder);
  const names = (await readdir(folder).catch(() => [])).filter((name) => !isWhole(name));
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

async function take(dataFolder: string, codeVersion: string): Promise<void> {
  const folder = join(bundlesFolder(dataFolder), codeVersion);
  // Under another name first: nobody shall find half of it.
  const going = `${folder}.${randomUUID()}`;
  await rename(folder, going);
  const manifest = join(going, "manifest.json");
  if (existsSync(manifest)) {
    await mkdir(manifestsFolder(dataFolder), { recursive: true });
    await rename(manifest, join(manifestsFolder(dataFolder), `${codeVersion}.json`));
  }
  await rm(going, { recursive: true, force: true });
}

/**
 * Removes old bundles; gives their versions. `pinned` is asked for only if there is one that could go: the code versions
 * of all runs that may go on, which are the open ones and the dead letters.
 */
export async function removeOldBundles(
  dataFolder: string,
  current: string,
  pinned: () => Promise<ReadonlySet<string>>,
): Promise<string[]> {
  const others = (await newestFirst(dataFolder)).filter((name) => name !== current);
  const old = others.slice(keptBefore);
  if (old.length === 0) return [];
  const inUse = await pinned();
  const removed = old.filter((name) => !inUse.has(name));
  for (const name of removed) await take(dataFolder, name);
  return removed;
}
