/**
 * Where the lines of the author's go on one machine: to the terminal, and into the run's log.
 *
 * Invariant: what a pass has logged can be read as soon as what it has done to its run can.
 */
import { formatWithOptions } from "node:util";
import type { Store } from "../engine/ports.ts";
import { withoutOwnFrames } from "../engine/run-error.ts";
import type { LineAt } from "../engine/run-logs.ts";
import { logLine } from "../functions/log-line.ts";
import { type Host, type Hosts, hostsAround } from "./hosts.ts";
import type { SqliteLogs } from "./sqlite-logs.ts";

/** As they are before the author's bundle is loaded, which replaces them (`engine/console.ts`). */
const { debug, log, info, warn, error } = console;
const terminal = { debug, log, info, warn, error } as const;

const hasColors = (): boolean => process.stdout.isTTY && process.stdout.hasColors();

type Print = NonNullable<Parameters<Host["runPass"]>[1]["print"]>;

/** The hosts, which print into `logs`. */
export function loggingHosts(
  hosts: Hosts,
  logs: Pick<SqliteLogs, "add">,
  now: () => number,
  mask: (text: string) => string,
): Hosts {
  const print: Print = (run, level, parts, at) => {
    // Code that was built by an older Holdfast does not say where it is.
    const where: LineAt = at ?? { attempt: run.attempts + 1, pass: run.epoch };
    logs.add(run.id, logLine(now(), level, parts, where, mask));
    terminal[level](withoutOwnFrames(formatWithOptions({ colors: hasColors() }, `[${run.id}]`, ...parts)));
  };
  return hostsAround(hosts, (host) => (ports, options) => host.runPass(ports, { ...options, print }));
}

/** The store, whose changes of heads are preceded by the lines that were logged before. */
export function afterLines<S extends Store>(store: S, logs: Pick<SqliteLogs, "flush">): S {
  return {
    ...store,
    write(runId, change) {
      logs.flush();
      return store.write(runId, change);
    },
  };
}
