/**
 * What `holdfast/testing` takes and gives.
 */
import type { ResumePlan } from "../engine/plan.ts";
import type { RunStatus } from "../engine/run.ts";

/** Something that a build or a run has to say about a place in the task files. */
export interface Problem {
  /** `HF###`, see `docs/errors/`. */
  readonly code: string;
  /** What is wrong, a sentence. */
  readonly message: string;
  /** POSIX path relative to the project's root; empty where it is no file's. */
  readonly file: string;
  /** From 1; 0 where there is no place. */
  readonly line: number;
  /** What to do, a sentence. */
  readonly fix: string;
}

/** Whether a process dies before something has happened, or after it, before it has heard so. */
export type When = "before" | "after";

/**
 * Where the process dies: at the k-th live call of a unit, or at the k-th write to a journal, counted from 1 over the whole
 * run, its children and all its passes. `after`: it has happened, and its result is lost.
 */
export type Crash =
  | { readonly when: When; readonly call: number; readonly write?: never }
  | { readonly when: When; readonly write: number; readonly call?: never };

/** A token that is open: `wait.createToken` has made it, and nobody has completed it. */
export interface OpenToken {
  readonly id: string;
  readonly tags: readonly string[];
  /** Without it, the token waits for ever. */
  readonly timeoutAt?: Date;
}

/** How a run is made. */
export interface RunOptions {
  /** Where the process dies: at these places, or at so many that the seed draws. None by default. */
  readonly crash?: readonly Crash[] | { readonly seed: number; readonly crashes: number };
  /** Each write to a journal takes up to so many turns of the event loop. None by default: writes are done at once. */
  readonly writeLatency?: { readonly seed: number; readonly maxTurns: number };
  /** Called instead of running children, by the id of their task: what one returns is the output, what it throws the error. */
  readonly stubs?: Readonly<Record<string, (payload: unknown) => unknown>>;
  /**
   * Somebody outside: called once for each token, when nothing else goes on. What it gives completes the token; undefined leaves it
   * open, until its time is over. What it throws, `run` rejects with.
   */
  readonly tokens?: (token: OpenToken) => unknown;
  /** The run is canceled when so much of its time has gone by, in milliseconds; 0: before its first pass. Never by default. */
  readonly cancelAfterMs?: number;
  /** For how long calls that are under way for real may keep still, in real milliseconds; 30,000 by default. */
  readonly patienceMs?: number;
}

/** A call of the author's that yields a promise, over all passes. */
export interface CallReport {
  /** The same in each pass; a child's begins with the id of its run. */
  readonly key: string;
  readonly name: string;
  readonly file: string;
  readonly line: number;
  /** How often it was made for real. */
  readonly times: number;
  /** Its outcome is in the journal: it is never made again. */
  readonly recorded: boolean;
}

/** What has become of a record of a run that was resumed. */
export interface PlanRow {
  readonly key: string;
  readonly name: string;
  readonly file: string;
  readonly line: number;
  /**
   * `reused`: it answered. `again`: there is a record, and the call was made again. `new`: there was none. `conflict`: the
   * code gives it other inputs than the record has. `orphan`: nobody asked for it.
   */
  readonly what: "reused" | "again" | "new" | "conflict" | "orphan";
  readonly why: string;
}

/** How a run went. */
export interface Report {
  /** That it ended with, or in which it can't go on. */
  readonly status: RunStatus;
  readonly output?: unknown;
  readonly error?: { readonly name: string; readonly message: string; readonly stack?: string };
  /** In the order in which they were first made. */
  readonly calls: readonly CallReport[];
  /** Writes to journals, its children's too. */
  readonly writes: number;
  readonly passes: number;
  readonly suspends: number;
  readonly crashes: number;
  /** What the author's code has logged: each line once. */
  readonly lines: readonly string[];
  readonly warnings: readonly Problem[];
  /** The records of the run's journal, in order. For reading; its form may change. */
  readonly journal: unknown;
  /** After `resume`: what has become of each record. */
  readonly plan?: readonly PlanRow[];
}

/** Something that a crash has changed. */
export interface Finding {
  /**
   * `double effect`: a recorded call was made again, or an interrupted one more often than it was interrupted. `lost change`: what a
   * call had changed in place did not come back. `other result`: the run ended otherwise. `unsteady`: it does so without a crash.
   */
  readonly kind: "double effect" | "lost change" | "other result" | "unsteady";
  /** The crashes of that run; give them to `run` to see it again. */
  readonly crash: RunOptions["crash"];
  readonly message: string;
  readonly file: string;
  readonly line: number;
}

/** How `crashEverywhere` goes about it. */
export interface CrashOptions extends Pick<RunOptions, "stubs" | "tokens" | "patienceMs"> {
  /** So many runs with random crashes and slow writes besides. 0 by default. */
  readonly seeds?: number;
  /** Puts the outside world back to where it was; called before each run. */
  readonly reset?: () => unknown;
}

/** What `createTestkit` takes. */
export interface TestkitOptions {
  /** The folder of task files, as `holdfast dev --dir` takes it. */
  readonly dir: string;
  /** The project's secrets: `secret("NAME")` and `process.env`. None by default. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** When runs begin; 2026-01-01T00:00:00Z by default. */
  readonly now?: Date;
  /** Environment variables during runs, besides those that are there. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How `resume` goes about it. */
export interface ResumeOptions extends RunOptions {
  /** Folder of the code that the run goes on with; that of the testkit by default. */
  readonly dir?: string;
  /** Keys of checkpoints that are made again. */
  readonly redo?: readonly string[];
  /** Keys of checkpoints that are used, although the code gives them other inputs. */
  readonly keep?: readonly string[];
}

/** What `plan` is told. */
export type PlanOptions = Pick<ResumeOptions, "dir" | "redo" | "keep">;

/** Runs tasks of one folder, on the real engine. */
export interface Testkit {
  /** What the build has to say. With an error among it nothing can be run. */
  readonly problems: readonly Problem[];
  /** The tasks of the folder, each with the absolute path of its file. */
  readonly tasks: readonly { readonly id: string; readonly file: string }[];
  /**
   * Runs a task to its end, in virtual time: a wait of three days takes milliseconds.
   *
   * @throws HoldfastError HF203 for an unknown task, HF407 for files that could not be built, HF702 within a run
   * @example
   * ```ts
   * import { createTestkit } from "holdfast/testing";
   *
   * const kit = await createTestkit({ dir: "tasks" });
   * const { status, output } = await kit.run("sign-up", { email: "ann@shop.example" });
   * console.log(status, output);
   * await kit.close();
   * ```
   */
  run(taskId: string, payload?: unknown, options?: RunOptions): Promise<Report>;
  /**
   * A run that has failed goes on, on the code of `dir` if it is given. `report.plan` says what was reused. The report that it
   * is given stays as it is, and can be resumed again.
   *
   * @throws HoldfastError HF209 for a run that has not failed, HF407, HF703 for a report that is not of this process
   */
  resume(report: Report, options?: ResumeOptions): Promise<Report>;
  /**
   * What `resume` would do with each record, said before it does anything: the journal is played without a call, as
   * `holdfast resume --dry-run` does it.
   *
   * @throws HoldfastError HF407, HF703 for a report that is not of this process
   * @example
   * ```ts
   * import { createTestkit } from "holdfast/testing";
   *
   * const kit = await createTestkit({ dir: "tasks" });
   * const failed = await kit.run("order", { id: 7 });
   * const { rows, counts } = await kit.plan(failed, { dir: "mended" });
   * console.log(counts.conflict, rows);
   * await kit.close();
   * ```
   */
  plan(report: Report, options?: PlanOptions): Promise<ResumePlan>;
  /**
   * Runs a task again and again, each time with a crash at another place, and says what differed from the run without one.
   *
   * @throws HoldfastError HF203, HF407, HF702
   */
  crashEverywhere(
    taskId: string,
    payload?: unknown,
    options?: CrashOptions,
  ): Promise<{ readonly runs: number; readonly findings: readonly Finding[] }>;
  /** Forgets all runs. */
  close(): Promise<void>;
}
