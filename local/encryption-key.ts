/**
 * The key under which a data folder seals its runs: made once, when that is asked for first.
 *
 * Owns:      `<data>/encryption.key`, readable by its owner only. A folder that has it seals every new run.
 * Never:     replaces a key: what was sealed with it would be gone.
 */
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { HoldfastError } from "../engine/errors.ts";
import { type KeyRing, keyRing } from "../functions/encryption/key-ring.ts";

/** The name of the file within the data folder. */
export const keyFile = "encryption.key";

/** The keys of a folder; undefined: its runs are not sealed. @throws HoldfastError HF411 */
export function folderKeys(dataFolder: string): KeyRing | undefined {
  const path = join(dataFolder, keyFile);
  return existsSync(path) ? keyRing(readFileSync(path, "utf8")) : undefined;
}

/**
 * Sees to it that the folder is as it was asked for. Undefined: as it is.
 * @throws HoldfastError HF406 where one that has sealed runs is to go on without.
 */
export function setEncryption(dataFolder: string, wanted: boolean | undefined): void {
  const path = join(dataFolder, keyFile);
  const isThere = existsSync(path);
  if (wanted === false && isThere) {
    const fix = `Leave HOLDFAST_ENCRYPTION out, or take another data folder: runs of this one need the key in ${keyFile}.`;
    throw new HoldfastError("HF406", "HOLDFAST_ENCRYPTION is off, and this data folder is encrypted.", fix);
  }
  if (wanted !== true || isThere) return;
  const unfinished = `${path}.${randomBytes(6).toString("hex")}`;
  const file = openSync(unfinished, "wx", 0o600);
  try {
    writeSync(file, `${randomBytes(32).toString("base64url")}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(unfinished, path);
}
