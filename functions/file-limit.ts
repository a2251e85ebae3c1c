/**
 * Keeps a process from writing files by a limit of the system's: compiled code (a package's database) goes past Node's functions.
 *
 * Owns:      how such a process is started, and how it hears of what was kept from it.
 * Invariant: no byte gets into a file. An empty file may be made: the limit is on sizes.
 */
/** Windows has no such limit. */
const hasLimit = process.platform !== "win32";

/** The command that runs this one without a byte for files; the channel to its parent stays. */
export function withoutFiles(command: string, args: readonly string[]): [command: string, args: string[]] {
  return hasLimit
    ? ["/bin/sh", ["-c", 'ulimit -f 0 && exec "$0" "$@"', command, ...args]]
    : [command, [...args]];
}

/**
 * In a process that was started so: `refused` is called when something was kept from writing. The call itself fails as it does on a
 * full disk; the signal comes some turns later.
 * @returns false where the system has no such limit, and nothing is kept from anything
 */
export function hearOfFiles(refused: () => void): boolean {
  if (hasLimit) process.on("SIGXFSZ", refused);
  return hasLimit;
}
