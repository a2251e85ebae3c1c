/** `holdfast trigger`: starts a run, and waits for it if asked to. */
import type { Command } from "commander";
import type { ApiClient } from "../../sdk/client.ts";
import type { RetrievedRun } from "../../sdk/run-shape.ts";
import { type Cli, newCommand, type ServerOptions, talking } from "../command.ts";
import { connect } from "../connection.ts";
import { QuietFailure, UsageError } from "../failure.ts";
import { payloadOf } from "../payload.ts";
import { sayRun } from "../run-lines.ts";

/** The longest that one request is held. */
const pollSeconds = 25;

interface Options extends ServerOptions {
  readonly wait?: boolean;
  readonly idempotencyKey?: string;
  readonly delay?: string;
  readonly tag?: readonly string[];
  readonly payload?: string;
}

/** `replay` knows it as an option alone: here it may be said either way. */
function textOf(argument: string | undefined, { payload }: Options): string | undefined {
  if (argument === undefined || payload === undefined) return argument ?? payload;
  throw new UsageError("The payload is given twice.", "Give it as the argument or as --payload.");
}

async function ended(client: ApiClient, runId: string): Promise<RetrievedRun> {
  for (;;) {
    const run = await client.retrieveRun(runId, { waitSeconds: pollSeconds });
    if (run.isCompleted) return run;
  }
}

async function trigger(cli: Cli, task: string, text: string | undefined, options: Options): Promise<void> {
  const { screen } = cli;
  const client = await connect(cli, options);
  const { idempotencyKey, delay, tag } = options;
  const started = await client.trigger(task, payloadOf(textOf(text, options)), {
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(delay === undefined ? {} : { delay: delay as `${number}s` }),
    ...(tag === undefined ? {} : { tags: tag }),
  });
  if (!options.wait) {
    if (options.json) screen.json(started);
    else screen.say(started.id);
    return;
  }
  if (!options.json) screen.note(`${started.id}${started.isCached ? " (there already)" : ""}`);
  const run = await ended(client, started.id);
  if (options.json) screen.json(run);
  else sayRun(screen, run);
  if (!run.isSuccess) throw new QuietFailure();
}

/** The command. */
export function triggerCommand(cli: Cli): Command {
  const command = newCommand("trigger", "start a run of a task", [
    "trigger hello",
    `trigger order '{"orderId": 7}' --wait`,
    `trigger order '{"orderId": 7}' --idempotency-key order-7 --tag shop`,
  ]);
  return talking(command)
    .argument("<task>", "id of the task")
    .argument("[payload]", "what it is given, as JSON")
    .option("--payload <json>", "the same, as an option")
    .option("--wait", "wait until the run has ended; exit code 1 if it did not succeed")
    .option("--idempotency-key <key>", "the same key gives the same run")
    .option("--delay <duration>", `start later, such as "10m"`)
    .option("--tag <tag...>", "tags of the run")
    .action((task: string, payload: string | undefined, options: Options) =>
      trigger(cli, task, payload, options),
    );
}
