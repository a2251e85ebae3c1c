/**
 * Runners of a supervisor that died: found by their locks, killed, and their leases freed.
 *
 * Never:     trusts a process id alone, which may be somebody else's by now. A lock that is held proves that the
 *            process which wrote the id beside it is alive; one that is free proves that it is not. This holds on
 *            every system, needs no /proc and no look at other processes.
 * Invariant: when `endLeftovers` resolves, no runner of an earlier supervisor can write to the store any more.
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { HoldfastError } from "../engine/errors.ts";
import type { Clock } from "../engine/ports.ts";
import { runnersFolder } from "./data-folder.ts";
import { lockFolder, lockHolder } from "./lock.ts";
import { endGroup } from "./process-group.ts";

/** How long a killed process may take to be gone; longer, and the system itself hangs on to it. */
const patienceMs = 10_000;
const pauseMs = 5;

/** What is needed of the surroundings. */
export interface LeftoverDeps {
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

function isFree(folder: string): boolean {
  try {
    lockFolder(folder).release();
    return true;
  } catch (error) {
    if (error instanceof HoldfastError && error.code === "HF401") return false;
    throw error;
  }
}

async function end(folder: string, { clock, log }: LeftoverDeps): Promise<void> {
  const giveUpAt = clock.now() + patienceMs;
  let killed: number | undefined;
  while (!isFree(folder)) {
    // It writes its id right after it has taken the lock; until then there is nothing to kill.
    const pid = lockHolder(folder)?.pid;
    if (pid !== undefined && pid !== killed) {
      log(`Killing the runner ${pid}, which an earlier supervisor left behind.`);
      endGroup(pid);
      killed = pid;
    }
    if (clock.now() >= giveUpAt) throw stillThere(folder, pid);
    await new Promise<void>((done) => void clock.after(pauseMs, done));
  }
  await rm(folder, { recursive: true, force: true });
}

function stillThere(folder: string, pid: number | undefined): HoldfastError {
  const who = pid === undefined ? "A runner" : `The runner ${pid}`;
  return new HoldfastError(
    "HF401",
    `${who} of an earlier supervisor holds ${folder} and cannot be killed.`,
    `Stop it${pid === undefined ? "" : ` ("kill -9 ${pid}")`}, perhaps as the user who started it.`,
  );
}

/**
 * Kills every runner of an earlier supervisor that is still there.
 * @throws HoldfastError HF401 for one that cannot be killed: it may still write.
 */
export async function endLeftovers(dataFolder: string, deps: LeftoverDeps): Promise<void> {
  const root = runnersFolder(dataFolder);
  const names = await readdir(root).catch(() => []);
  await Promise.all(names.map((name) => end(join(root, name), deps)));
}
