/**
 * One runner as the supervisor has it: a child process, its channel, and how it ended.
 *
 * Owns:      killing the process, and whether it still answers.
 * Never:     knows what the runs are about.
 * Invariant: once `exited` has resolved, the process and all that it started are gone.
 */
import type { ChildProcess } from "node:child_process";
import type { Chance, Clock } from "../engine/ports.ts";
import type { Seat } from "./bell.ts";
import { poster, type RunnerStart, type ToRunner, type ToSupervisor } from "./messages.ts";
import { endGroup } from "./process-group.ts";

/** How a runner ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Has V8 given up for want of memory? It aborts; of other reasons to do so there are few, and none is told. */
export const isOutOfMemory = ({ code, signal }: Exit): boolean => signal === "SIGABRT" || code === 134;

/** Names an incarnation: no two processes, of this supervisor or another, have the same. */
export function newOwner(place: number, clock: Clock, chance: Chance): string {
  return chance.id(`runner-${place}-${clock.now()}-`);
}

/** A runner. */
export class RunnerProcess implements Seat {
  readonly start: RunnerStart;
  /** Resolves when the process is gone. */
  readonly exited: Promise<Exit>;
  /** It was told to stop: what it still holds when it ends is no death of a run. */
  leaving = false;
  /** We have killed it. */
  killed = false;
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #post: (message: ToRunner) => void;
  #pingedAt: number | undefined;

  /** `child`: a process that waits to be told what to do (`spares.ts`). */
  constructor(start: RunnerStart, child: ChildProcess, clock: Clock, hear: (message: ToSupervisor) => void) {
    this.start = start;
    this.#clock = clock;
    this.#child = child;
    this.exited = new Promise((resolve) => {
      const gone = (exit: Exit): void => {
        if (this.#child.pid !== undefined) endGroup(this.#child.pid);
        resolve(exit);
      };
      this.#child.once("exit", (code, signal) => gone({ code, signal }));
      // It never began.
      this.#child.on("error", () => this.#child.pid === undefined && gone({ code: null, signal: null }));
    });
    this.#post = poster<ToRunner>(this.#child as ChildProcess & { send: NonNullable<ChildProcess["send"]> });
    this.#child.on("message", (messages) => {
      this.#pingedAt = undefined;
      for (const message of messages as ToSupervisor[]) hear(message);
    });
    // Without a channel it cannot be told anything, and would hold its leases for ever.
    this.#child.once("disconnect", () => this.#end());
    this.#post({ kind: "start", start });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  ring(runId: string): void {
    this.#post({ kind: "ring", runId });
  }

  /** New runs are on this code from now on. */
  newCode(codeVersion: string): void {
    this.#post({ kind: "code", codeVersion });
  }

  /** Asks for a sign of life, unless one is owed already. */
  ping(): void {
    if (this.#pingedAt !== undefined) return;
    this.#pingedAt = this.#clock.now();
    this.#post({ kind: "ping" });
  }

  /** For how long it has owed an answer. */
  silentForMs(): number {
    return this.#pingedAt === undefined ? 0 : this.#clock.now() - this.#pingedAt;
  }

  /** Asks it to end its passes and then itself. */
  stop(): void {
    this.leaving = true;
    this.#post({ kind: "stop" });
  }

  /** Ends it at once, with all that it started. */
  kill(): void {
    this.killed = true;
    this.#end();
  }

  #end(): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid !== undefined && exitCode === null && signalCode === null) endGroup(pid);
  }
}
