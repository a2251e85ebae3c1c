/**
 * Ends a process together with those that it started.
 *
 * Invariant: a process that is gone already is no error.
 */

/** Can a process be made the leader of a group, to be ended with all that it starts? Not on Windows. */
export const hasGroups = process.platform !== "win32";

/** Kills the process group that `pid` leads. Where there are no groups, the process alone. */
export function endGroup(pid: number): void {
  if (hasGroups && sent(-pid)) return;
  sent(pid);
}

function sent(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}
