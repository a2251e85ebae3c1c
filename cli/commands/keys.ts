/** `holdfast keys`: further keys of a project, which may do less, or end. Each is shown once: only its hash is kept. */
import type { Command } from "commander";
import { HoldfastError } from "../../sdk/index.ts";
import { awsParts } from "../aws.ts";
import { type Cli, type CommonOptions, defaultData, newCommand, newGroup } from "../command.ts";
import { keyTable } from "../key-table.ts";

interface Options extends CommonOptions {
  readonly data: string;
  readonly stack?: string;
}

interface CreateOptions extends Options {
  readonly name?: string;
  readonly scope?: readonly string[];
  readonly task?: readonly string[];
  readonly expires?: string;
  readonly triggerDev?: true;
}

const bad = (what: string, fix: string): HoldfastError => new HoldfastError("HF406", what, fix);

/** Where the keys of a project are kept. */
async function ring({ data, stack }: Options) {
  if (stack === undefined) {
    const [{ prepareDataFolder }, own] = await Promise.all([
      import("../../local/data-folder.ts"),
      import("../../local/key-ring.ts"),
    ]);
    return own.localKeyRing(await prepareDataFolder(data));
  }
  const { findProject, awsKeyRing } = await awsParts();
  return awsKeyRing((await findProject(stack)).secret);
}

async function create(cli: Cli, options: CreateOptions): Promise<void> {
  const { name, scope = ["admin"], task, expires, triggerDev: isForTriggerDev = false } = options;
  const wanted = { name, scopes: scope, tasks: task, expires, isForTriggerDev };
  const made = await (await ring(options)).create(wanted, Date.now());
  if (options.json) return cli.screen.json(made);
  cli.screen.say(made.key);
  cli.screen.note(`It is shown once: only its hash is kept. Its id is ${made.id}.`);
}

async function list(cli: Cli, options: Options): Promise<void> {
  const keys = await (await ring(options)).list();
  if (options.json) return cli.screen.json({ keys });
  if (keys.length === 0)
    return cli.screen.note("There are no further keys. Make one: holdfast keys create --scope trigger");
  const { head, rows, note } = keyTable(keys, options.stack !== undefined);
  cli.screen.table(head, rows);
  if (note !== undefined) cli.screen.note(note);
}

async function revoke(cli: Cli, id: string, options: Options): Promise<void> {
  if (!(await (await ring(options)).revoke(id)))
    throw bad(`There is no key ${JSON.stringify(id)}.`, "See: holdfast keys list");
  if (options.json) return cli.screen.json({ revoked: id });
  cli.screen.note(`The key ${id} ends${options.stack === undefined ? "" : " within half a minute"}.`);
}

const where = (command: Command): Command =>
  command
    .option("--data <folder>", "folder in which everything is kept", defaultData)
    .option("--stack <stack>", "a stack in AWS instead");

const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** The command. */
export function keysCommand(cli: Cli): Command {
  const examples = [
    "keys create --name ci --scope trigger --task deploy --expires 90d",
    "keys list",
    "keys revoke 4f1c…",
  ];
  return newGroup("keys", "make, list and revoke keys that may do less than the project's, or end", examples)
    .addCommand(
      where(newCommand("create", "make a key; it is shown once", ["keys create --scope read --stack Orders"]))
        .option("--name <name>", "what people know it by")
        .option("--scope <scope>", "trigger, read, cancel or admin (everything); may be repeated", several)
        .option("--task <id>", "for this task alone; may be repeated", several)
        .option("--expires <when>", "a duration or a date")
        .option("--trigger-dev", "a key in the form that Trigger.dev's own client needs to get public tokens")
        .action((options: CreateOptions) => create(cli, options)),
    )
    .addCommand(
      where(newCommand("list", "list keys, never their texts", ["keys list --json"])).action(
        (options: Options) => list(cli, options),
      ),
    )
    .addCommand(
      where(newCommand("revoke", "end a key", ["keys revoke 4f1c2a9b03de"]))
        .argument("<id>", "its id")
        .action((id: string, options: Options) => revoke(cli, id, options)),
    );
}
