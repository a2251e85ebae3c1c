/** `holdfast fork`: a new run that goes on from a checkpoint of another one. */
import { type Command, Option } from "commander";
import { type Cli, newCommand, type ServerOptions, talking } from "../command.ts";
import { connect } from "../connection.ts";

interface Options extends ServerOptions {
  readonly from: string;
  readonly code: "same" | "newest";
}

/** The command. */
export function forkCommand(cli: Cli): Command {
  const command = newCommand("fork", "start a new run that goes on from a checkpoint of another one", [
    "fork run_abc --from stripe.charges.create",
    "fork run_abc --from tasks/order.ts:12",
    "fork run_abc --from /4k3x5w6x#0",
  ]);
  const code = new Option("--code <which>", "the code that it goes on with").choices(["same", "newest"]);
  return talking(command)
    .argument("<run>", "id of the run; it stays as it is")
    .requiredOption(
      "--from <checkpoint>",
      "the last checkpoint that it takes along: its id, or a name or place that only it has",
    )
    .addOption(code.default("newest"))
    .action(async (runId: string, options: Options) => {
      const { from, code: which, json } = options;
      const forked = await (await connect(cli, options)).forkRun(runId, { from, code: which });
      if (json) cli.screen.json(forked);
      else cli.screen.say(forked.id);
    });
}
