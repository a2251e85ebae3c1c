/**
 * The execution environments of one function's version.
 *
 * Invariant: an environment works on one event at a time; one that has died is replaced when the next event needs it.
 */
import type { Invoked } from "./invocation.ts";
import { Sandbox, type SandboxPlan } from "./sandbox.ts";

/** Environments that share code and settings. */
export class Pool {
  readonly #limit: number;
  readonly #plan: SandboxPlan;
  #sandboxes: Sandbox[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #retired = new Set<Sandbox>();
  #closed = false;
  /** Environments started so far. */
  started = 0;
  /** Events worked on so far. */
  invocations = 0;

  constructor(limit: number, plan: SandboxPlan) {
    this.#limit = limit;
    this.#plan = plan;
  }

  /** Works on an event as soon as an environment is free. */
  async invoke(event: string): Promise<Invoked> {
    const sandbox = await this.#free();
    this.invocations += 1;
    const end = await sandbox.invoke(event);
    if (this.#closed || this.#retired.delete(sandbox)) sandbox.kill();
    this.#waiting.shift()?.();
    return end;
  }

  /** Process ids that are working on an event now. */
  get busy(): number[] {
    return this.#sandboxes.filter((each) => each.busy && !each.gone).map(({ pid }) => pid);
  }

  /** SIGKILL for one that is working; undefined: none is. */
  killBusy(): number | undefined {
    const victim = this.#sandboxes.find((each) => each.busy && !each.gone);
    victim?.kill();
    return victim?.pid;
  }

  /** Every later event gets a new process, as Lambda does now and then: what is idle ends, what works ends when it is done. */
  retire(): void {
    for (const sandbox of this.#sandboxes)
      if (sandbox.busy) this.#retired.add(sandbox);
      else sandbox.kill();
  }

  /** No event will come any more: what is idle ends, what works ends when it is done. */
  close(): void {
    this.#closed = true;
    for (const sandbox of this.#sandboxes) if (!sandbox.busy) sandbox.kill();
  }

  /** Ends everything at once. */
  killAll(): void {
    this.#closed = true;
    for (const sandbox of this.#sandboxes) sandbox.kill();
  }

  async #free(): Promise<Sandbox> {
    for (;;) {
      this.#sandboxes = this.#sandboxes.filter((each) => !each.gone || each.busy);
      const idle = this.#sandboxes.find((each) => !each.busy);
      if (idle !== undefined) return taken(idle);
      if (this.#sandboxes.length < this.#limit) {
        const fresh = new Sandbox(this.#plan);
        this.started += 1;
        this.#sandboxes.push(fresh);
        return taken(fresh);
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}

/** Marked at once: the next event must not get the same. */
function taken(sandbox: Sandbox): Sandbox {
  sandbox.busy = true;
  return sandbox;
}
