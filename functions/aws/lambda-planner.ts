/** Has the planner's function look ahead, and at older code: loaded with the first question. */
import type { ResumePlan } from "../../engine/plan.ts";
import type { AskedDeployments, Deployments, KnownDeployment } from "../deployments.ts";
import { gone, type Planned, planIn, type ToPlan } from "../plans/planned.ts";
import type { AskedTasks, VersionTasks } from "../plans/version-tasks.ts";
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

/** Asks it which tasks a published version has; undefined: there is no such version. Rejects where it does not say. */
export function versionsByPlanner(
  functionName: string,
): (version: string) => Promise<readonly string[] | undefined> {
  const invoke = makeInvoke(functionName, {});
  return async (version) => {
    const asked: AskedTasks = { tasksOf: version };
    const { tasks } = await invoke<VersionTasks>(asked, AbortSignal.timeout(patienceMs));
    return tasks ?? undefined;
  };
}

/** Asks it which versions there are. */
export function deploymentsByPlanner(functionName: string): Deployments {
  const invoke = makeInvoke(functionName, {});
  const asked: AskedDeployments = { deployments: true };
  return () => invoke<readonly KnownDeployment[]>(asked, AbortSignal.timeout(patienceMs));
}
