/** `holdfast logs`: what a run has logged. */
import { inspect } from "node:util";
import type { Command } from "commander";
import type { ApiLogLine } from "../../sdk/api-log.ts";
import { type Cli, newCommand, numberOption, type ServerOptions, talking } from "../command.ts";
import { connect } from "../connection.ts";
import { harmless, type Screen } from "../print.ts";

interface Options extends ServerOptions {
  readonly attempt?: number;
}

const styles: Readonly<Record<string, Parameters<Screen["paint"]>[0]>> = {
  debug: "dim",
  warn: "yellow",
  error: "red",
};

function textOf(screen: Screen, line: ApiLogLine): string {
  const { time, level, attempt, pass, message, properties, isCut } = line;
  const tried = line.try === undefined ? "" : `, try ${line.try}`;
  const where = screen.paint("dim", `${time.slice(11, 23)}  attempt ${attempt}, pass ${pass}${tried}`);
  const more =
    properties === undefined
      ? ""
      : ` ${typeof properties === "string" ? properties : inspect(properties, { breakLength: Infinity, depth: 6 })}`;
  const cut = isCut ? screen.paint("dim", " (cut)") : "";
  return `${where}  ${screen.paint(styles[level] ?? "reset", level.padEnd(5))}  ${harmless(message + more)}${cut}`;
}

async function logs(cli: Cli, runId: string, { json, attempt, ...options }: Options): Promise<void> {
  const client = await connect(cli, options);
  const lines: ApiLogLine[] = [];
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page = await client.logs(runId, {
      after,
      limit: 1_000,
      ...(attempt === undefined ? {} : { attempt }),
    });
    lines.push(...page.data);
    after = page.pagination.next;
  }
  if (json) return cli.screen.json({ data: lines });
  for (const line of lines) cli.screen.say(textOf(cli.screen, line));
  if (lines.length === 0) cli.screen.note("This run has logged nothing.");
}

/** The command. */
export function logsCommand(cli: Cli): Command {
  return talking(
    newCommand("logs", "show what a run has logged", ["logs run_abc", "logs run_abc --attempt 2 --json"]),
  )
    .argument("<run>", "id of the run")
    .addOption(numberOption("--attempt <n>", "only lines of this attempt"))
    .action((runId: string, options: Options) => logs(cli, runId, options));
}
