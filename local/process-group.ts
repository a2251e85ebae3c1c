/**
 * Ends a process together with those that it started.
 *
 * Invariant: a process that is gone already is no error.
 */

/** Kills the process group that `pid` leads. Where there are no groups (Windows), the process alone. */
export function endGroup(pid: number): void {
  if (process.platform !== "win32" && sent(-pid)) return;
  sent(pid);
}

function sent(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}
