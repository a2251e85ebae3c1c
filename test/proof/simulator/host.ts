/**
 * A bundle in a simulated process: the tasks of one version, loaded with one version of the secrets. `sdk/host.ts` is the
 * same for a real process, where nothing of a pass is left behind by a freeze.
 */
import type { Pass } from "../../../engine/pass.ts";
import type { PassEnd } from "../../../engine/pass-options.ts";
import { passOver } from "../../../engine/pass-over.ts";
import type { Ports } from "../../../engine/ports.ts";
import type { describeQueues, describeTasks, HostOptions, hostVersion, wakePass } from "../../../sdk/host.ts";
import type { PassAtWork } from "./ledger.ts";
import { atWork } from "./outside.ts";
import type { Process } from "./process.ts";
import { codes } from "./tasks.ts";
import type { World } from "./world.ts";

/** How long a pass waits for a child's end, as in `sdk/host.ts`. */
const lingerMs = 100;

/** As a runner or a function sees it. */
export interface SimulatedHost {
  readonly hostVersion: typeof hostVersion;
  readonly describeTasks: typeof describeTasks;
  readonly describeQueues: typeof describeQueues;
  readonly runPass: (ports: Ports, options: HostOptions) => Promise<PassEnd>;
  readonly wakePass: typeof wakePass;
}

/** The code of that version, loaded in a process with those secrets. */
export function hostOf(
  world: World,
  process: Process,
  codeVersion: string,
  secretVersion: string | undefined,
): SimulatedHost {
  const code = codes().get(codeVersion);
  if (code === undefined) throw new Error(`no code ${codeVersion}`);
  const live = new Map<string, Pass>();
  return {
    hostVersion: 1,
    describeTasks: () => [],
    describeQueues: () => [],
    async runPass(given, { signal, ...options }): Promise<PassEnd> {
      const { runId, owner } = options;
      const ports = { ...given, clock: process.clock() };
      const pass: PassAtWork = { process, runId, owner, codeVersion, secretVersion, isOver: false };
      atWork(ports.clock, pass);
      const leave = (): void => live.get(runId)?.leave();
      signal?.addEventListener("abort", leave);
      const more = { lingerMs, queues: code.queues, findTask: code.find };
      try {
        const end = await passOver(ports, { print: () => {}, ...options, ...more }, (begun) => {
          live.set(runId, begun);
          if (signal?.aborted) begun.leave();
        });
        world.note(`${process.name} ${runId} ${end.outcome}`);
        return end;
      } finally {
        pass.isOver = true;
        live.delete(runId);
        signal?.removeEventListener("abort", leave);
      }
    },
    wakePass(runId) {
      live.get(runId)?.wake();
      return live.has(runId);
    },
  };
}
