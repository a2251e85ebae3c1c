/** `holdfast key`: makes a key of a stack's project, and shows it once. */
import type { Command } from "commander";
import { awsParts } from "../aws.ts";
import { type Cli, type CommonOptions, newCommand } from "../command.ts";
import { UsageError } from "../failure.ts";

interface Options extends CommonOptions {
  readonly stack: string;
  readonly another?: true;
  readonly replace?: true;
}

async function key({ screen }: Cli, { stack, another, replace, json }: Options): Promise<void> {
  if (another && replace) {
    throw new UsageError(
      "--another and --replace are both given.",
      "Give one: keep the other keys, or end them.",
    );
  }
  const { findProject, makeProjectKey, makeEncryptionKey } = await awsParts();
  const { secret, url, encryption } = await findProject(stack);
  if (encryption !== undefined && (await makeEncryptionKey(encryption)))
    screen.note(
      "The key that runs are sealed with was made: it is in the stack's encryption secret, and nowhere else.",
    );
  const made = await makeProjectKey(secret, replace ? "replace" : another ? "another" : "first");
  if (json) return screen.json({ key: made ?? null, url });
  if (made === undefined) {
    screen.note(`${stack} has a key. Make one more with --another, or one instead of all with --replace.`);
    return;
  }
  screen.say(made);
  screen.note(
    `It is shown once: only its hash is kept. HOLDFAST_API_URL=${url} HOLDFAST_SECRET_KEY=<the key>`,
  );
  if (replace)
    screen.note("Other keys, and sessions of the dashboard begun with them, end within half a minute.");
}

/** The command. */
export function keyCommand(cli: Cli): Command {
  return newCommand("key", "make the first key of a stack in AWS, or another; it is shown once", [
    "key --stack Orders",
    "key --stack Orders/MailShots --another",
    "key --stack Orders --replace",
  ])
    .requiredOption("--stack <stack>", "the stack; <stack>/<construct id> where it has several projects")
    .option("--another", "one more: the others stay valid")
    .option("--replace", "one instead of all others: they end")
    .action((options: Options) => key(cli, options));
}
