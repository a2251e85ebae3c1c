/** Has plans of resumes made, one at a time, in a process of its own. */
import type { ResumePlan } from "../engine/plan.ts";
import { gone, type Planned, planIn, type ToPlan } from "../functions/plans/planned.ts";
import { type PlayDeps, PlayProcess } from "./play-process.ts";

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
    return planIn(await turn);
  }

  close(): void {
    this.#process.end();
  }

  async #planned(asked: ToPlan): Promise<Planned> {
    const outcome = await this.#process.ask(asked);
    return "answer" in outcome ? outcome.answer : gone(asked.runId, outcome.gone);
  }
}
