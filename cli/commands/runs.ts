/** `holdfast runs` and `holdfast dlq`: look at runs, and cancel one. */
import type { Command } from "commander";
import type { ApiClient, ListRunsParams } from "../../sdk/client.ts";
import { allStatuses } from "../../sdk/list-runs.ts";
import type { RunCost } from "../../sdk/run-cost.ts";
import type { DeadLetter } from "../../sdk/run-shape.ts";
import type { TreeEntry } from "../../sdk/tree-entry.ts";
import {
  type Cli,
  newCommand,
  newGroup,
  type ServerOptions,
  talking,
  wholeOption,
  wordsOption,
} from "../command.ts";
import { connect } from "../connection.ts";
import { sayCost, sayRun, sayRuns, sayTree, timeText, toldOf } from "../run-lines.ts";
import { logsCommand } from "./logs.ts";
import { replayCommand } from "./replay.ts";

interface ListOptions extends ServerOptions {
  readonly status?: readonly string[];
  readonly task?: readonly string[];
  readonly tag?: readonly string[];
  readonly period?: string;
  readonly codeVersion?: readonly string[];
  readonly queue?: readonly string[];
  readonly text?: string;
  readonly limit: number;
  readonly after?: string;
}

const defaultLimit = 25;

function paramsOf({ status, task, limit, ...rest }: ListOptions): ListRunsParams {
  const { tag, period, after, codeVersion: version, queue, text } = rest;
  const given = Object.entries({ tag, period, after, version, queue, text });
  return {
    limit,
    ...Object.fromEntries(given.filter(([, value]) => value !== undefined)),
    ...(status === undefined ? {} : { status: status as ListRunsParams["status"] & string[] }),
    ...(task === undefined ? {} : { taskIdentifier: task }),
  };
}

const sayMore = (cli: Cli, next: string | undefined): void => {
  if (next !== undefined) cli.screen.note(`There are more: --after ${next}`);
};

/** No call looks at all runs: a page may be empty, and others behind it. */
const sayNone = (cli: Cli, none: string, next: string | undefined): void =>
  cli.screen.note(
    next === undefined ? none : `None so far. There are older ones to look at: --after ${next}`,
  );

function filters(command: Command): Command {
  return talking(command)
    .option("--task <id...>", "only runs of these tasks")
    .option("--tag <tag...>", "only runs with one of these tags")
    .option("--code-version <version...>", "only runs on these versions of the code")
    .option("--queue <name...>", "only runs in these queues; task/<id> for a task's own")
    .option("--text <text>", "only runs with this in their id, task, tags, idempotency key or error")
    .option("--period <duration>", `only runs created since, such as "1d"`)
    .addOption(wholeOption("--limit <n>", "how many to list, at most 100", 1, 100).default(defaultLimit))
    .option("--after <run>", "go on behind this run");
}

async function list(cli: Cli, options: ListOptions): Promise<void> {
  const { limit: _, ...asked } = paramsOf(options);
  const { data, pagination } = await (await connect(cli, options)).listRuns(paramsOf(options));
  if (options.json) return cli.screen.json({ data, pagination });
  const isAsked = Object.keys(asked).length > 0;
  if (data.length === 0)
    return sayNone(
      cli,
      isAsked ? "There is no such run." : "There is no run yet. Start one: holdfast trigger <task>",
      pagination.next,
    );
  sayRuns(cli.screen, data);
  sayMore(cli, pagination.next);
}

interface Tree {
  readonly entries: readonly TreeEntry[];
  readonly cost: RunCost;
}

async function wholeTree(client: ApiClient, runId: string): Promise<Tree> {
  const entries: TreeEntry[] = [];
  for (let after = 0; ; ) {
    const { data, run, pagination } = await client.checkpoints(runId, { after, limit: 1_000 });
    entries.push(...data);
    if (pagination.next === undefined) return { entries, cost: run.cost };
    after = pagination.next;
  }
}

async function show(cli: Cli, runId: string, options: ServerOptions): Promise<void> {
  const client = await connect(cli, options);
  const run = await client.retrieveRun(runId);
  const { entries: checkpoints, cost } = await wholeTree(client, runId);
  if (options.json) return cli.screen.json({ ...run, cost, checkpoints });
  sayRun(cli.screen, run);
  sayCost(cli.screen, cost);
  if (checkpoints.length > 0) cli.screen.say();
  sayTree(cli.screen, checkpoints);
}

async function cancel(cli: Cli, runId: string, options: ServerOptions): Promise<void> {
  const client = await connect(cli, options);
  const { id } = await client.cancelRun(runId);
  if (options.json) return cli.screen.json({ id });
  // A key that may cancel need not be one that may read.
  const run = await client.retrieveRun(id).catch(() => undefined);
  if (run?.isCompleted && run.status !== "CANCELED")
    cli.screen.say(`Run ${id} has ended already: it is ${run.status}.`);
  else cli.screen.say(`Run ${id} was asked to cancel.`);
}

function showCommand(cli: Cli, example: string): Command {
  return talking(newCommand("show", "show a run with its values and checkpoints", [example]))
    .argument("<run>", "id of the run")
    .action((runId: string, options: ServerOptions) => show(cli, runId, options));
}

/** `holdfast runs`. */
export function runsCommand(cli: Cli): Command {
  const examples = ["runs list --status failed crashed", "runs show run_abc", "runs cancel run_abc"];
  const listing = newCommand("list", "list runs, newest first", examples.slice(0, 1))
    .addOption(wordsOption("--status <status...>", "only runs in these statuses", allStatuses))
    .action((options: ListOptions) => list(cli, options));
  const canceling = newCommand("cancel", "ask a run to cancel", examples.slice(2))
    .argument("<run>", "id of the run")
    .action((runId: string, options: ServerOptions) => cancel(cli, runId, options));
  return newGroup("runs", "look at runs; cancel one, or start it again", examples)
    .addCommand(filters(listing))
    .addCommand(showCommand(cli, "runs show run_abc"))
    .addCommand(logsCommand(cli))
    .addCommand(talking(canceling))
    .addCommand(replayCommand(cli));
}

function lastGood({ lastGood }: DeadLetter): string {
  return lastGood === undefined ? "" : `${lastGood.name} ${lastGood.at}`;
}

async function deadLetters(cli: Cli, options: ListOptions): Promise<void> {
  const { limit: _, ...asked } = paramsOf(options);
  const { data, pagination } = await (await connect(cli, options)).deadLetters(paramsOf(options));
  if (options.json) return cli.screen.json({ data, pagination });
  const isAsked = Object.keys(asked).length > 0;
  if (data.length === 0)
    return sayNone(
      cli,
      isAsked ? "There is no such dead letter." : "There is no dead letter: no run has used up its attempts.",
      pagination.next,
    );
  const rows = data.map((run) => [
    run.id,
    run.status,
    run.taskIdentifier,
    timeText(run.finishedAt),
    lastGood(run),
    run.error === undefined ? "" : toldOf(run.error),
  ]);
  cli.screen.table(["run", "status", "task", "ended", "last checkpoint", "error"], rows);
  sayMore(cli, pagination.next);
}

/** `holdfast dlq`. */
export function dlqCommand(cli: Cli): Command {
  const examples = ["dlq list --task order", "dlq show run_abc", "resume run_abc"];
  const listing = newCommand("list", "list dead letters, newest first", examples.slice(0, 1)).action(
    (options: ListOptions) => deadLetters(cli, options),
  );
  return newGroup("dlq", "look at dead letters: runs that used up their attempts", examples)
    .addCommand(filters(listing))
    .addCommand(showCommand(cli, "dlq show run_abc"));
}
