/** Has plans of resumes made, one at a time, in a process of its own. */
import { type Code, HoldfastError } from "../engine/errors.ts";
import type { ResumePlan } from "../engine/plan.ts";
import type { Decided } from "../engine/run.ts";
import { type PlayDeps, PlayProcess } from "./play-process.ts";

/** What is to be planned. */
export interface ToPlan {
  readonly runId: string;
  readonly codeVersion: string;
  readonly decided: Decided;
}

/** What it answers. */
export type Planned =
  | { readonly plan: ResumePlan }
  | { readonly problem: { readonly code?: string; readonly what: string; readonly fix: string } };

/** Where plans are asked for. */
export class PlanDesk {
  readonly #process: PlayProcess<ToPlan, Planned>;
  #last: Promise<unknown> = Promise.resolve();

  constructor(deps: PlayDeps) {
    this.#process = new PlayProcess("plan-child", deps);
  }

  /**
   * What resuming the run on this code would do.
   * @throws HoldfastError HF228 where it could not be found out; HF408 where the code does not load
   */
  async plan(asked: ToPlan): Promise<ResumePlan> {
    const turn = this.#last.then(() => this.#planned(asked));
    this.#last = turn.catch(() => {});
    const answer = await turn;
    if ("plan" in answer) return answer.plan;
    const { code = "HF228", what, fix } = answer.problem;
    throw new HoldfastError(code as Code, what, fix);
  }

  close(): void {
    this.#process.end();
  }

  async #planned(asked: ToPlan): Promise<Planned> {
    const outcome = await this.#process.ask(asked);
    if ("answer" in outcome) return outcome.answer;
    const what = `Run ${asked.runId} cannot be planned: ${outcome.gone}.`;
    const fix = "Look for what its code does between two awaits; the run can be resumed without a plan.";
    return { problem: { what, fix } };
  }
}
