/**
 * A plan of a resume under a name: a resume is done only by who has seen its plan, and only while it still is the plan.
 *
 * Invariant: plans that differ in a row, a version or a decision have different names.
 */
import { createHash } from "node:crypto";
import type { ApiClient, ResumePlan } from "../../sdk/client.ts";
import type { ResumeOptions } from "../../sdk/run-shape.ts";
import { UsageError } from "../failure.ts";
import { isClear } from "../resume-plans.ts";

/** A plan, and its name. */
export interface Planned {
  readonly planId: string;
  /** Nothing has to be decided first. */
  readonly isClear: boolean;
  /** Absent where nothing can be looked ahead (HF228). */
  readonly plan?: ResumePlan;
  readonly without?: string;
}

const nameOf = (...parts: readonly unknown[]): string =>
  `plan_${createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16)}`;

async function planOf(client: ApiClient, run: string, how: Required<ResumeOptions>) {
  try {
    return { plan: await client.planResume(run, how) };
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== "HF228") throw error;
    return { without: (error as Error).message };
  }
}

/** The plan of a resume as it would be now. */
export async function plannedFor(
  client: ApiClient,
  run: string,
  how: Required<ResumeOptions>,
): Promise<Planned> {
  const found = await planOf(client, run, how);
  return { planId: nameOf(run, how, found), isClear: isClear(found), ...found };
}

/** Resumes a run by the plan that was seen. @throws UsageError where it is another one by now, or something has to be decided */
export async function resumeBy(
  client: ApiClient,
  run: string,
  how: Required<ResumeOptions>,
  planId: string,
): Promise<object> {
  const now = await plannedFor(client, run, how);
  const what = `Run ${run} is not resumed:`;
  if (now.planId !== planId)
    throw new UsageError(
      `${what} its plan is not ${planId}.`,
      "Call plan_resume with the same run, code, redo and keep.",
    );
  if (!now.isClear)
    throw new UsageError(
      `${what} its plan has conflicts.`,
      "Ask a person about each, and name the checkpoints in redo or keep.",
    );
  return client.resumeRun(run, how);
}
