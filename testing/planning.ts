/**
 * The plan of a resume under test: the run's journal played on the code of a folder, without a call.
 */
import type { Pass } from "../engine/pass.ts";
import { passOver } from "../engine/pass-over.ts";
import type { ResumePlan } from "../engine/plan.ts";
import { type PlanningDeps, planOf } from "../engine/planning.ts";
import type { Ports } from "../engine/ports.ts";
import type { Run } from "../engine/run.ts";
import type { Apart } from "../sdk/apart.ts";
import { taskCode } from "../sdk/task-code.ts";
import type { Program } from "./program.ts";
import { seededChance } from "./seeded.ts";
import type { ResumeOptions } from "./types.ts";
import type { Remains } from "./world.ts";

/** What is planned. */
interface Planned {
  readonly runId: string;
  readonly remains: Remains;
  readonly program: Program;
  readonly apart: Apart;
}

/** Plans the resume of a run that was reported. */
export async function planned(
  { runId, remains, program, apart }: Planned,
  { redo = [], keep = [] }: Pick<ResumeOptions, "redo" | "keep">,
): Promise<ResumePlan> {
  const { runs } = remains.contents;
  const kept = runs.get(runId);
  if (kept === undefined) throw new TypeError(`There is no run ${runId}.`);
  const { tasks, queueOfTask: queues } = await program.evaluated(apart);
  let live: Pass | undefined;
  const findTask = (id: string) => {
    const task = tasks.get(id);
    return task && taskCode(task);
  };
  const deps: PlanningDeps = {
    pass: (ports: Ports) =>
      passOver(ports, { runId, owner: "plan", queues, print: () => {}, findTask }, (pass) => {
        live = pass;
        pass.leave();
      }),
    wake: () => live?.wake(),
    spill: { get: async (ref) => remains.spilled.get(ref) ?? "" },
    others: async (id): Promise<Run | undefined> => runs.get(id)?.run,
    clock: {
      now: () => remains.now,
      after: (ms, fn) => {
        const timer = setTimeout(fn, ms);
        return () => clearTimeout(timer);
      },
      turn: (fn) => void setImmediate(fn),
    },
    chance: seededChance(remains.seed),
  };
  const stored = { run: kept.run, entries: [...kept.journal.values()], inbox: [...kept.inbox.values()] };
  const plan = await planOf(stored, { codeVersion: program.codeVersion, decided: { redo, keep } }, deps);
  live?.stopAll();
  return plan;
}
