/**
 * The secrets of a project on one machine, by version: what `.env` said when Holdfast was started, and what
 * `holdfast secrets set` has added. What was set goes before what `.env` says.
 *
 * Owns:      `<data>/secrets/`, a file for each version, readable by its owner only. The highest number is current.
 * Never:     changes a version: a run that is on it may go on for months.
 * Invariant: a version that is seen is there as a whole; of two changes at once none is lost.
 */
import { randomUUID } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { HoldfastError } from "../engine/errors.ts";
import type { ProjectSecrets, SecretValues } from "../functions/project-secrets.ts";
import { codeOf } from "./disk-full.ts";

/** Versions that are kept: as many as Secrets Manager keeps of its own. */
const versionsKept = 100;
/** How long a version is taken for the current one. */
const currentMs = 1_000;

/** A version as it is kept. */
export interface KeptSecrets {
  readonly createdAt: number;
  readonly env: SecretValues;
  readonly set: SecretValues;
}

const isObject = (found: unknown): found is Readonly<Record<string, unknown>> =>
  typeof found === "object" && found !== null && !Array.isArray(found);
const isValues = (found: unknown): found is SecretValues =>
  isObject(found) && Object.values(found).every((value) => typeof value === "string");

/** Checked by hand: every runner reads this file, and would load zod for nothing else. */
const isKept = (found: unknown): found is KeptSecrets =>
  isObject(found) && Number.isFinite(found.createdAt) && isValues(found.env) && isValues(found.set);

const folderOf = (dataFolder: string): string => join(dataFolder, "secrets");
const fileOf = (dataFolder: string, version: number): string => join(folderOf(dataFolder), `${version}.json`);

/** The values of a version, by name. */
export const valuesOf = ({ env, set }: KeptSecrets): SecretValues => ({ ...env, ...set });

/** The versions that are there, oldest first. */
export function secretVersions(dataFolder: string): number[] {
  let names: string[];
  try {
    names = readdirSync(folderOf(dataFolder));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw unusable(folderOf(dataFolder), "cannot be read", error);
  }
  return names
    .flatMap((name) => (/^[1-9]\d*\.json$/.test(name) ? [Number.parseInt(name, 10)] : []))
    .sort((a, b) => a - b);
}

function unusable(path: string, what: string, cause?: unknown): HoldfastError {
  const fix = "Put the file right, or remove it: runs on this version see the current one then.";
  return new HoldfastError("HF412", `${path} ${what}.`, fix, cause === undefined ? {} : { cause });
}

/** A version; undefined where it is not there any more. @throws HoldfastError HF412 */
export function keptSecrets(dataFolder: string, version: number): KeptSecrets | undefined {
  const path = fileOf(dataFolder, version);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw unusable(path, "cannot be read", error);
  }
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    // Its cause would show a part of the file.
    throw unusable(path, "is not valid JSON");
  }
  if (isKept(found)) return found;
  throw unusable(path, "does not have the expected form");
}

/** The newest version, and its number; 0 where there is none. */
function newest(dataFolder: string): { readonly version: number; readonly kept: KeptSecrets } {
  const version = secretVersions(dataFolder).at(-1) ?? 0;
  const kept = version === 0 ? undefined : keptSecrets(dataFolder, version);
  return { version, kept: kept ?? { createdAt: 0, env: {}, set: {} } };
}

/** Writes a file that appears as a whole, and never in the place of another; false: there is one. */
function putNew(path: string, text: string): boolean {
  const unfinished = `${path}.${randomUUID()}.new`;
  const file = openSync(unfinished, "wx", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
    linkSync(unfinished, path);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  } finally {
    closeSync(file);
    rmSync(unfinished);
  }
}

/**
 * Makes a new version of the newest; undefined changes nothing. Gives the number of the version that is current then.
 * @throws HoldfastError HF412
 */
export function changeSecrets(
  dataFolder: string,
  now: number,
  change: (kept: KeptSecrets) => Pick<KeptSecrets, "env" | "set"> | undefined,
): number {
  mkdirSync(folderOf(dataFolder), { recursive: true, mode: 0o700 });
  for (;;) {
    const { version, kept } = newest(dataFolder);
    const changed = change(kept);
    if (changed === undefined) return version;
    const { env, set } = changed;
    const text = `${JSON.stringify({ createdAt: now, env, set }, undefined, 2)}\n`;
    if (!putNew(fileOf(dataFolder, version + 1), text)) continue;
    for (const old of secretVersions(dataFolder).slice(0, -versionsKept)) forgetVersion(dataFolder, old);
    return version + 1;
  }
}

/** Takes a version away. */
export const forgetVersion = (dataFolder: string, version: number): void =>
  rmSync(fileOf(dataFolder, version), { force: true });

const sorted = (values: SecretValues): string => JSON.stringify(Object.entries(values).sort());

/**
 * Keeps what `.env` says now: a new version where that is not what it said before. `told` hears of each name that has another value
 * than before, or none, and of the version that says so.
 */
export function keepEnvSecrets(
  dataFolder: string,
  now: number,
  env: SecretValues,
  told: (change: "set" | "removed", name: string, version: number) => void = () => {},
): void {
  if (Object.keys(env).length === 0 && secretVersions(dataFolder).length === 0) return;
  let before: SecretValues = {};
  const version = changeSecrets(dataFolder, now, (kept) => {
    before = kept.env;
    return sorted(kept.env) === sorted(env) ? undefined : { ...kept, env };
  });
  for (const name of [...new Set([...Object.keys(before), ...Object.keys(env)])].sort())
    if (before[name] !== env[name]) told(env[name] === undefined ? "removed" : "set", name, version);
}

/** The values of the newest version. @throws HoldfastError HF412 */
export const currentSecrets = (dataFolder: string): SecretValues => valuesOf(newest(dataFolder).kept);

const none = { version: undefined, values: {}, isReplaced: false } as const;

/** The secrets of a data folder. */
export function localSecrets(dataFolder: string, clock: { now(): number }): ProjectSecrets {
  let known: { readonly versions: readonly string[]; readonly until: number } | undefined;
  const read = new Map<string, SecretValues>();

  function versions(): readonly string[] {
    if (known === undefined || clock.now() >= known.until)
      known = { versions: secretVersions(dataFolder).map(String), until: clock.now() + currentMs };
    return known.versions;
  }
  function valuesIn(version: string): SecretValues | undefined {
    // Another process may have made it since we looked last.
    if (!versions().includes(version)) known = undefined;
    if (!versions().includes(version)) return undefined;
    const found = read.get(version);
    if (found !== undefined) return found;
    const kept = keptSecrets(dataFolder, Number(version));
    if (kept === undefined) return undefined;
    read.set(version, valuesOf(kept));
    return valuesOf(kept);
  }
  const current = async (): Promise<string | undefined> => versions().at(-1);
  async function values(asked: string | undefined) {
    const found = asked === undefined ? undefined : valuesIn(asked);
    if (found !== undefined) return { version: asked, values: found, isReplaced: false };
    // Asked by each pass of a project without secrets.
    if (asked === undefined && versions().length === 0) return none;
    const { version, kept } = newest(dataFolder);
    const replacing = version === 0 ? undefined : String(version);
    return { version: replacing, values: valuesOf(kept), isReplaced: asked !== undefined };
  }
  return { current, values };
}
