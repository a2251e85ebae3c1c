/**
 * Knows a full disk by its many names, and says it in one way.
 *
 * Never: takes another failure for a full disk.
 */
import { HoldfastError } from "../engine/errors.ts";

/** SQLite's names for it (the second is the shared index of the WAL, which cannot grow), then the system's. */
const names = new Set(["SQLITE_FULL", "SQLITE_IOERR_SHMSIZE", "ENOSPC", "EDQUOT"]);

/** The `code` of a system's or SQLite's error, or "". */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** HF405 in place of `error` if the disk is full, else `error` itself. */
export function orDiskFull(error: unknown): unknown {
  if (!names.has(codeOf(error))) return error;
  const fix =
    "Make room on the disk of the data folder; what was refused is tried again, nothing recorded is lost.";
  return new HoldfastError("HF405", "The disk is full: nothing of this write was kept.", fix, {
    cause: error,
    retryable: true,
  });
}
