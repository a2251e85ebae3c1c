/** `holdfast resume`: puts a dead letter back to work. */
import { type Command, Option } from "commander";
import { type Cli, newCommand, type ServerOptions, talking } from "../command.ts";
import { connect } from "../connection.ts";

interface Options extends ServerOptions {
  readonly code: "same" | "newest";
}

/** The command. */
export function resumeCommand(cli: Cli): Command {
  const command = newCommand("resume", "put a dead letter back to work; what it has recorded is reused", [
    "resume run_abc",
    "resume run_abc --code same",
  ]);
  const code = new Option("--code <which>", "the code that it goes on with").choices(["same", "newest"]);
  return talking(command)
    .argument("<run>", "id of the run")
    .addOption(code.default("newest"))
    .action(async (runId: string, options: Options) => {
      const { id, codeVersion } = await (await connect(cli, options)).resumeRun(runId, {
        code: options.code,
      });
      if (options.json) cli.screen.json({ id, codeVersion });
      else cli.screen.say(`Run ${id} goes on with version ${codeVersion}.`);
    });
}
