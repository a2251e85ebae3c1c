/**
 * Keys of the API: how one is made, and the hash that is all that a server needs to know of it.
 *
 * A key holds 32 random bytes, so a plain hash of it can be neither guessed nor looked up: no salt, nothing slow.
 *
 * Owns: the form of both, and of the list of hashes in the project's secret.
 */
import { hash, randomInt } from "node:crypto";
import { parseKey } from "./api-keys.ts";

const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** So many characters of base 62 hold 32 bytes. */
const keyLength = 43;

const text = (length: number): string =>
  Array.from({ length }, () => letters[randomInt(letters.length)]).join("");

/** A new key: `dev` for one machine, `live` for a stack. */
export const newSecretKey = (kind: "dev" | "live"): string => `hf_${kind}_${text(keyLength)}`;

/**
 * A new key in the form of Trigger.dev's further keys, with the 142 bits of chance that these have. Its client asks the server for
 * public tokens where it has such a key; with any other it signs them itself, with the key, and the server knows the hash alone.
 */
export const newTriggerDevKey = (kind: "dev" | "live"): string =>
  `tr_${kind === "dev" ? "dev" : "prod"}_sk_${text(24)}`;

/** SHA-256, as 64 hex digits. */
export const hashOfKey = (key: string): string => hash("sha256", key, "hex");

/** Where the hashes stand in the project's secret. */
export const hashesSetting = "HOLDFAST_KEY_HASHES";

/** The entries of a project's keys (`api-keys.ts`), newest first. @throws HoldfastError HF411 for what is none */
export function hashesIn(values: Readonly<Record<string, string>>): readonly string[] {
  const entries = (values[hashesSetting] ?? "").split(/\s+/).filter(Boolean);
  for (const entry of entries) parseKey(entry);
  return entries;
}
