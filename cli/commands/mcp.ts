/** `holdfast mcp`: what an assistant may see of runs, and with `--write` do, over the Model Context Protocol. */
import type { Command } from "commander";
import { type Cli, newCommand, type ServerOptions, talking } from "../command.ts";

interface Options extends ServerOptions {
  readonly write?: true;
}

const notes = `
It speaks the protocol on stdin and stdout, and needs the package @modelcontextprotocol/sdk beside Holdfast.
Without --write nothing can be changed; with a key that may only read (holdfast keys create --scope read) not even then.`;

/** The command. */
export function mcpCommand(cli: Cli): Command {
  const command = newCommand("mcp", "let an assistant look at runs, dead letters, queues and schedules", [
    "mcp",
    "mcp --write",
    "mcp --url https://tasks.example.com --key hf_…",
  ]);
  return talking(command)
    .addHelpText("after", notes)
    .option("--write", "let it trigger, cancel, replay and resume runs, and crash-test tasks")
    .action(async (options: Options) => {
      const { serveMcp } = await import("../mcp/server.ts");
      await serveMcp({ cli, options }, options.write === true);
    });
}
