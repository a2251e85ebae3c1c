/** `holdfast resume`: puts a dead letter back to work. */
import { type Command, Option } from "commander";
import { type Cli, newCommand, type ServerOptions, talking } from "../command.ts";
import { connect } from "../connection.ts";

interface Options extends ServerOptions {
  readonly code: "same" | "newest";
  readonly redo: readonly string[];
  readonly keep: readonly string[];
}

const listed = (one: string, before: readonly string[]): string[] => [...before, one];

/** The command. */
export function resumeCommand(cli: Cli): Command {
  const command = newCommand("resume", "put a dead letter back to work; what it has recorded is reused", [
    "resume run_abc",
    "resume run_abc --code same",
    "resume run_abc --redo /4k3x5w6x#0",
  ]);
  const code = new Option("--code <which>", "the code that it goes on with").choices(["same", "newest"]);
  return talking(command)
    .argument("<run>", "id of the run")
    .addOption(code.default("newest"))
    .option("--redo <checkpoint>", "make this checkpoint again; can be given several times", listed, [])
    .option("--keep <checkpoint>", "use what is recorded, though the new code gives other inputs", listed, [])
    .action(async (runId: string, options: Options) => {
      const { code: which, redo, keep } = options;
      const client = await connect(cli, options);
      const { id, codeVersion } = await client.resumeRun(runId, { code: which, redo, keep });
      if (options.json) cli.screen.json({ id, codeVersion });
      else cli.screen.say(`Run ${id} goes on with version ${codeVersion}.`);
    });
}
