/** `holdfast smoke`: is a deployment well, as far as one can see from outside? */
import type { Command } from "commander";
import { awsParts } from "../aws.ts";
import { type Cli, newCommand, numberOption, type ServerOptions, talking } from "../command.ts";
import { connect } from "../connection.ts";
import { QuietFailure, UsageError } from "../failure.ts";
import { payloadOf } from "../payload.ts";
import { harmless } from "../print.ts";
import { type Check, smokeChecks } from "../smoke-checks.ts";

/** How long a run may take if nobody says so, in seconds. */
const usualTimeout = 120;

interface Options extends ServerOptions {
  readonly task?: string;
  readonly payload?: string;
  readonly timeout: number;
}

/** What a check has shown. */
interface Seen {
  readonly check: string;
  readonly ok: boolean;
  readonly seen: string;
  readonly ms: number;
}

async function made({ name, look }: Check): Promise<Seen> {
  const began = performance.now();
  const done = (ok: boolean, seen: string): Seen => ({
    check: name,
    ok,
    seen,
    ms: Math.round(performance.now() - began),
  });
  try {
    return done(true, await look());
  } catch (error) {
    return done(false, error instanceof Error ? error.message : String(error));
  }
}

/** Where the deployment is: as it is given, or as the outputs of the stack say. */
async function addressOf({ stack, url }: Options, config: Cli["config"]): Promise<URL> {
  const found = stack === undefined ? undefined : await (await awsParts()).findProject(stack);
  const given = found?.url ?? url ?? config.url;
  if (given !== undefined && URL.canParse(given)) return new URL(given);
  throw new UsageError(
    given === undefined ? "There is no address." : `"${given}" is no address.`,
    "Give the stack's output Url: --url https://….execute-api.eu-central-1.amazonaws.com",
  );
}

async function smoke(cli: Cli, options: Options): Promise<void> {
  const { screen } = cli;
  const url = await addressOf(options, cli.config);
  if (!(options.timeout > 0))
    throw new UsageError("--timeout is no number of seconds.", "Give one, such as 120.");
  const client = await connect(cli, options.stack === undefined ? { ...options, url: url.href } : options);
  const payload = payloadOf(options.payload);
  const limitMs = options.timeout * 1_000;
  const all: Seen[] = [];
  for (const check of smokeChecks({ url, client, task: options.task, payload, limitMs })) {
    const seen = await made(check);
    all.push(seen);
    const mark = seen.ok ? screen.paint("green", "✓") : screen.paint("red", "✗");
    const detail = screen.paint("dim", harmless(`${seen.seen}  ${seen.ms} ms`));
    if (!options.json) screen.say(`${mark} ${check.name}  ${detail}`);
    // The key goes nowhere before all that stands in front of it is well.
    if (!seen.ok) break;
  }
  const isWell = all.every(({ ok }) => ok);
  if (options.json) screen.json({ url: url.href, ok: isWell, checks: all });
  else if (isWell && options.task === undefined) screen.say("No run was started: name a task with --task.");
  if (!isWell) throw new QuietFailure();
}

/** The command. */
export function smokeCommand(cli: Cli): Command {
  const command = newCommand("smoke", "check a deployment from outside", [
    "smoke --url https://abc.execute-api.eu-central-1.amazonaws.com --key hf_…",
    `smoke --url https://… --key hf_… --task hello --payload '{"name":"Ada"}'`,
  ]);
  return talking(command)
    .option("--task <task>", "start a run of this task, and wait for its end")
    .option("--payload <json>", "what the run is given")
    .addOption(numberOption("--timeout <seconds>", "how long the run may take").default(usualTimeout))
    .action((options: Options) => smoke(cli, options));
}
