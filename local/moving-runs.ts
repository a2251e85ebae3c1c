/**
 * Lets runs that wait go on with the code that has just been built, where a look ahead shows that nothing they have done would
 * be otherwise on it; the others stay on the code that they are on.
 *
 * Owns:      which plans are clean enough to move without being asked.
 * Never:     moves a run that works, or has ended.
 * Invariant: M1 a run is moved only if each of its records is asked for again, with the same inputs, and nothing new before them.
 */

import { hookedIn } from "../engine/new-run.ts";
import type { ResumePlan } from "../engine/plan.ts";
import type { Ports } from "../engine/ports.ts";
import { move } from "../engine/resuming.ts";
import type { Run } from "../engine/run.ts";
import type { CurrentCode } from "./current-code.ts";
import type { PlanDesk } from "./plan-desk.ts";

/** What is needed for it. */
export interface MovingDeps {
  readonly ports: Ports;
  readonly code: Pick<CurrentCode, "version" | "task">;
  readonly plans: Pick<PlanDesk, "plan">;
  readonly log: (line: string) => void;
}

/** So many waiting runs are looked at after a build, the newest: each look plays a whole journal. */
const mostRuns = 200;
const nothing = { redo: [], keep: [] };

/** Why a run cannot be moved without being asked; undefined: it can. */
function obstacle({ rows, stopped, ends }: ResumePlan): string | undefined {
  if (stopped !== undefined) return `${stopped.name}: ${stopped.because}`;
  if (ends !== undefined) return "it would have ended by now";
  // What is not sure follows from what comes before it: that is said.
  const others = rows.filter(({ what }) => what !== "reused");
  const row = others.find(({ what }) => what !== "unknown") ?? others[0];
  return row && `${row.name}${row.file === "" ? "" : ` (${row.file}:${row.line})`}: ${row.why}`;
}

async function waiting({ ports, code }: MovingDeps, version: string): Promise<readonly Run[]> {
  const { runs } = await ports.store.list({ status: ["WAITING"], limit: mostRuns });
  return runs.filter((run) => run.codeVersion !== version && code.task(run.task) !== undefined);
}

/** Moves what can be moved to the current code, and says what became of which task's runs. Ends early where there is newer code. */
export async function moveWaitingRuns(deps: MovingDeps): Promise<void> {
  const { ports, code, plans, log } = deps;
  const version = code.version();
  const moved = new Map<string, number>();
  const stays = new Map<string, { readonly count: number; readonly why: string }>();
  for (const run of await waiting(deps, version)) {
    if (code.version() !== version) return;
    const why = await plans
      .plan({ runId: run.id, codeVersion: version, decided: nothing })
      .then(obstacle, (error: unknown) => (error instanceof Error ? error.message : String(error)));
    if (code.version() !== version) return;
    if (why !== undefined) {
      const { count, why: first } = stays.get(run.task) ?? { count: 0, why };
      stays.set(run.task, { count: count + 1, why: first });
      continue;
    }
    const hasEndHooks = hookedIn(ports, run.task);
    const { applied } = await ports.store.write(run.id, move(run, ports.clock.now(), version, hasEndHooks));
    if (applied) moved.set(run.task, (moved.get(run.task) ?? 0) + 1);
  }
  for (const [task, count] of moved) log(`${runsOf(task, count)} will go on with version ${version}.`);
  for (const [task, { count, why }] of stays)
    log(`${runsOf(task, count)} ${count === 1 ? "stays" : "stay"} on the code from before: ${why}`);
}

const runsOf = (task: string, count: number): string =>
  count === 1 ? `A waiting run of ${task}` : `${count} waiting runs of ${task}`;
