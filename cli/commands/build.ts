/** `holdfast build`: the bundle and its manifest, and every problem that the build has found. */
import { relative, resolve, sep } from "node:path";
import type { Command } from "commander";
import type { Bundle } from "../../transform/bundle.ts";
import { formatProblem, type Severity } from "../../transform/problems.ts";
import { type TaskUnits, unitsOf } from "../../transform/task-units.ts";
import type { FoundTask } from "../../transform/tasks.ts";
import { type Cli, type CommonOptions, newCommand } from "../command.ts";
import { QuietFailure } from "../failure.ts";
import { harmless, type Screen } from "../print.ts";
import { taskFolder } from "../task-folder.ts";

interface Options extends CommonOptions {
  readonly dir?: string;
  readonly out: string;
}

function sayAll(screen: Screen, { ok, codeVersion, manifest, problems }: Bundle, out: string): void {
  for (const problem of problems) screen.note(`${harmless(formatProblem(problem))}\n`);
  const count = (severity: Severity) => problems.filter((problem) => problem.severity === severity).length;
  const found = `${count("error")} error(s), ${count("warning")} warning(s), ${count("info")} note(s)`;
  if (!ok) return screen.say(`${screen.paint("red", "failed")}: ${found}`);
  for (const task of manifest.tasks) sayTask(screen, task, unitsOf(manifest, task));
  screen.say(`\n${screen.paint("green", "built")} version ${codeVersion} into ${out}: ${found}`);
}

/** A task and the calls in it: those that give a promise are units. */
function sayTask(screen: Screen, { id, file, line }: FoundTask, { units, helpers }: TaskUnits): void {
  screen.say(`${screen.paint("bold", id)}  ${file}:${line}`);
  const rows = [
    ...units.map((unit) => [unit, ""] as const),
    ...helpers.map((unit) => [unit, "beside it"] as const),
  ];
  if (rows.length > 0)
    screen.table(
      ["line", "call", "in", ""],
      rows.map(([unit, where]) => [String(unit.line), unit.name, unit.function, where]),
    );
  screen.say();
}

async function build({ screen }: Cli, options: Options): Promise<void> {
  const [{ bundleOptions }, { bundle }] = await Promise.all([
    import("../../local/source.ts"),
    import("../../transform/bundle.ts"),
  ]);
  const outDir = resolve(options.out);
  const how = bundleOptions(await taskFolder(options.dir), false);
  // Seen from the map, so that the bytes are the same wherever the checkout is.
  const sourceRoot = `${relative(outDir, how.projectRoot).split(sep).join("/") || "."}/`;
  const built = await bundle({ ...how, sourceRoot, outDir, write: true });
  const { ok, codeVersion, manifest, problems } = built;
  const tasks = manifest.tasks.map((task) => ({ ...task, ...unitsOf(manifest, task) }));
  if (options.json) screen.json({ ok, codeVersion, out: ok ? outDir : null, tasks, problems });
  else sayAll(screen, built, options.out);
  if (!ok) throw new QuietFailure();
}

/** The command. */
export function buildCommand(cli: Cli): Command {
  return newCommand("build", "build the bundle of the task files, and print every problem", [
    "build",
    "build --dir src/tasks --out dist/tasks",
    "build --json",
  ])
    .option(
      "--dir <folder>",
      `folder of the task files, or of a trigger.config (default: that here, else "tasks" or "trigger", here or in "src")`,
    )
    .option("--out <folder>", "where the bundle is written", "holdfast-build")
    .action((options: Options) => build(cli, options));
}
