/** `holdfast erase`: takes ended runs away at once, with the runs that they have started. */
import type { Command } from "commander";
import type { ApiClient } from "../../sdk/client.ts";
import type { Erased } from "../../sdk/erased.ts";
import { type Cli, newCommand, type ServerOptions, talking } from "../command.ts";
import { connect } from "../connection.ts";
import { QuietFailure, UsageError } from "../failure.ts";

interface Options extends ServerOptions {
  readonly tag?: string;
}

type Which = Parameters<ApiClient["eraseRuns"]>[0];

/** Asks until there is nothing left to do: an answer comes after some 20 s, whatever there is to erase. */
async function eraseAll(client: ApiClient, which: Which): Promise<Erased> {
  const [erased, kept] = [new Set<string>(), new Set<string>()];
  for (let asked = which; ; ) {
    const answer = await client.eraseRuns(asked);
    for (const id of answer.erased) erased.add(id);
    for (const id of answer.kept) kept.add(id);
    if ("runs" in asked) asked = { runs: asked.runs.filter((id) => !erased.has(id) && !kept.has(id)) };
    if (answer.more !== true || ("runs" in asked && asked.runs.length === 0))
      return { ...answer, erased: [...erased], kept: [...kept] };
  }
}

async function erase(cli: Cli, runs: readonly string[], options: Options): Promise<void> {
  const { tag, json } = options;
  if (runs.length > 0 === (tag !== undefined)) {
    const fix = "Give the ids of runs, or one tag: holdfast erase run_abc, holdfast erase --tag user_7.";
    throw new UsageError(
      runs.length > 0 ? "Runs and a tag are both given." : "Neither a run nor a tag is given.",
      fix,
    );
  }
  const client = await connect(cli, options);
  const { erased, kept, remains } = await eraseAll(client, tag === undefined ? { runs } : { tag });
  if (json) cli.screen.json({ erased, kept, remains });
  else {
    cli.screen.say(`Erased ${erased.length} run(s).`);
    for (const id of kept) cli.screen.say(`Kept ${id}: it is open, or has ended less than a minute ago.`);
    if (erased.length > 0)
      for (const each of remains) cli.screen.note(`Something of them may remain in ${each}.`);
  }
  if (kept.length > 0) throw new QuietFailure();
}

/** The command. */
export function eraseCommand(cli: Cli): Command {
  const command = newCommand("erase", "take ended runs away for good, with the runs that they have started", [
    "erase run_abc run_def",
    "erase --tag user_7 --json",
  ]);
  return talking(command)
    .argument("[run...]", "ids of runs that have ended")
    .option("--tag <tag>", "all runs with this tag; open ones are kept, and named")
    .action((runs: string[], options: Options) => erase(cli, runs, options));
}
