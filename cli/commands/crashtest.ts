/** `holdfast crashtest`: runs tasks of a file again and again, each time with a crash at another place. */
import { existsSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import type { Command } from "commander";
import type { Finding, Problem, Testkit } from "../../testing/types.ts";
import { type Cli, type CommonOptions, newCommand, numberOption } from "../command.ts";
import { QuietFailure, UsageError } from "../failure.ts";
import { payloadOf } from "../payload.ts";
import { harmless, type Screen } from "../print.ts";
import { taskFolder } from "../task-folder.ts";

interface Options extends CommonOptions {
  readonly dir?: string;
  readonly task?: string;
  readonly payload?: string;
  readonly seeds: number;
}

interface Tested {
  readonly task: string;
  readonly runs: number;
  readonly findings: readonly Finding[];
}

const notes = `
The task's effects are made for real, in each of the runs: give it stand-ins for the outside world.

Exit codes: 0 no findings, 1 findings or a failure, 2 wrong use.`;

/** The folder whose tasks are known: the one given, else the project's if the file is in it, else the file's own. */
async function folderOf(file: string, given: string | undefined): Promise<string> {
  if (given !== undefined) return taskFolder(given);
  const own = dirname(file);
  const usual = await taskFolder(undefined).catch(() => own);
  return `${file}`.startsWith(resolve(usual) + sep) ? usual : own;
}

function tasksOf(kit: Testkit, file: string, only: string | undefined): string[] {
  const within = kit.tasks.filter((task) => resolve(task.file) === file).map(({ id }) => id);
  if (within.length === 0)
    throw new UsageError(
      `There is no task in ${relative(process.cwd(), file)}.`,
      "Name a file that exports one, and its folder with --dir if it is not the project's.",
    );
  if (only === undefined) return within;
  if (within.includes(only)) return [only];
  throw new UsageError(`There is no task "${only}" in the file.`, `It has: ${within.join(", ")}.`);
}

function sayFinding({ kind, message, file, line, crash }: Finding, screen: Screen): void {
  const at = line === 0 ? "" : ` at ${file}:${line}`;
  screen.say(`  ${screen.paint("red", kind)}${at}\n    ${harmless(message)}`);
  if (crash !== undefined) screen.say(`    crash: ${JSON.stringify(crash)}`);
}

function sayAll(tested: readonly Tested[], screen: Screen): void {
  for (const { task, runs, findings } of tested) {
    const found =
      findings.length === 0 ? screen.paint("green", "no findings") : `${findings.length} finding(s)`;
    screen.say(`${task}: ${runs} runs, ${found}`);
    for (const finding of findings) sayFinding(finding, screen);
  }
}

const sayProblem = (screen: Screen, { code, file, line, message }: Problem): void =>
  screen.note(`${code} ${file}:${line} ${harmless(message)}`);

async function crashtest({ screen }: Cli, path: string, options: Options): Promise<void> {
  const { seeds, task, payload, dir } = options;
  if (!Number.isInteger(seeds) || seeds < 0)
    throw new UsageError("--seeds is no whole number.", "Give 0 or more.");
  if (!existsSync(path))
    throw new UsageError(`The file ${path} is not there.`, "Give the path of a task file.");
  const value = payloadOf(payload);
  const { createTestkit } = await import("../../testing/index.ts");
  const file = resolve(path);
  const kit = await createTestkit({ dir: await folderOf(file, dir) });
  try {
    if (options.json !== true) for (const problem of kit.problems) sayProblem(screen, problem);
    const tested: Tested[] = [];
    for (const id of tasksOf(kit, file, task))
      tested.push({ task: id, ...(await kit.crashEverywhere(id, value, { seeds })) });
    if (options.json) screen.json({ tasks: tested, problems: kit.problems });
    else sayAll(tested, screen);
    if (tested.some(({ findings }) => findings.length > 0)) throw new QuietFailure();
  } finally {
    await kit.close();
  }
}

/** The command. */
export function crashtestCommand(cli: Cli): Command {
  return newCommand("crashtest", "run tasks with a crash before and after each call and each write", [
    "crashtest tasks/order.ts",
    `crashtest tasks/order.ts --task order --payload '{"id":7}' --seeds 50`,
    "crashtest tasks/order.ts --json",
  ])
    .addHelpText("after", notes)
    .argument("<file>", "a task file")
    .option("--task <id>", "only this task of the file; all of them by default")
    .option("--payload <json>", "what the tasks are run with")
    .addOption(
      numberOption("--seeds <count>", "so many runs with random crashes and slow writes besides").default(0),
    )
    .option("--dir <folder>", "folder of the task files (default: the project's, or the file's own)")
    .action((path: string, options: Options) => crashtest(cli, path, options));
}
