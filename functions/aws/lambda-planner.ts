/** Has the planner's function look ahead: loaded with the first plan that is asked for. */
import type { ResumePlan } from "../../engine/plan.ts";
import { gone, type Planned, planIn, type ToPlan } from "../plans/planned.ts";
import { makeInvoke } from "./invoke.ts";

/** Behind the planner's own patience, before API Gateway's. */
const patienceMs = 26_000;

/** Asks the function of this name. */
export function lambdaPlanner(functionName: string): (asked: ToPlan) => Promise<ResumePlan> {
  const invoke = makeInvoke(functionName, {});
  return async (asked) => {
    const answer = await invoke<Planned>(asked, AbortSignal.timeout(patienceMs)).catch((error: unknown) =>
      gone(asked.runId, error instanceof Error ? error.message : String(error)),
    );
    return planIn(answer);
  };
}
