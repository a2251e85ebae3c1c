/** `holdfast secrets log`: who has changed the secrets of this machine, when, and how; of a stack, where AWS keeps that. */
import type { Command } from "commander";
import { type Cli, type CommonOptions, defaultData, newCommand } from "../command.ts";
import { harmless } from "../print.ts";

interface Options extends CommonOptions {
  readonly data: string;
  readonly stack?: string;
}

/** CloudTrail keeps so many days without a trail of one's own. */
const daysInCloudTrail = 90;

async function logOfStack({ screen }: Cli, stack: string, isJson = false): Promise<void> {
  const { secretIn } = await import("../aws.ts");
  const secret = await secretIn(stack);
  const command = `aws cloudtrail lookup-events --lookup-attributes AttributeKey=ResourceName,AttributeValue=${secret}`;
  if (isJson) return screen.json({ kept: "CloudTrail", days: daysInCloudTrail, secret, command });
  screen.note(
    `Who changed the secrets of a stack is in CloudTrail, for ${daysInCloudTrail} days: PutSecretValue, and UpdateSecretVersionStage for a version that was revoked. No value is in it. With rights there:`,
  );
  screen.say(command);
}

async function log(cli: Cli, { data, stack, json }: Options): Promise<void> {
  if (stack !== undefined) return logOfStack(cli, stack, json);
  const { notedChanges } = await import("../../local/secret-changes.ts");
  const { prepareDataFolder } = await import("../../local/data-folder.ts");
  const changes = notedChanges(await prepareDataFolder(data));
  if (json) return cli.screen.json({ data: changes });
  if (changes.length === 0)
    return cli.screen.note("No secret was changed. Set one: holdfast secrets set NAME");
  cli.screen.table(
    ["AT", "CHANGE", "NAME", "VERSION", "BY"],
    changes.map(({ at, change, name = "", version, by, from }) =>
      [at, change, name, String(version), from === undefined ? by : `${by}, ${from}`].map(harmless),
    ),
  );
}

/** The command. */
export function secretsLogCommand(cli: Cli): Command {
  return newCommand(
    "log",
    "list who has changed secrets, when and how; what the API changed is in the server's log",
    ["secrets log", "secrets log --stack Orders"],
  )
    .option("--data <folder>", "folder in which everything is kept", defaultData)
    .option("--stack <stack>", "a stack in AWS instead: says where AWS keeps it")
    .action((options: Options) => log(cli, options));
}
