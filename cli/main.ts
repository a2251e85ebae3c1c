#!/usr/bin/env node
/**
 * `holdfast`: the command line.
 *
 * Owns: the exit code.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../local/package-root.ts";
import type { Cli } from "./command.ts";
import { cliConfig } from "./config.ts";
import { report } from "./failure.ts";
import { answering } from "./misuse.ts";
import { makeScreen } from "./print.ts";
import { programOf } from "./program.ts";

function version(): string {
  const text = readFileSync(join(packageRoot, "package.json"), "utf8");
  return String((JSON.parse(text) as { version: unknown }).version);
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
  // The way in which it is used may be what is wrong: these are looked for by hand.
  const json = args.includes("--json");
  const verbose = args.includes("--verbose");
  try {
    await answering(programOf(cli), screen, json).parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    return report(error, screen, { json, verbose });
  }
}

// Whoever reads has seen enough: `holdfast runs list | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

process.exitCode = await main(process.argv.slice(2));
