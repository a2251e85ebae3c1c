/**
 * Further keys of a project on one machine, beside its secret key: `<data>/api-keys.json` has their hashes.
 *
 * Owns:      that file, and `api-keys-used.json` beside it; both readable by their owner only.
 * Invariant: a key that was made or revoked counts from the next request on, in a server that runs, too.
 */
import { chmodSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HoldfastError } from "../engine/errors.ts";
import { type KnownKey, keyEntry, parseKey } from "../functions/api-keys.ts";
import { hashedKeys } from "../functions/auth.ts";
import type { Keys } from "../functions/deps.ts";
import { noteUses } from "../functions/key-uses.ts";
import { hashOfKey } from "../functions/secret-key.ts";

const keysFile = (dataFolder: string): string => join(dataFolder, "api-keys.json");
const usesFile = (dataFolder: string): string => join(dataFolder, "api-keys-used.json");

/** The file's text; undefined: there is none. */
function textIn(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function parsed<T>(path: string, none: T): T {
  const text = textIn(path);
  try {
    return text === undefined ? none : (JSON.parse(text) as T);
  } catch (cause) {
    const fix = "Put the file right, or remove it: the keys in it are then gone.";
    throw new HoldfastError("HF409", `${path} is not valid JSON.`, fix, { cause });
  }
}

function keep(path: string, value: unknown): void {
  const unfinished = `${path}.new`;
  writeFileSync(unfinished, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
  // The mode counts only for a file that is made: one that a crash left behind keeps its own.
  chmodSync(unfinished, 0o600);
  renameSync(unfinished, path);
}

/** The keys that were made for this data folder. @throws HoldfastError HF409, HF411 */
export const madeKeys = (dataFolder: string): readonly KnownKey[] =>
  parsed<readonly string[]>(keysFile(dataFolder), []).map(parseKey);

/** Puts other keys in the place of those that there are. */
export const keepKeys = (dataFolder: string, keys: readonly KnownKey[]): void =>
  keep(keysFile(dataFolder), keys.map(keyEntry));

/** When each key was used last, by its id: an ISO date, a minute too early at most. */
export const usesOfKeys = (dataFolder: string): Readonly<Record<string, string>> =>
  parsed<Record<string, string>>(usesFile(dataFolder), {});

/** Says when a key is used: a write a minute for a key that is in use. */
export const usesNoted = (dataFolder: string): ((keyId: string, at: number) => void) =>
  noteUses(60_000, (keyId, at) => {
    try {
      keep(usesFile(dataFolder), { ...usesOfKeys(dataFolder), [keyId]: new Date(at).toISOString() });
    } catch {
      // A use that cannot be noted is no reason to refuse it.
    }
  });

/** What tells one state of the file from another. */
function stampOf(path: string): string {
  try {
    // Most projects have no such file, and an error for each request costs more than the look.
    const found = statSync(path, { throwIfNoEntry: false });
    return found === undefined ? "none" : `${found.mtimeMs} ${found.size} ${found.ino}`;
  } catch {
    return "none";
  }
}

/** The secret key and those that were made, as they are now. */
export function keysOf(dataFolder: string, secretKey: string): Keys {
  const path = keysFile(dataFolder);
  const own = hashOfKey(secretKey);
  let known: { readonly stamp: string; readonly keys: Keys } | undefined;
  const now = (): Keys => {
    const stamp = stampOf(path);
    if (known?.stamp !== stamp) {
      known = { stamp, keys: hashedKeys([own, ...madeKeys(dataFolder).map(keyEntry)]) };
    }
    return known.keys;
  };
  return { find: (bearer) => now().find(bearer), sign: (text) => now().sign(text) };
}
