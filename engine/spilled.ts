/**
 * What every spill has in common: how a large value is named, and the error when it is gone.
 *
 * Invariant: a reference is the SHA-256 of the text in hex, so the same text has the same one everywhere.
 */
import { createHash } from "node:crypto";
import { HoldfastError } from "./errors.ts";

/** The reference of a text. */
export const contentHash = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The error for a spilled value that is not there, or is not what was kept. */
export function valueGone(ref: string, cause?: unknown): HoldfastError {
  const fix = "Put the stored values back from a backup, or replay the run from its payload.";
  return new HoldfastError("HF305", `The stored value ${ref} is gone or damaged.`, fix, { cause });
}

/** References in the JSON text of a head, a record or an inbox item. One too many does no harm: its value stays. */
export function refsIn(text: string): readonly string[] {
  if (!text.includes('"ref":"')) return noRefs;
  return [...text.matchAll(/"ref":"([0-9a-f]{64})"/g)].map(([, ref]) => ref ?? "");
}

const noRefs: readonly string[] = [];
