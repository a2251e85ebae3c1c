/**
 * The routes that put dead letters back to work, say beforehand what that would do, and let a new run go on from a checkpoint.
 */
import type { Context, Hono } from "hono";
import * as z from "zod";
import { HoldfastError } from "../../engine/errors.ts";
import { forkPoint, forkRun } from "../../engine/forking.ts";
import type { JournalEntry, Store } from "../../engine/ports.ts";
import { fromText } from "../../engine/record.ts";
import { type Decided, isDeadLetter, type Run } from "../../engine/run.ts";
import { notResumable, resumeRun } from "../../engine/start.ts";
import { jsonBody } from "../body.ts";
import type { HttpDeps } from "../deps.ts";
import { checked } from "../problem.ts";
import { noQuery } from "../query.ts";
import { runOf, wholeJournal } from "./runs.ts";
import { knownTask } from "./tasks.ts";

const checkpointIds = z.array(z.string().min(1).max(500)).max(1_000).default([]);
export const resumeForm = z.strictObject({
  code: z.enum(["same", "newest"]).default("newest"),
  redo: checkpointIds,
  keep: checkpointIds,
});

/** A decision about a checkpoint that the run does not have would be one about nothing. */
async function checkedDecision(store: Store, run: Run, decided: Decided): Promise<Decided> {
  const keys = new Set<string>();
  const asked = [...decided.redo, ...decided.keep];
  if (asked.length === 0) return decided;
  const note = ({ data }: JournalEntry): void => {
    const record = fromText(data);
    if (record.kind === "result") keys.add(record.key);
  };
  for (const entry of await wholeJournal(store, run)) note(entry);
  const both = decided.redo.find((key) => decided.keep.includes(key));
  const unknown = asked.find((key) => !keys.has(key));
  const fix = "`holdfast runs show <run> --json` lists the ids of its checkpoints.";
  if (unknown !== undefined)
    throw new HoldfastError("HF322", `Run ${run.id} has no recorded checkpoint ${unknown}.`, fix);
  if (both !== undefined)
    throw new HoldfastError("HF322", `Checkpoint ${both} cannot be both made again and kept.`, fix);
  return decided;
}

/** What is asked for: which run, on which code, and what was said of its checkpoints. */
interface Resuming {
  readonly run: Run;
  readonly codeVersion: string;
  readonly decided: Decided;
}

async function resumingOf(c: Context, deps: HttpDeps): Promise<Resuming> {
  noQuery(c);
  const form = checked(resumeForm as z.ZodType<z.infer<typeof resumeForm>>, await jsonBody(c), "body");
  const { code, redo, keep } = form;
  const run = await runOf(c, deps);
  const isGone = code === "newest" && !deps.code.tasks().some(({ id }) => id === run.task);
  if (isGone && isDeadLetter(run.status)) {
    const fix = 'Deploy code that has the task, or resume with {"code": "same"}.';
    throw new HoldfastError("HF311", `The newest code has no task ${JSON.stringify(run.task)}.`, fix);
  }
  const codeVersion = code === "same" ? run.codeVersion : deps.code.version();
  return { run, codeVersion, decided: await checkedDecision(deps.ports.store, run, { redo, keep }) };
}

async function resume(c: Context, deps: HttpDeps): Promise<Response> {
  const { run, codeVersion, decided } = await resumingOf(c, deps);
  const resumed = await resumeRun(deps.ports, run.id, codeVersion, decided);
  return c.json({ id: resumed.id, codeVersion: resumed.codeVersion });
}

async function plan(c: Context, deps: HttpDeps): Promise<Response> {
  const { run, codeVersion, decided } = await resumingOf(c, deps);
  if (!isDeadLetter(run.status)) throw notResumable(run);
  if (deps.planner === undefined) {
    const fix =
      "Resume the run without a plan; where it would have to decide for you, it stops with HF315 and asks.";
    throw new HoldfastError("HF228", "Nothing looks ahead here.", fix);
  }
  return c.json(await deps.planner.plan({ runId: run.id, codeVersion, decided }));
}

export const forkForm = z.strictObject({
  from: z.string().min(1).max(500),
  code: z.enum(["same", "newest"]).default("newest"),
});

/** A new run with the log of this one up to a checkpoint. */
async function fork(c: Context, deps: HttpDeps): Promise<Response> {
  noQuery(c);
  const { from, code } = checked(forkForm as z.ZodType<z.infer<typeof forkForm>>, await jsonBody(c), "body");
  const run = await runOf(c, deps);
  if (code === "newest") knownTask(deps, run.task);
  const { store } = deps.ports;
  const point = forkPoint(run.id, await wholeJournal(store, run), from);
  const forked = await forkRun(
    deps.ports,
    run,
    point,
    code === "same" ? run.codeVersion : deps.code.version(),
  );
  return c.json({ id: forked.id, codeVersion: forked.codeVersion, forkOf: run.id });
}

/** Adds the routes. */
export function resumeRoutes(app: Hono, deps: HttpDeps): void {
  app.post("/api/v1/runs/:id/resume", (c) => resume(c, deps));
  app.post("/api/v1/runs/:id/fork", (c) => fork(c, deps));
  app.post("/api/v1/runs/:id/resume/plan", (c) => plan(c, deps));
}
