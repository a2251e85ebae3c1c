/** `holdfast explain`: what the transform makes of a file. */
import { readFile } from "node:fs/promises";
import { relative, sep } from "node:path";
import type { Command } from "commander";
import { formatProblem } from "../../transform/problems.ts";
import type { Transformed } from "../../transform/transform.ts";
import { type Cli, type CommonOptions, newCommand } from "../command.ts";
import { QuietFailure, UsageError } from "../failure.ts";
import type { Screen } from "../print.ts";

async function sourceOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const why = (error as { code?: string }).code === "ENOENT" ? "is not there" : "cannot be read";
    throw new UsageError(
      `The file ${path} ${why}.`,
      "Give the path of a task file, or of a file that one imports.",
    );
  }
}

function sayAll(screen: Screen, { code, sites, tasks, problems }: Transformed): void {
  screen.say(code.trimEnd());
  screen.say();
  screen.table(
    ["site", "line", "call", "awaited there", "in"],
    sites.map((site) => [
      site.id,
      String(site.line),
      site.name,
      site.flags.includes("a") ? "yes" : "",
      site.function,
    ]),
  );
  if (tasks.length > 0) screen.say(`\ntasks: ${tasks.map(({ id }) => id).join(", ")}`);
  for (const problem of problems) screen.note(`\n${formatProblem(problem)}`);
}

async function explain({ screen }: Cli, path: string, options: CommonOptions): Promise<void> {
  const source = await sourceOf(path);
  const file = relative(process.cwd(), path).split(sep).join("/");
  const { transform } = await import("../../transform/transform.ts");
  const made = transform(source, { file });
  const { code, sites, tasks, problems } = made;
  if (options.json) screen.json({ file, code, sites, tasks, problems });
  else sayAll(screen, made);
  if (problems.some(({ severity }) => severity === "error")) throw new QuietFailure();
}

/** The command. */
export function explainCommand(cli: Cli): Command {
  return newCommand("explain", "show the transformed code of a file, its calls and its problems", [
    "explain tasks/order.ts",
    "explain tasks/order.ts --json",
  ])
    .argument("<file>", "a task file, or one that it imports")
    .action((path: string, options: CommonOptions) => explain(cli, path, options));
}
