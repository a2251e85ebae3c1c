/** `holdfast replay`: a new run with the payload of another one, on the newest code. */
import type { Command } from "commander";
import { type Cli, newCommand, type ServerOptions, talking } from "../command.ts";
import { connect } from "../connection.ts";
import { payloadOf } from "../payload.ts";

interface Options extends ServerOptions {
  readonly payload?: string;
}

/** The command. */
export function replayCommand(cli: Cli): Command {
  const command = newCommand("replay", "start a new run with the payload of another one, from the top", [
    "replay run_abc",
    `replay run_abc --payload '{"orderId": 8}'`,
  ]);
  return talking(command)
    .argument("<run>", "id of the run")
    .option("--payload <json>", "what it is given instead")
    .action(async (runId: string, options: Options) => {
      const { payload, json } = options;
      const client = await connect(cli, options);
      const { id } = await client.replayRun(
        runId,
        payload === undefined ? {} : { payload: payloadOf(payload) },
      );
      if (json) cli.screen.json({ id, replayOf: runId });
      else cli.screen.say(id);
    });
}
