/** `holdfast explain`: what the transform makes of a file. */
import { readFile, stat } from "node:fs/promises";
import { relative, sep } from "node:path";
import type { Command } from "commander";
import { formatProblem } from "../../transform/problems.ts";
import type { Transformed } from "../../transform/transform.ts";
import { type Cli, type CommonOptions, newCommand } from "../command.ts";
import { QuietFailure, UsageError } from "../failure.ts";
import { harmless, type Screen } from "../print.ts";

const fix = "Give the path of a task file, or of a file that one imports.";
const scripts = /\.[cm]?[jt]sx?$/;

async function sourceOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new UsageError(`The file ${path} is not there.`, fix);
  if (found.isDirectory()) {
    const whole = `For a whole folder there is: holdfast build --dir ${path}`;
    throw new UsageError(`${path} is a folder; one file at a time is explained.`, `${fix} ${whole}`);
  }
  if (!scripts.test(path))
    throw new UsageError(`${path} is neither TypeScript nor JavaScript by its name.`, fix);
  return readFile(path, "utf8").catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`The file ${path} cannot be read: ${why}.`, fix);
  });
}

function sayAll(screen: Screen, made: Transformed): void {
  const { problems } = made;
  // What has an error was not transformed: its source is nothing new.
  if (!problems.some(({ severity }) => severity === "error")) sayMade(screen, made);
  for (const problem of problems) screen.note(`\n${harmless(formatProblem(problem))}`);
}

function sayMade(screen: Screen, { code, sites, tasks }: Transformed): void {
  if (sites.length === 0)
    screen.say("It stays as it is: there is no call in its functions that could be a checkpoint.");
  else {
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
  }
  const ids = tasks.map(({ id }) => id).join(", ");
  screen.say(
    ids === ""
      ? "\nNo task is defined in it: what it exports counts where a task calls it."
      : `\ntasks: ${ids}`,
  );
}

/** What the transform makes of the file at a path. @throws UsageError where it cannot be read, or is no script */
export async function explained(path: string): Promise<Transformed & { readonly file: string }> {
  const source = await sourceOf(path);
  const file = relative(process.cwd(), path).split(sep).join("/");
  const { transform } = await import("../../transform/transform.ts");
  return { file, ...transform(source, { file }) };
}

async function explain({ screen }: Cli, path: string, options: CommonOptions): Promise<void> {
  const made = await explained(path);
  const { file, code, sites, tasks, problems } = made;
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
