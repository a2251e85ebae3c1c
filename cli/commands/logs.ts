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
  pace(): Pace;
  /** The last look did not come to the end of what there is. */
  isCutOff?(): boolean;
}

/** How often to look for more. */
interface Pace {
  readonly everyMs: number;
  /** What a run logs last can be read so many looks behind its end. */
  readonly looksBehindEnd: number;
}

const quick: Pace = { everyMs: 1_000, looksBehindEnd: 2 };
/** By the api: an account has few searches a second. */
const slow: Pace = { everyMs: 5_000, looksBehindEnd: 3 };
const inCloudWatch: Pace = { everyMs: 1_000, looksBehindEnd: 15 };

/** HF531 tells the log group that could not be searched by the server. */
const groupIn = (error: unknown): string | undefined =>
  error instanceof ApiError && error.code === "HF531" ? error.error.logGroup : undefined;

/** As the server gives them: kept, or found in CloudWatch, where those that may be late are told again. */
function linesOfServer(client: ApiClient, runId: string, attempt: number | undefined): Source {
  const given = new Set<string>();
  let after: number | string | undefined;
  let pace = quick;
  let isOver = false;
  let isCutOff = false;
  const isNew = ({ id }: ApiLogLine): boolean => {
    if (id === undefined) return true;
    if (given.has(id)) return false;
    given.add(id);
    return true;
  };
  /** One call: its new lines, and whether there are more behind them. */
  async function part() {
    const asked = { limit: 1_000, ...(attempt === undefined ? {} : { attempt }) };
    const page = await client.logs(runId, { ...asked, ...(after === undefined ? {} : { after }) });
    const { next: more, again } = page.pagination;
    after = more ?? again ?? page.data.at(-1)?.number ?? after;
    const isMore = more !== undefined;
    if (page.logGroup !== undefined) {
      pace = slow;
      isOver = !isMore && again === undefined;
    }
    return { lines: page.data.filter(isNew), isMore };
  }
  async function next(): Promise<readonly ApiLogLine[]> {
    const lines: ApiLogLine[] = [];
    isCutOff = false;
    for (let isMore = !isOver; isMore; ) {
      const found = await part().catch((error: unknown) => {
        // What was found is given; the next look goes on behind it.
        if (lines.length === 0 || groupIn(error) === undefined) throw error;
        isCutOff = true;
        return { lines: [], isMore: false };
      });
      lines.push(...found.lines);
      ({ isMore } = found);
    }
    return lines;
  }
  return { next, pace: () => pace, isCutOff: () => isCutOff };
}

/** In CloudWatch, where the server could not read them: whoever is let in by `--stack` may read them there. */
async function linesElsewhere(
  client: ApiClient,
  runId: string,
  { attempt, stack }: Options,
  error: unknown,
): Promise<Source> {
  const group = groupIn(error);
  if (group === undefined || stack === undefined) throw error;
  const { runLinesInAws } = await import("../aws.ts");
  const { id, createdAt } = await client.retrieveRun(runId);
  const lines = await runLinesInAws(stack, { runId: id, group, since: createdAt, attempt });
  return { ...lines, pace: () => inCloudWatch };
}

/** The lines that there are, and the source of those that come. */
async function linesOf(client: ApiClient, runId: string, options: Options) {
  const told = linesOfServer(client, runId, options.attempt);
  try {
    return { first: await told.next(), source: told };
  } catch (error) {
    const source = await linesElsewhere(client, runId, options, error);
    return { first: await source.next(), source };
  }
}

/** One look; a log that did not let itself be searched is looked at again with the next. */
const lookAt = (source: Source): Promise<readonly ApiLogLine[]> =>
  source.next().catch((error: unknown) => {
    if (groupIn(error) === undefined) throw error;
    return [];
  });

/** Prints lines as they come, until the run has ended and they are all there. */
async function follow(cli: Cli, client: ApiClient, runId: string, source: Source): Promise<void> {
  const signal = cli.interruption();
  const { everyMs, looksBehindEnd } = source.pace();
  for (let looksLeft = looksBehindEnd; looksLeft > 0 && !signal.aborted; ) {
    await setTimeout(everyMs, undefined, { signal }).catch(() => undefined);
    const { isCompleted } = await client.retrieveRun(runId);
    for (const line of await lookAt(source)) cli.screen.say(textOf(cli.screen, line));
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
    if (!isFollowed && source.isCutOff?.())
      cli.screen.note(
        "There is more, but CloudWatch could not be searched any further now: try again in a minute.",
      );
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
