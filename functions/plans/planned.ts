/** What is asked of who looks ahead, and what comes back: the same on one machine and in AWS. */
import { type Code, HoldfastError } from "../../engine/errors.ts";
import type { ResumePlan } from "../../engine/plan.ts";
import type { Decided } from "../../engine/run.ts";

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

/** Why there is no plan, as it is sent on. */
export function problemOf(error: unknown): Planned {
  const what = error instanceof Error ? error.message : String(error);
  if (!(error instanceof HoldfastError)) return { problem: { what, fix: "Resume the run without a plan." } };
  const { code, fix } = error;
  // A message repeats both.
  return { problem: { code, fix, what: what.replace(`${code} `, "").replace(fix, "").trim() } };
}

/** No answer came. */
export const gone = (runId: string, why: string): Planned => ({
  problem: {
    what: `Run ${runId} cannot be planned: ${why}.`,
    fix: "Look for what its code does between two awaits; the run can be resumed without a plan.",
  },
});

/** Task files that reach out while they are loaded. */
export const reachesOut = (what: string): HoldfastError =>
  new HoldfastError(
    "HF228",
    `The task files call ${what} when they are loaded: nothing can be looked ahead with them.`,
    "Move that into the task, or resume without a plan.",
  );

/** The plan. @throws HoldfastError HF228 where there is none, or what was thrown instead */
export function planIn(answer: Planned): ResumePlan {
  if ("plan" in answer) return answer.plan;
  const { code = "HF228", what, fix } = answer.problem;
  throw new HoldfastError(code as Code, what, fix);
}
