/**
 * A testkit: the task files of a folder, and the runs that were made of them.
 */

import { HoldfastError } from "../engine/errors.ts";
import type { ResumePlan } from "../engine/plan.ts";
import { cancelRun, resumeRun, startRun } from "../engine/start.ts";
import { type Apart, apart } from "../sdk/apart.ts";
import { swapConfiguration } from "../sdk/config.ts";
import { apiOf } from "./api.ts";
import type { Places } from "./call-ledger.ts";
import { runEnvironment } from "./config.ts";
import { crashEverywhere, type Observed } from "./crash-everywhere.ts";
import { goOn } from "./going-on.ts";
import { Plan } from "./plan.ts";
import { planned } from "./planning.ts";
import { build, type Program } from "./program.ts";
import { keepFailures } from "./rejections.ts";
import { recordsOf, reportOf } from "./report.ts";
import { watchResources } from "./resources.ts";
import { scheduledPayload } from "./scheduled.ts";
import { Temporary } from "./temporary.ts";
import { outsider } from "./tokens.ts";
import { inTurn } from "./turns.ts";
import type {
  CrashOptions,
  PlanOptions,
  Problem,
  Report,
  ResumeOptions,
  RunOptions,
  Testkit,
  TestkitOptions,
} from "./types.ts";
import { type Remains, World } from "./world.ts";

/** Runs begin here, if nobody says when. */
const usualNow = Date.UTC(2026, 0, 1);
/** All runs of a task have the same id and draw the same: they differ by what happens to them alone. */
const seed = 1;
const usualPatienceMs = 30_000;

/** What is left of a run that was reported. */
interface Past {
  readonly runId: string;
  readonly remains: Remains;
  readonly program: Program;
  readonly resumes: number;
}

const pasts = new WeakMap<Report, Past>();

/** What a world is let go on with. */
interface Going {
  readonly program: Program;
  readonly options: RunOptions;
  readonly from: Remains;
  readonly plan?: Plan;
  readonly resumes: number;
}

/** What surrounds the runs under test. */
interface Around {
  readonly definitions: Apart;
  readonly renewed: () => void;
}

class Kit implements Testkit {
  readonly #options: TestkitOptions;
  readonly #program: Program;
  readonly #temporary = new Temporary();
  readonly #places = new Map<Program, Places>();

  constructor(options: TestkitOptions, program: Program) {
    this.#options = options;
    this.#program = program;
  }

  get problems(): readonly Problem[] {
    return this.#program.problems;
  }

  get tasks() {
    return this.#program.tasks;
  }

  run(taskId: string, payload?: unknown, options: RunOptions = {}): Promise<Report> {
    return inTurn(async () => (await this.#run(taskId, payload, options)).report);
  }

  crashEverywhere(taskId: string, payload?: unknown, options: CrashOptions = {}) {
    return inTurn(() => crashEverywhere((how) => this.#run(taskId, payload, how), options));
  }

  async #run(task: string, payload: unknown, options: RunOptions): Promise<Observed> {
    const program = built(this.#program, this.#options.dir);
    if (!program.has(task) && options.stubs?.[task] === undefined) throw unknownTask(program, task);
    const now = this.#options.now?.getTime() ?? usualNow;
    const from = { contents: { runs: new Map(), keys: new Map() }, spilled: new Map(), now, seed };
    return this.#goOn({ program, options, from, resumes: 0 }, async ({ ports }) => {
      const given = payload === undefined ? scheduledPayload(program.scheduleOf(task), now) : payload;
      const { codeVersion } = program;
      const { id } = await startRun(ports, {
        task,
        payload: given,
        codeVersion,
        source: "api",
        isTest: true,
      });
      return id;
    });
  }

  resume(report: Report, { dir, redo = [], keep = [], ...options }: ResumeOptions = {}): Promise<Report> {
    return inTurn(async () => {
      const past = pasts.get(report);
      if (past === undefined) throw unknownReport();
      const program = dir === undefined ? past.program : built(await build(dir), dir);
      const plan = new Plan(past.runId, report.journal);
      const resumes = past.resumes + 1;
      const going = { program, options, from: { ...past.remains, seed: seed + resumes }, plan, resumes };
      const { report: resumed } = await this.#goOn(going, async ({ ports }) => {
        await resumeRun(ports, past.runId, program.codeVersion, { redo, keep });
        return past.runId;
      });
      return resumed;
    });
  }

  plan(report: Report, { dir, ...decided }: PlanOptions = {}): Promise<ResumePlan> {
    return inTurn(async () => {
      const past = pasts.get(report);
      if (past === undefined) throw unknownReport();
      const program = dir === undefined ? past.program : built(await build(dir), dir);
      const { runId, remains } = past;
      return this.#apart(({ definitions, renewed }) => {
        renewed();
        return planned({ runId, remains, program, apart: definitions }, decided);
      });
    });
  }

  async close(): Promise<void> {
    this.#places.clear();
    this.#temporary.remove();
  }

  /** With an environment of the runs' own; afterwards all is as it was. */
  async #apart<T>(work: (around: Around) => Promise<T>): Promise<T> {
    const { env = {}, secrets = {} } = this.#options;
    const environment = runEnvironment({ env, secrets });
    const rejections = keepFailures();
    const definitions = apart();
    const configuration = swapConfiguration({});
    const unwatch = watchResources();
    const renewed = (): void => environment.renew(this.#temporary.next());
    try {
      return await work({ definitions, renewed });
    } finally {
      unwatch();
      rejections();
      definitions.back();
      swapConfiguration(configuration);
      environment.restore();
    }
  }

  #goOn(going: Going, begin: (world: World) => Promise<string>): Promise<Observed> {
    return this.#apart((around) => this.#goOnIn(around, going, begin));
  }

  async #goOnIn(
    { definitions, renewed }: Around,
    going: Going,
    begin: (world: World) => Promise<string>,
  ): Promise<Observed> {
    const { program, options, from, plan, resumes } = going;
    const places = this.#places.get(program) ?? new Map<string, boolean>();
    this.#places.set(program, places);
    const asked = plan && ((...all: Parameters<Plan["asked"]>) => plan.asked(...all));
    const world = new World({
      program,
      options,
      places,
      apart: definitions,
      from,
      secrets: this.#options.secrets ?? {},
      renewed,
      ...(asked && { asked }),
    });
    try {
      swapConfiguration({ transport: apiOf(world) });
      await world.prepare();
      const runId = await begin(world);
      const { cancelAfterMs } = options;
      if (cancelAfterMs === 0) await cancelRun(world.ports, runId);
      else if (cancelAfterMs !== undefined)
        world.time.after(cancelAfterMs, () => void cancelRun(world.ports, runId));
      const patienceMs = options.patienceMs ?? usualPatienceMs;
      const stuck = await goOn(world, runId, patienceMs, outsider(options.tokens));
      const rows = plan?.rows(world, await recordsOf(world, runId));
      const report = await reportOf(world, program, runId, { stuck, ...(rows && { plan: rows }) });
      pasts.set(report, { runId, program, remains: world.remains(seed), resumes });
      const { ledger, writes } = world;
      const entries = [...ledger.entries.values()];
      const life = { from: from.now, to: world.time.now() };
      return { report, doubles: ledger.doubles, entries, life, calls: ledger.count, writes };
    } finally {
      world.end();
    }
  }
}

/** @throws HoldfastError HF407 */
function built(program: Program, dir: string): Program {
  if (program.isBuilt) return program;
  const told = program.problems.map(
    ({ code, file, line, message }) => `\n  ${code} ${file}:${line} ${message}`,
  );
  throw new HoldfastError(
    "HF407",
    `The task files of ${dir} could not be built.${told.join("")}\n`,
    "The testkit's problems say how each is put right.",
  );
}

function unknownTask({ tasks }: Program, task: string): HoldfastError {
  const known = tasks.map(({ id }) => `"${id}"`).join(", ");
  return new HoldfastError("HF203", `There is no task "${task}".`, `Known tasks: ${known}.`);
}

function unknownReport(): HoldfastError {
  const what = "The report that was given to resume() is not one that a testkit of this process has made.";
  return new HoldfastError("HF703", what, "Give it the very object that run() or resume() resolved with.");
}

/**
 * Makes a testkit for a folder of task files: it builds them, and runs them on the real engine with a store in memory and a
 * clock of its own. Runs are made one after the other, whoever asks for them.
 *
 * What the outside world of the tasks is, the test says: `globalThis` is the test's own, and modules of the folder, packages
 * too, are evaluated afresh for each process that a run goes through.
 *
 * @example
 * ```ts
 * import { createTestkit } from "holdfast/testing";
 *
 * const kit = await createTestkit({ dir: "tasks", now: new Date("2026-03-01") });
 * const { runs, findings } = await kit.crashEverywhere("sign-up", { email: "ann@shop.example" });
 * console.log(`${runs} runs`, findings);
 * await kit.close();
 * ```
 */
export async function createTestkit(options: TestkitOptions): Promise<Testkit> {
  return new Kit(options, await build(options.dir));
}
