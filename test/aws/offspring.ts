/**
 * Child processes that never outlive the harness, however it ends, and though they may be stopped (SIGSTOP).
 *
 * On Linux the kernel sees to it (`setpriv --pdeathsig KILL`, which keeps pid and channel); elsewhere a small watchdog
 * process does, which kills the children when its standard input ends.
 */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { root } from "../world/place.ts";

const folders = (process.env.PATH ?? "").split(":");
const setpriv = folders.map((folder) => join(folder, "setpriv")).find(existsSync);

/** How children are bound to this process. */
export type Binding = "kernel" | "watchdog";

/** The binding that this machine has. */
export const binding: Binding = process.platform === "linux" && setpriv !== undefined ? "kernel" : "watchdog";

/** A compiled file of this folder: child processes run compiled code. */
export const compiled = (name: string): string => join(root, "dist", "test", "aws", name);

let watchdog: Writable | undefined;

function watched(): Writable {
  if (watchdog !== undefined) return watchdog;
  const guard = spawn(process.execPath, [compiled("watchdog.js")], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  guard.unref();
  guard.stdin.on("error", () => undefined);
  (guard.stdin as Writable & { unref?(): void }).unref?.();
  watchdog = guard.stdin;
  return watchdog;
}

/** Starts a child that dies with this process. */
export function spawnBound(
  command: string,
  args: readonly string[],
  options: SpawnOptions,
  how: Binding = binding,
): ChildProcess {
  if (how === "kernel" && setpriv !== undefined)
    return spawn(setpriv, ["--pdeathsig", "KILL", command, ...args], options);
  const child = spawn(command, args, options);
  const guard = watched();
  guard.write(`+${child.pid}\n`);
  child.once("exit", () => guard.write(`-${child.pid}\n`));
  return child;
}
