/** `holdfast logs`: what a run has logged. */
import { setTimeout } from "node:timers/promises";
import { inspect } from "node:util";
import type { Command } from "commander";
import { ApiError } from "../../sdk/api-errors.ts";
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

/** Lines that were not given before. */
interface Source {
  next(): Promise<readonly ApiLogLine[]>;
  close?(): void;
  /** What a run logs last can be read so many looks behind its end. */
  readonly looksBehindEnd: number;
}

/** As the server keeps them. */
function keptLines(client: ApiClient, runId: string, attempt: number | undefined): Source {
  let after = 0;
  async function next(): Promise<readonly ApiLogLine[]> {
    const lines: ApiLogLine[] = [];
    for (;;) {
      const page = await client.logs(runId, {
        after,
        limit: 1_000,
        ...(attempt === undefined ? {} : { attempt }),
      });
      lines.push(...page.data);
      after = page.data.at(-1)?.number ?? after;
      if (page.pagination.next === undefined) return lines;
    }
  }
  return { next, looksBehindEnd: 2 };
}

/** In AWS they are in CloudWatch: whoever is let in by `--stack` may read them there. */
async function linesElsewhere(
  client: ApiClient,
  runId: string,
  { attempt, stack }: Options,
  error: unknown,
): Promise<Source> {
  const group = error instanceof ApiError && error.code === "HF531" ? error.error.logGroup : undefined;
  if (group === undefined || stack === undefined) throw error;
  const { runLinesInAws } = await import("../aws.ts");
  const { id, createdAt } = await client.retrieveRun(runId);
  const lines = await runLinesInAws(stack, { runId: id, group, since: createdAt, attempt });
  return { ...lines, looksBehindEnd: 15 };
}

/** The lines that there are, and the source of those that come. */
async function linesOf(client: ApiClient, runId: string, options: Options) {
  const kept = keptLines(client, runId, options.attempt);
  try {
    return { first: await kept.next(), source: kept };
  } catch (error) {
    const source = await linesElsewhere(client, runId, options, error);
    return { first: await source.next(), source };
  }
}

/** Prints lines as they come, until the run has ended and they are all there. */
async function follow(cli: Cli, client: ApiClient, runId: string, source: Source): Promise<void> {
  const signal = cli.interruption();
  for (let looksLeft = source.looksBehindEnd; looksLeft > 0 && !signal.aborted; ) {
    await setTimeout(lookEveryMs, undefined, { signal }).catch(() => undefined);
    const { isCompleted } = await client.retrieveRun(runId);
    for (const line of await source.next()) cli.screen.say(textOf(cli.screen, line));
    if (isCompleted) looksLeft -= 1;
  }
}

async function logs(cli: Cli, runId: string, options: Options): Promise<void> {
  const { json, follow: isFollowed } = options;
  if (json && isFollowed)
    throw new UsageError(
      "--json and --follow are given.",
      "Leave one out: JSON is printed when all of it is there.",
    );
  const client = await connect(cli, options);
  const { first, source } = await linesOf(client, runId, options);
  try {
    if (json) return cli.screen.json({ data: first });
    for (const line of first) cli.screen.say(textOf(cli.screen, line));
    if (isFollowed) await follow(cli, client, runId, source);
    else if (first.length === 0) cli.screen.note("This run has logged nothing.");
  } finally {
    source.close?.();
  }
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
