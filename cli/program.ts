/**
 * The whole of `holdfast`: its commands and its help.
 */
import { Command } from "commander";
import type { Cli } from "./command.ts";
import { backupCommand, restoreCommand } from "./commands/backup.ts";
import { buildCommand } from "./commands/build.ts";
import { completeCommand, completionsCommand } from "./commands/completions.ts";
import { crashtestCommand } from "./commands/crashtest.ts";
import { deployCommand } from "./commands/deploy.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { eraseCommand } from "./commands/erase.ts";
import { explainCommand } from "./commands/explain.ts";
import { forkCommand } from "./commands/fork.ts";
import { initCommand } from "./commands/init.ts";
import { keyCommand } from "./commands/key.ts";
import { keysCommand } from "./commands/keys.ts";
import { logsCommand } from "./commands/logs.ts";
import { mcpCommand } from "./commands/mcp.ts";
import { openCommand } from "./commands/open.ts";
import { queuesCommand } from "./commands/queues.ts";
import { replayCommand } from "./commands/replay.ts";
import { resumeCommand } from "./commands/resume.ts";
import { dlqCommand, runsCommand } from "./commands/runs.ts";
import { schedulesCommand } from "./commands/schedules.ts";
import { secretsCommand } from "./commands/secrets.ts";
import { devCommand, serveCommand } from "./commands/serve.ts";
import { smokeCommand } from "./commands/smoke.ts";
import { triggerCommand } from "./commands/trigger.ts";

const commands = [
  initCommand,
  devCommand,
  serveCommand,
  buildCommand,
  explainCommand,
  crashtestCommand,
  openCommand,
  triggerCommand,
  runsCommand,
  logsCommand,
  dlqCommand,
  resumeCommand,
  replayCommand,
  forkCommand,
  eraseCommand,
  queuesCommand,
  schedulesCommand,
  backupCommand,
  restoreCommand,
  secretsCommand,
  doctorCommand,
  deployCommand,
  keyCommand,
  keysCommand,
  smokeCommand,
  mcpCommand,
];

const help = `
Exit codes: 0 done, 1 failed, 2 wrong use, 3 the server could not be reached.
Environment: HOLDFAST_API_URL, HOLDFAST_SECRET_KEY, HOLDFAST_WEBHOOK_SECRET, NO_COLOR.

Examples:
  $ holdfast init orders
  $ holdfast dev
  $ holdfast trigger hello '{"name":"Ada"}' --wait`;

/** `holdfast` with its commands, but for those that complete them. */
const withCommands = (cli: Cli): Command => {
  const program = new Command("holdfast").description("Durable background tasks for TypeScript.");
  for (const command of commands) program.addCommand(command(cli));
  return program;
};

/** The program that `holdfast` runs: nothing is done before it parses arguments. */
export function programOf(cli: Cli): Command {
  const program = withCommands(cli).version(cli.version).addHelpText("after", help);
  program.addCommand(completionsCommand());
  program.addCommand(
    completeCommand(cli, () => withCommands(cli)),
    { hidden: true },
  );
  return program;
}
