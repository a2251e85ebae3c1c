/**
 * What a run knows of itself: `ctx`, in Trigger.dev's form. Fixed for the run, but for `attempt` and what `tags.add` adds.
 *
 * What is not here, of Trigger.dev's: `task.filePath`, `deployment.git`, costs other than 0, and `run.region`.
 */
import type { Run } from "../engine/run.ts";
import { type Deployment, deployment } from "./config.ts";
import { environmentType } from "./environment.ts";
import { type IdempotencyKeyScope, isMadeKey } from "./key-forms.ts";
import { type MachineContext, machineContext } from "./machine.ts";
import { findTask } from "./registry.ts";

/** `STAGING` and `PREVIEW` are Trigger.dev's: no run has them. */
type EnvironmentType = "PRODUCTION" | "STAGING" | "DEVELOPMENT" | "PREVIEW";

/** What Trigger.dev tells of a commit: here for files that look at it. */
interface GitContext {
  readonly commitAuthorName?: string;
  readonly commitMessage?: string;
  readonly commitRef?: string;
  readonly commitSha?: string;
  readonly dirty?: boolean;
  readonly remoteUrl?: string;
  readonly pullRequestNumber?: number;
  readonly pullRequestTitle?: string;
  readonly pullRequestState?: "open" | "closed" | "merged";
  readonly provider?: string;
}

/** The second argument's `ctx` of a task's `run`, and the `ctx` of its hooks. */
export interface Context {
  readonly task: { readonly id: string };
  readonly attempt: {
    /** 1 for the first; the next after `run` rejected. */
    readonly number: number;
    readonly startedAt: Date;
  };
  readonly run: {
    readonly id: string;
    /** Those it was started with, and those that it has added so far. */
    readonly tags: string[];
    readonly isTest: boolean;
    /** It is the replay of another run. */
    readonly isReplay: boolean;
    readonly createdAt: Date;
    /** When its first pass began. */
    readonly startedAt: Date;
    readonly idempotencyKey?: string;
    readonly idempotencyKeyScope?: IdempotencyKeyScope;
    /** As given to the trigger; else the task's own holds. */
    readonly maxAttempts?: number;
    /** Seconds, as given to the trigger; else the task's own holds. */
    readonly maxDuration?: number;
    /** Seconds of head start in its queue. */
    readonly priority: number;
    /** The code that it is on. */
    readonly version: string;
    readonly baseCostInCents: 0;
    /** The run that started it, whether that one waits for it or not. */
    readonly parentTaskRunId?: string;
    /** The run at the top: of the parent's parent, and so on. */
    readonly rootTaskRunId?: string;
    /** Never there: a stack is in one region. */
    readonly region?: string;
  };
  /** A task without a queue of its own has one named after it. */
  readonly queue: { readonly id: string; readonly name: string };
  /** The stage: the stack's name in AWS; on one machine `dev`, and `prod` for `holdfast serve`, or HOLDFAST_STAGE. */
  readonly environment: {
    readonly id: string;
    readonly slug: string;
    /** `DEVELOPMENT` for `dev`. */
    readonly type: EnvironmentType;
    /** Never there: there are no preview branches. */
    readonly branchName?: string;
    /** Never there. */
    readonly git?: GitContext;
  };
  /** The id of the construct in AWS; `holdfast` on one machine, or HOLDFAST_PROJECT. */
  readonly project: {
    readonly id: string;
    readonly ref: string;
    readonly slug: string;
    readonly name: string;
  };
  /** There are no organizations: the project. */
  readonly organization: { readonly id: string; readonly slug: string; readonly name: string };
  /** The code that the run is on, where it was deployed: not in `dev`. */
  readonly deployment?: {
    readonly id: string;
    readonly shortCode: string;
    readonly version: string;
    readonly runtime: "node";
    /** Never there: the next process may have another. */
    readonly runtimeVersion?: string;
    /** Never there. */
    readonly git?: GitContext;
  };
  /** The machine that it asks for; undefined where nobody asks for one. */
  readonly machine?: MachineContext;
  /** The batch that it was started with. */
  readonly batch?: { readonly id: string };
}

const scopeForm = /^ik_(run|attempt|global)_/;

function placeOf(
  { stage, project }: Deployment,
  version: string,
): Pick<Context, "environment" | "project" | "organization" | "deployment"> {
  const type = environmentType(stage);
  return {
    environment: { id: stage, slug: stage, type },
    project: { id: project, ref: project, slug: project, name: project },
    organization: { id: project, slug: project, name: project },
    ...(type === "DEVELOPMENT"
      ? {}
      : { deployment: { id: version, shortCode: version.slice(0, 8), version, runtime: "node" } }),
  };
}

/** The key and its scope. One of a run's has that run's id in front; of one that was made there is its hash alone. */
function keyOf({ idempotencyKey, parent, startedBy }: Run): Partial<Context["run"]> {
  if (idempotencyKey === undefined) return {};
  const made = isMadeKey(idempotencyKey) ? scopeForm.exec(idempotencyKey)?.[1] : undefined;
  const within = `${parent?.runId ?? startedBy ?? ""}:`;
  const isOfRun = within !== ":" && idempotencyKey.startsWith(within);
  return {
    idempotencyKey: isOfRun ? idempotencyKey.slice(within.length) : idempotencyKey,
    idempotencyKeyScope: (made as IdempotencyKeyScope | undefined) ?? (isOfRun ? "run" : "global"),
  };
}

function runOf(run: Run): Context["run"] {
  const { id, tags, isTest, maxAttempts, priority, codeVersion, root } = run;
  const maxDurationMs = run.maxDurationMs ?? findTask(run.task)?.maxDurationMs;
  const parent = run.parent?.runId ?? run.startedBy;
  return {
    id,
    tags: [...tags],
    isTest,
    isReplay: run.replayOf !== undefined,
    createdAt: new Date(run.createdAt),
    startedAt: new Date(run.startedAt ?? run.createdAt),
    ...keyOf(run),
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
    ...(maxDurationMs === undefined ? {} : { maxDuration: maxDurationMs / 1_000 }),
    priority,
    version: codeVersion,
    baseCostInCents: 0,
    ...(parent === undefined ? {} : { parentTaskRunId: parent }),
    ...(root === undefined ? {} : { rootTaskRunId: root }),
  };
}

/** The context of a run's attempt. */
export function contextOf(run: Run, attempt: number, startedAt: number): Context {
  const queue = run.queue ?? `task/${run.task}`;
  const machine = machineContext(run);
  return {
    task: { id: run.task },
    attempt: { number: attempt, startedAt: new Date(startedAt) },
    run: runOf(run),
    queue: { id: queue, name: queue },
    ...placeOf(deployment(), run.codeVersion),
    ...(machine === undefined ? {} : { machine }),
    ...(run.batchId === undefined ? {} : { batch: { id: run.batchId } }),
  };
}
