/**
 * The processes that load the author's code, and two of them that are started ahead: they load Holdfast's own modules while the
 * task files are still built, which is half of what they need to be ready.
 *
 * Owns:      how such a process is started, and those ahead until somebody takes them.
 * Invariant: what is taken lives, as far as can be told; when none does, another one is started.
 */
import { type ChildProcess, fork } from "node:child_process";
import type { Environment } from "./config.ts";
import { entryFile } from "./entry-file.ts";
import { endGroup, hasGroups } from "./process-group.ts";

/** What a process is started for. */
type Work = "runner" | "describe-child";

/** Starts a process that waits for what it is told. `heapMb`: what it may use; undefined leaves it to Node. */
function start(work: Work, env: Environment, heapMb?: number): ChildProcess {
  const heap = heapMb === undefined ? [] : [`--max-old-space-size=${heapMb}`];
  return fork(entryFile(work), {
    env: { ...env },
    execArgv: ["--enable-source-maps", ...heap],
    // What the author's files print when they are loaded is seen when the runners load them.
    stdio: ["ignore", work === "runner" ? "inherit" : "ignore", "inherit", "ipc"],
    // A group of its own: what the author's code starts can be ended with it, and Ctrl-C reaches the supervisor alone.
    detached: hasGroups,
  });
}

const lives = (child: ChildProcess): boolean =>
  child.connected && child.exitCode === null && child.signalCode === null;

/** Starts the processes of a supervisor. */
export class Spares {
  readonly #env: Environment;
  readonly #heapMb: number | undefined;
  readonly #ahead = new Map<Work, ChildProcess>();

  /** `heapMb`: what a runner may use that is no machine of its own. */
  constructor(env: Environment, heapMb?: number) {
    this.#env = env;
    this.#heapMb = heapMb;
  }

  /** Starts one of each ahead. */
  begin(): void {
    for (const work of ["runner", "describe-child"] as const) {
      const child = start(work, this.#env, work === "runner" ? this.#heapMb : undefined);
      // Whoever takes it listens for himself.
      child.on("error", () => {});
      this.#ahead.set(work, child);
    }
  }

  /** A runner; with `heapMb` of its own it is always a new one. */
  runner(heapMb?: number): ChildProcess {
    if (heapMb !== undefined) return start("runner", this.#env, heapMb);
    return this.#taken("runner") ?? start("runner", this.#env, this.#heapMb);
  }

  /** A process that says which tasks are in a bundle. */
  describer(): ChildProcess {
    return this.#taken("describe-child") ?? start("describe-child", this.#env);
  }

  /** Ends those that nobody took. */
  end(): void {
    for (const { pid } of this.#ahead.values()) if (pid !== undefined) endGroup(pid);
    this.#ahead.clear();
  }

  #taken(work: Work): ChildProcess | undefined {
    const child = this.#ahead.get(work);
    this.#ahead.delete(work);
    if (child === undefined || lives(child)) return child;
    if (child.pid !== undefined) endGroup(child.pid);
    return undefined;
  }
}
