/** `holdfast logs`: what a run has logged. */
import { setTimeout } from "node:timers/promises";
import { inspect } from "node:util";
import type { Command } from "commander";
import type { ApiLogLine } from "../../sdk/api-log.ts";
import type { ApiClient } from "../../sdk/client.ts";
import { type Cli, newCommand, type ServerOptions, talking, wholeOption } from "../command.ts";
import { connect } from "../connection.ts";
import { UsageError } from "../failure.ts";
import { harmless, type Screen } from "../print.ts";

interface Options extends ServerOptions {
  readonly attempt?: number;
  readonly follow?: boolean;
}

const lookEveryMs = 1_000;

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

/** What comes behind a line. */
async function linesBehind(
  client: ApiClient,
  runId: string,
  first: number,
  attempt: number | undefined,
): Promise<ApiLogLine[]> {
  const lines: ApiLogLine[] = [];
  for (let after = first; ; ) {
    const page = await client.logs(runId, {
      after,
      limit: 1_000,
      ...(attempt === undefined ? {} : { attempt }),
    });
    lines.push(...page.data);
    const { next } = page.pagination;
    if (next === undefined) return lines;
    after = next;
  }
}

/** Prints lines as they come, until the run has ended. What it logged last may be written behind its end: it is looked once more. */
async function follow(
  cli: Cli,
  client: ApiClient,
  runId: string,
  attempt: number | undefined,
): Promise<void> {
  const signal = cli.interruption();
  let after = 0;
  for (let looksLeft = 2; looksLeft > 0 && !signal.aborted; ) {
    const { isCompleted } = await client.retrieveRun(runId);
    const lines = await linesBehind(client, runId, after, attempt);
    for (const line of lines) cli.screen.say(textOf(cli.screen, line));
    after = lines.at(-1)?.number ?? after;
    if (isCompleted) looksLeft -= 1;
    if (looksLeft > 0) await setTimeout(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
}

async function logs(cli: Cli, runId: string, { json, attempt, follow: isFollowed, ...options }: Options) {
  if (json && isFollowed)
    throw new UsageError(
      "--json and --follow are given.",
      "Leave one out: JSON is printed when all of it is there.",
    );
  const client = await connect(cli, options);
  if (isFollowed) return follow(cli, client, runId, attempt);
  const lines = await linesBehind(client, runId, 0, attempt);
  if (json) return cli.screen.json({ data: lines });
  for (const line of lines) cli.screen.say(textOf(cli.screen, line));
  if (lines.length === 0) cli.screen.note("This run has logged nothing.");
}

/** The command. */
export function logsCommand(cli: Cli): Command {
  return talking(
    newCommand("logs", "show what a run has logged", [
      "logs run_abc",
      "logs run_abc --follow",
      "logs run_abc --attempt 2 --json",
    ]),
  )
    .argument("<run>", "id of the run")
    .addOption(wholeOption("--attempt <n>", "only lines of this attempt", 1, Number.MAX_SAFE_INTEGER))
    .option("--follow", "print lines as they come, until the run has ended")
    .action((runId: string, options: Options) => logs(cli, runId, options));
}
