/** `holdfast secrets repin`: puts runs on the version of the secrets that is current now. */
import type { Command } from "commander";
import type { ApiClient } from "../../sdk/client.ts";
import type { Repinned } from "../../sdk/run-shape.ts";
import { type Cli, newCommand, type ServerOptions, talking } from "../command.ts";
import { UsageError } from "../failure.ts";

interface Options extends ServerOptions {
  readonly allOf?: string;
}

function tell(cli: Cli, { id, from, secretVersion }: Repinned): void {
  cli.screen.note(
    from === undefined
      ? `${id}: nothing to change; version ${secretVersion} is the current one.`
      : `${id}: from version ${from} to ${secretVersion}, from its next pass on.`,
  );
}

async function eachOf(cli: Cli, client: ApiClient, runs: readonly string[], isJson = false): Promise<void> {
  const repinned: Repinned[] = [];
  for (const id of runs) {
    const one = await client.repinRun(id);
    repinned.push(one);
    if (!isJson) tell(cli, one);
  }
  if (isJson) cli.screen.json({ repinned });
}

/** Asks until there is nothing left: an answer comes after some 15 s, whatever there is to do. */
async function allOf(cli: Cli, client: ApiClient, from: string, isJson = false): Promise<void> {
  const repinned: Repinned[] = [];
  let asked: Parameters<ApiClient["repinRuns"]>[0] = { secretVersion: from };
  for (let more = true; more; ) {
    const { runs, secretVersion, next } = await client.repinRuns(asked);
    for (const id of runs) {
      repinned.push({ id, from, secretVersion });
      if (!isJson) tell(cli, { id, from, secretVersion });
    }
    more = next !== undefined;
    if (next !== undefined) asked = { secretVersion: from, after: next };
  }
  if (isJson) cli.screen.json({ repinned });
  else cli.screen.note(`${repinned.length} run(s) of version ${from} were put on the current one.`);
}

async function repin(cli: Cli, runs: readonly string[], options: Options): Promise<void> {
  const { allOf: version, json } = options;
  if (runs.length > 0 === (version !== undefined)) {
    const what =
      runs.length > 0 ? "Runs and a version are both given." : "Neither a run nor a version is given.";
    throw new UsageError(
      what,
      "Give ids of runs, or one version: secrets repin run_abc, secrets repin --all-of 3.",
    );
  }
  const { connect } = await import("../connection.ts");
  const client = await connect(cli, options);
  if (version === undefined) await eachOf(cli, client, runs, json);
  else await allOf(cli, client, version, json);
}

/** The command. */
export function repinCommand(cli: Cli): Command {
  const command = newCommand("repin", "put runs on the current version, whatever they have begun with", [
    "secrets repin run_4kq0abcd",
    "secrets repin --all-of 3",
    "secrets repin run_4kq0abcd --stack Orders",
  ]);
  return talking(command)
    .argument("[run...]", "their ids")
    .option("--all-of <version>", "all runs that are on this version, and go on or are dead letters")
    .action((runs: string[], options: Options) => repin(cli, runs, options));
}
