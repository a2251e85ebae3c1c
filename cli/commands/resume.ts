/** `holdfast resume`: says what putting dead letters back to work would do, and does it. */
import { type Command, Option } from "commander";
import type { ApiClient } from "../../sdk/client.ts";
import type { ResumeOptions } from "../../sdk/run-shape.ts";
import { type Cli, newCommand, type ServerOptions, talking, wordsOption } from "../command.ts";
import { canAsk, confirmed } from "../confirm.ts";
import { connect } from "../connection.ts";
import { QuietFailure, UsageError } from "../failure.ts";
import { harmless } from "../print.ts";
import {
  idsOf,
  type Progress,
  plansOf,
  type Resumed,
  resumeAll,
  type ToResume,
  type Wanted,
} from "../resume-many.ts";
import { groupsOf, isClear, sayGroups, sayPlan } from "../resume-plans.ts";

interface Options extends ServerOptions, Wanted {
  readonly code: "same" | "newest";
  readonly redo: readonly string[];
  readonly keep: readonly string[];
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly plan: boolean;
}

const listed = (one: string, before: readonly string[]): string[] => [...before, one];
/** Those of a dead letter. */
const deadStatuses = ["FAILED", "CRASHED", "TIMED_OUT", "SYSTEM_FAILURE"];
/** How often it is said how far it is. */
const told = 100;

const notes = `
Before anything is done the plan is shown, by playing the journal on the code without a call: = reused, ↻ made again, + new,
? to be asked, - left over, … not known yet. On a terminal you are asked then, unless you say --yes. Runs with something to be
asked are left as they are until --redo or --keep decides.

Exit codes: 0 all are resumed (or would be), 1 some are not, 2 wrong use, 3 the server could not be reached.`;

async function asked(
  client: ApiClient,
  runIds: readonly string[],
  options: Options,
  progress: Progress,
): Promise<string[]> {
  const { task, status, error, since } = options;
  const wanted = {
    ...(task && { task }),
    ...(status && { status }),
    ...(error && { error }),
    ...(since && { since }),
  };
  const isFilter = Object.keys(wanted).length > 0;
  if (runIds.length > 0 && isFilter)
    throw new UsageError("Runs are given by id and by a filter.", "Give one of both.");
  if (runIds.length === 0 && !isFilter)
    throw new UsageError(
      "No run is given.",
      "Give ids, or --task, --error, --since or --status: see `holdfast dlq list`.",
    );
  return runIds.length > 0 ? [...new Set(runIds)] : idsOf(client, wanted, progress);
}

function progressOf({ screen }: Cli, { json }: Options, what: string): Progress {
  return (done, of) => {
    if (json !== true && done > 0 && done % told === 0)
      screen.note(`${what}: ${done}${of === undefined ? "" : ` of ${of}`}`);
  };
}

function sayAll({ screen }: Cli, all: readonly ToResume[]): void {
  const [only] = all;
  if (all.length === 1 && only !== undefined) sayPlan(screen, only);
  else sayGroups(screen, groupsOf(all));
}

function sayDone({ screen }: Cli, done: readonly Resumed[]): void {
  const [only] = done;
  const left = done.filter(({ not }) => not !== undefined);
  if (done.length === 1 && only?.not === undefined)
    return screen.say(`Run ${only?.id} goes on with version ${only?.codeVersion}.`);
  const [{ codeVersion = "" } = {}] = done.filter(({ not }) => not === undefined);
  const on = codeVersion === "" ? "" : ` with version ${codeVersion}`;
  screen.say(`${done.length - left.length} of ${done.length} runs go on${on}.`);
  for (const { id, not = "" } of left) screen.say(`  ${id} does not: ${harmless(not)}`);
}

/** Only the plan. */
function dryRun({ screen }: Cli, all: readonly ToResume[], { json }: Options): void {
  if (json) screen.json({ runs: all.map(({ options: _, ...each }) => each) });
  if (!all.every(isClear)) throw new QuietFailure();
}

/** @throws QuietFailure where somebody was asked, and has said no */
async function agreed(all: readonly ToResume[], { plan, yes, json }: Options): Promise<void> {
  const clear = all.filter(isClear).length;
  const isAsked = plan && yes !== true && json !== true && canAsk();
  if (clear === 0 || !isAsked) return;
  if (!(await confirmed(`Resume ${clear === 1 ? "it" : `${clear} runs`}?`))) throw new QuietFailure();
}

async function resume(cli: Cli, runIds: readonly string[], options: Options): Promise<void> {
  const { screen } = cli;
  const { code, redo, keep, json } = options;
  const client = await connect(cli, options);
  const ids = await asked(client, runIds, options, progressOf(cli, options, "found"));
  const said: Required<ResumeOptions> = { code, redo, keep };
  const all: readonly ToResume[] = options.plan
    ? await plansOf(client, ids, said, progressOf(cli, options, "planned"))
    : ids.map((runId) => ({ runId, options: said }));
  if (all.length === 0 && json !== true)
    return screen.note("No dead letter is like that: `holdfast dlq list` shows those there are.");
  if (options.plan && json !== true) sayAll(cli, all);
  if (options.dryRun) return dryRun(cli, all, options);
  await agreed(all, options);
  const done = await resumeAll(client, all, progressOf(cli, options, "resumed"));
  if (!json) sayDone(cli, done);
  else if (runIds.length === 1) screen.json({ ...done[0], ...(all[0]?.plan && { plan: all[0].plan }) });
  else screen.json({ runs: done });
  if (done.some(({ not }) => not !== undefined)) throw new QuietFailure();
}

/** The command. */
export function resumeCommand(cli: Cli): Command {
  const command = newCommand("resume", "put dead letters back to work; what they have recorded is reused", [
    "resume run_abc --dry-run",
    "resume run_abc --redo /4k3x5w6x#0",
    `resume --task order --error "cannot read" --since 1d`,
  ]).addHelpText("after", notes);
  const code = new Option("--code <which>", "the code that they go on with").choices(["same", "newest"]);
  return talking(command)
    .argument("[run...]", "ids of the runs")
    .addOption(code.default("newest"))
    .option("--task <id...>", "all dead letters of these tasks")
    .option("--error <text>", "all whose error has this text in it")
    .option("--since <duration>", `all of runs created since, such as "1d"`)
    .addOption(wordsOption("--status <status...>", "all in these statuses", deadStatuses))
    .option("--dry-run", "only show the plan")
    .option("--yes", "do not ask")
    .option("--no-plan", "do it without a plan")
    .option("--redo <checkpoint>", "make this checkpoint again; can be given several times", listed, [])
    .option("--keep <checkpoint>", "use what is recorded, though the new code gives other inputs", listed, [])
    .action((runIds: string[], options: Options) => resume(cli, runIds, options));
}
