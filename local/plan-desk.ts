/**
 * Has plans of resumes made, one at a time, in a process of its own: the author's code is played there, in a world that is closed.
 *
 * Owns:      who waits for a plan, and the process.
 * Invariant: a plan that hangs, or dies, takes its process with it, and nothing else.
 */
import { type ChildProcess, fork } from "node:child_process";
import { type Code, HoldfastError } from "../engine/errors.ts";
import type { ResumePlan } from "../engine/plan.ts";
import type { Clock } from "../engine/ports.ts";
import type { Decided } from "../engine/run.ts";
import type { Environment } from "./config.ts";
import { entryFile } from "./entry-file.ts";
import { endGroup, hasGroups } from "./process-group.ts";

/** What is to be planned. */
export interface ToPlan {
  readonly runId: string;
  readonly codeVersion: string;
  readonly decided: Decided;
}

/** What the process is told: where everything is, and then what to plan. */
export interface ToPlanner {
  readonly dataFolder: string;
  readonly plan: ToPlan;
}

/** What it answers. */
export type Planned =
  | { readonly plan: ResumePlan }
  | { readonly problem: { readonly code?: string; readonly what: string; readonly fix: string } };

/** A plan that takes longer is given up. */
const patienceMs = 30_000;
/** The process ends when it has had nothing to do for so long, or after so many plans: they leave things behind. */
const idleMs = 20_000;
const plansMax = 200;
const heapMb = 512;

/** What the desk needs. */
export interface PlanDeskDeps {
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly env: Environment;
}

/** Where plans are asked for. */
export class PlanDesk {
  readonly #deps: PlanDeskDeps;
  #last: Promise<unknown> = Promise.resolve();
  #child: ChildProcess | undefined;
  #plans = 0;
  #waiting = 0;
  #cancelIdle = (): void => {};

  constructor(deps: PlanDeskDeps) {
    this.#deps = deps;
  }

  /**
   * What resuming the run on this code would do.
   * @throws HoldfastError HF228 where it could not be found out; HF408 where the code does not load
   */
  async plan(asked: ToPlan): Promise<ResumePlan> {
    this.#waiting++;
    const turn = this.#last.then(() => this.#planned(asked));
    this.#last = turn.catch(() => {});
    try {
      const answer = await turn;
      if ("plan" in answer) return answer.plan;
      const { code = "HF228", what, fix } = answer.problem;
      throw new HoldfastError(code as Code, what, fix);
    } finally {
      if (--this.#waiting === 0) this.#idle();
    }
  }

  close(): void {
    this.#cancelIdle();
    this.#end();
  }

  #planned(plan: ToPlan): Promise<Planned> {
    this.#cancelIdle();
    const child = this.#childAtWork();
    return new Promise((resolve) => {
      const done = (planned: Planned): void => {
        cancel();
        child.removeAllListeners("message");
        child.removeListener("exit", gone);
        if (++this.#plans >= plansMax) this.#end();
        resolve(planned);
      };
      const failed = (what: string): void => {
        this.#end();
        const fix = "Look for what its code does between two awaits; the run can be resumed without a plan.";
        done({ problem: { what: `Run ${plan.runId} cannot be planned: ${what}.`, fix } });
      };
      const gone = (): void => failed("the process that looked ahead has died");
      const cancel = this.#deps.clock.after(patienceMs, () =>
        failed(`looking ahead took longer than ${patienceMs / 1_000} s`),
      );
      child.once("message", (message) => done(message as Planned));
      child.once("exit", gone);
      child.send({ dataFolder: this.#deps.dataFolder, plan } satisfies ToPlanner, () => {});
    });
  }

  #childAtWork(): ChildProcess {
    if (this.#child !== undefined) return this.#child;
    const child = fork(entryFile("plan-child"), {
      env: { ...this.#deps.env },
      execArgv: ["--enable-source-maps", `--max-old-space-size=${heapMb}`],
      // What the code prints was printed when it did what it tells.
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      detached: hasGroups,
    });
    child.on("error", () => {});
    child.once("exit", () => {
      if (this.#child === child) this.#child = undefined;
    });
    this.#child = child;
    this.#plans = 0;
    return child;
  }

  #idle(): void {
    if (this.#child !== undefined) this.#cancelIdle = this.#deps.clock.after(idleMs, () => this.#end());
  }

  #end(): void {
    const pid = this.#child?.pid;
    this.#child = undefined;
    if (pid !== undefined) endGroup(pid);
  }
}
