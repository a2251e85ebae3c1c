/** Who is whose child: finds and kills the processes of one Holdfast, and never any other. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { promisify } from "node:util";

/** A process as the system lists it. */
interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

async function processes(): Promise<Process[]> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid=,args="], {
    maxBuffer: 1 << 26,
  });
  return stdout.split("\n").flatMap((line) => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command: command ?? "" }];
  });
}

/** All processes below `pid`, children first. */
async function descendants(pid: number): Promise<Process[]> {
  const all = await processes();
  const below = (parent: number): Process[] =>
    all.filter((each) => each.parent === parent).flatMap((each) => [each, ...below(each.pid)]);
  return below(pid);
}

/** How the processes below `pid` were called. */
export const commandsBelow = async (pid: number): Promise<string[]> =>
  (await descendants(pid)).map(({ command }) => command);

/** The runners of the supervisor `pid`. */
export async function runnersOf(pid: number): Promise<number[]> {
  const children = await descendants(pid);
  return children.filter(({ command }) => /runner/.test(command)).map((each) => each.pid);
}

/** SIGKILL for one process; false when it is gone already. Ids up to 1 mean groups or everything: never those. */
export function kill(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 1) throw new Error(`${pid} is not the id of a process.`);
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}

/** SIGKILL for a process and all below it, as when the machine stops. */
export async function killTree(pid: number): Promise<void> {
  const children = await descendants(pid);
  kill(pid);
  for (const child of children) kill(child.pid);
}

/** Waits until nothing of the given processes is left. */
export async function gone(pids: readonly number[], patienceMs = 60_000): Promise<void> {
  const until = Date.now() + patienceMs;
  while (pids.some(isAlive)) {
    if (Date.now() > until) throw new Error(`Processes are still there: ${pids.filter(isAlive).join(", ")}.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A process that has ended but whose end nobody has asked for yet (state Z) is gone. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" && !existsSync("/proc/self");
  }
}
