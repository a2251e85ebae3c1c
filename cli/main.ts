#!/usr/bin/env node
/**
 * `holdfast`: the command line.
 *
 * Owns: the list of commands, and the exit code.
 */
import { readFileSync } from "node:fs";
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
import { cliConfig } from "./config.ts";
import { report } from "./failure.ts";
import { makeScreen } from "./print.ts";

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

function version(): string {
  // Compiled, this file is two folders below package.json.
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return String((JSON.parse(text) as { version: unknown }).version);
}

/** `holdfast` with its commands, but for those that complete them. */
function programOf(cli: Cli): Command {
  const program = new Command("holdfast").description("Durable background tasks for TypeScript.");
  for (const command of commands) program.addCommand(command(cli));
  return program;
}

/** Errors of usage are thrown, not exited with, in every command and those below it. */
function throwing(command: Command): Command {
  command.exitOverride().showHelpAfterError("(--help tells how it is used)");
  for (const below of command.commands) throwing(below);
  return command;
}

function interruption(): AbortSignal {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
  return interrupted.signal;
}

async function main(args: readonly string[]): Promise<number> {
  const config = cliConfig();
  const screen = makeScreen(process.stdout, process.stderr, config.colours);
  const cli: Cli = { screen, config, interruption, version: version() };
  const program = programOf(cli).version(cli.version).addHelpText("after", help);
  program.addCommand(completionsCommand());
  program.addCommand(
    completeCommand(cli, () => programOf(cli)),
    { hidden: true },
  );
  try {
    await throwing(program).parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    // The way in which it was used may be what is wrong: these are looked for by hand.
    const verbose = args.includes("--verbose");
    return report(error, screen, { json: args.includes("--json"), verbose });
  }
}

// Whoever reads has seen enough: `holdfast runs list | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

process.exitCode = await main(process.argv.slice(2));
